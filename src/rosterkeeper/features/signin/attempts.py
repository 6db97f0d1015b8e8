"""The list of sign-ins and refusals, and how often somebody may be refused."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from rosterkeeper.features.accounts import throttle
from rosterkeeper.features.api.rate import Rate
from rosterkeeper.features.audit.callers import origin_of
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.features.signin.models import Attempt, Provider, Remembered
from rosterkeeper.features.signin.words import Refused
from rosterkeeper.matching.tables import Status

KEPT: Final = timedelta(days=180)
# Letters and digits that nobody takes for one another when they read them out on the telephone.
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH: Final = 8
# A school of thousands comes from one address at eight, so that this is generous; it bounds what a script can cost.
_RATE: Final = Rate(burst=600, a_second=60.0)
# Refusals that are written down; a script that is refused for ever would else fill the disk.
_WRITTEN: Final = Rate(burst=200, a_second=0.5)
# What anybody can bring about without an account anywhere: no matter for the audit log.
_ANYBODY_S: Final = frozenset({"signin.state", "signin.cancelled", "signin.provider_off", "signin.throttled"})


def too_fast(request: HttpRequest) -> bool:
    """Whether one address begins sign-ins faster than a school does."""
    return bool(_RATE.wait(f"signin:{origin_of(request)}"))


def succeeded(request: HttpRequest, provider: Provider, *, person: str, district: int, key: str) -> None:
    """Write down that a person has signed in."""
    Attempt.objects.create(
        reference=_reference(),
        provider_id=provider.pk,
        district_id=district,
        person_uid=person,
        key=key,
        origin=origin_of(request),
    )


def account_signed_in(request: HttpRequest, provider: Provider, account: int) -> None:
    """Write down that an administrator's account came in by a provider."""
    Attempt.objects.create(
        reference=_reference(), provider_id=provider.pk, account_id=account, origin=origin_of(request)
    )


def refused(request: HttpRequest, provider: Provider | None, fault: Refused) -> str:
    """Write down that somebody was refused or sent out; the reference that they are told, '' beyond a measure."""
    number = provider.pk if provider else 0
    if _WRITTEN.wait(origin_of(request)):
        return ""
    made = Attempt.objects.create(
        reference=_reference(),
        provider_id=number,
        district_id=fault.district,
        person_uid=fault.person,
        code=fault.code,
        origin=origin_of(request),
    )
    if fault.code not in _ANYBODY_S:
        # A provider may be of several districts; whose person it was is one's alone.
        about = f"district:{fault.district}" if fault.district else f"provider:{number}"
        details = {"code": fault.code, "reference": made.reference, "provider": number}
        record("signin.refused", about=about, details=details)
    return made.reference


def may_try(request: HttpRequest, provider: Provider, subject: str) -> datetime | None:
    """Count a try of one user of a provider from one address; None where there were too many refusals."""
    return throttle.reserve([_key(request, provider, subject)])


def was_good(request: HttpRequest, provider: Provider, subject: str, reserved: datetime) -> None:
    """Take the try off the count: it was no refusal."""
    throttle.give_back([_key(request, provider, subject)], reserved)


def sweep(now: datetime) -> None:
    """Forget tries that are older than half a year, and who was remembered of people who were erased."""
    Attempt.objects.filter(at__lt=now - KEPT).delete()
    persons = Person.objects.filter(uid=OuterRef("person_uid"))
    accounts = DirectoryAccount.objects.filter(uid=OuterRef("account_uid")).exclude(status=Status.PURGED)
    Remembered.objects.filter(~Exists(persons), ~Exists(accounts)).delete()


def _key(request: HttpRequest, provider: Provider, subject: str) -> str:
    _, key = throttle.keys_of(origin_of(request), f"signin:{provider.pk}:{subject}")
    return key


def _reference() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
