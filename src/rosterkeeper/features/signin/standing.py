"""Whether a person may be signed in now: asked when they sign in, at every request after, and to explain it."""

from dataclasses import dataclass
from typing import Final

from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.features.signin.models import Provider, Served
from rosterkeeper.matching.tables import Status

_LEFT: Final = "left"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person who is signed in: their account, and the provider that said who they are."""

    person: Person
    account: DirectoryAccount
    provider: Provider


def account_of(person: Person) -> DirectoryAccount | None:
    """The account that the person is matched to; None where there is none."""
    if not person.account_id:
        return None
    return DirectoryAccount.objects.filter(pk=person.account_id, district_id=person.district_id).first()


def objection(provider: Provider, person: Person, account: DirectoryAccount | None) -> str:
    """Why the person may not be signed in by the provider, a code of `words.REASONS`; '' where they may."""
    if not provider.is_enabled:
        return "signin.provider_off"
    if not Served.objects.filter(provider=provider, district_id=person.district_id).exists():
        return "signin.district"
    return kind_objection(provider, person) or person_objection(person, account)


def kind_objection(provider: Provider, person: Person) -> str:
    """Whether the provider is for people of this kind. The kind is the roster's; no claim can change it."""
    return "" if person.kind in provider.kinds else "signin.kind"


def person_objection(person: Person, account: DirectoryAccount | None) -> str:
    """What of the person and their account stands against it."""
    if person.status == _LEFT:
        return "signin.left"
    if account is None:
        return "signin.no_account"
    return {Status.ACTIVE.value: "", Status.PURGED.value: "signin.purged"}.get(account.status, "signin.suspended")
