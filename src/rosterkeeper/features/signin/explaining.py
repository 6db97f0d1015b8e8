"""Why a person can or cannot sign in: what the sign-in would find, provider by provider, and their last tries."""

from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts.rights import Right, may, needs
from rosterkeeper.features.accounts.scope import within
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.look.told import told
from rosterkeeper.features.people.models import DirectoryAccount, Person, Record
from rosterkeeper.features.roster.beside import Beside
from rosterkeeper.features.signin import listing
from rosterkeeper.features.signin.models import Attempt, Provider, Remembered, Served
from rosterkeeper.features.signin.presets import CLASSLINK
from rosterkeeper.features.signin.resolving import connections_of
from rosterkeeper.features.signin.standing import account_of, objection
from rosterkeeper.features.signin.words import Reason, reason
from rosterkeeper.matching.tables import Status

_TRIES: Final = 10


@dataclass(frozen=True, slots=True)
class Key:
    """A key by which a provider's user can be recognised as the person, and whether it would do."""

    what: str
    works: bool
    says: str


@dataclass(frozen=True, slots=True)
class Explained:
    """What one provider would do: ``why`` is None where nothing stands against it."""

    provider: Provider
    why: Reason | None
    keys: list[Key]


@needs(Right.SETTINGS)
def why(request: HttpRequest, uid: str) -> HttpResponse:
    """The explanation of one person."""
    person = _person(request, uid)
    account = account_of(person)
    shown = {
        "person": person,
        "account": account,
        "explained": explained(person, account),
        "tried": listing.named(list(Attempt.objects.filter(person_uid=person.uid).order_by("-pk")[:_TRIES])),
        "remembered": Remembered.objects.filter(person_uid=person.uid).select_related("provider"),
    }
    return render(request, "signin/why.html", shown)


@needs(Right.SETTINGS)
@require_POST
def forget(request: HttpRequest, uid: str) -> HttpResponse:
    """Forget by which of the providers' users the person came in; the next time they are recognised anew."""
    person = _person(request, uid)
    done, _counts = Remembered.objects.filter(person_uid=person.uid).delete()
    record("signin.forgotten", about=f"directory:{person.district_id}:{person.uid}", details={"links": done})
    messages.success(request, _("It is forgotten; at the next sign-in they are recognised anew."))
    return redirect("signin_why", uid)


def explained_to(request: HttpRequest, uid: str) -> list[Explained]:
    """The explanation of a person in sight; Http404 where there is none."""
    person = _person(request, uid)
    return explained(person, account_of(person))


def explained(person: Person, account: DirectoryAccount | None) -> list[Explained]:
    """Every provider for the person's district, by name."""
    served = Served.objects.filter(district_id=person.district_id).select_related("provider").order_by("provider__name")
    made = []
    for each in served:
        code = objection(each.provider, person, account)
        made.append(Explained(each.provider, reason(code) if code else None, _keys(each, person, account)))
    return made


def sign_in_beside(request: HttpRequest, connection: int, sourced_id: str) -> list[Beside]:
    """Whether the person of a record may sign in, told beside them on the roster; nothing without a provider."""
    row = Record.objects.filter(connection_id=connection, sourced_id=sourced_id).first()
    person = Person.objects.filter(pk=row.person_id, district_id=row.district_id).first() if row else None
    if person is None or not may(request, Right.SETTINGS):
        return []
    account = account_of(person)
    served = Served.objects.filter(district_id=person.district_id).select_related("provider")
    codes = {each.provider.name: objection(each.provider, person, account) for each in served}
    if not codes:
        return []
    by = sorted(name for name, code in codes.items() if not code)
    says = ", ".join(by) if by else told(reason(next(iter(codes.values()))).what)
    return [Beside(_("May sign in by") if by else _("Cannot sign in"), says, reverse("signin_why", args=[person.uid]))]


def _keys(served: Served, person: Person, account: DirectoryAccount | None) -> list[Key]:
    provider = served.provider
    made = [_tenant(provider, served)]
    if provider.claims.get("sourced_id"):
        has = Record.objects.filter(person_id=person.pk, district_id=person.district_id).exists()
        made.append(Key(_("sourcedId"), has, _("on the roster") if has else _("no source record speaks of them")))
    if account is not None:
        if provider.claims.get("directory_id"):
            made.append(_of_account(_("Id in the directory"), "external_id", account.external_id, account))
        if provider.claims.get("username"):
            made.append(_of_account(_("Username"), "username_key", account.username_key, account))
        if provider.claims.get("email"):
            made.append(_of_account(_("E-mail address"), "email_key", account.email_key, account))
    known = Remembered.objects.filter(provider=provider, person_uid=person.uid).exists()
    made.append(Key(_("An earlier sign-in"), known, _("remembered") if known else _("none so far")))
    return made


def _tenant(provider: Provider, served: Served) -> Key:
    named = list(served.tenants)
    if not named and provider.preset == CLASSLINK:
        named = [each for each in connections_of(served.district_id).values() if each]
    if named:
        return Key(_("Tenant or domain"), True, ", ".join(map(str, named)))
    if provider.known.needs_tenant:
        return Key(_("Tenant or domain"), False, _("the district has none at this provider"))
    return Key(_("Tenant or domain"), True, _("whoever the provider knows"))


def _of_account(what: str, column: str, value: str, account: DirectoryAccount) -> Key:
    if not value:
        return Key(what, False, _("the account has none"))
    others = DirectoryAccount.objects.filter(**{column: value}, district_id=account.district_id)
    if others.exclude(pk=account.pk).exclude(status=Status.PURGED).exists():
        return Key(what, False, _("another account of the district has the same"))
    return Key(what, True, _("only this account has it"))


def _person(request: HttpRequest, uid: str) -> Person:
    found = within(request, Person.objects.filter(uid=uid)).first()
    if found is None:
        raise Http404
    return found
