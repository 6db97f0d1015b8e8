"""What people change of directory accounts by hand: it stays, whatever a sync or the directory says, until released."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Final

from django.db import transaction
from django.db.models import F

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.people.listing import sticky_of
from rosterkeeper.features.people.models import DirectoryAccount, PeopleSettings
from rosterkeeper.features.people.one import match_one_account
from rosterkeeper.matching.keys import lookup_key, sort_key
from rosterkeeper.matching.tables import Origin, Status
from rosterkeeper.oneroster.errors import SettingsError

# What can be changed by hand, each a column of text.
FIELDS: Final = (
    *("username", "email", "given_name", "family_name", "display_name", "kind", "sourced_id"),
    *("user_master_identifier", "identifier", "external_id"),
)
# A username belongs to one account of a district.
_BY_HAND: Final = "hand"


def instant() -> str:
    """Now, as the tables of people keep it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def raise_inputs(district: int) -> None:
    """Have the district's people matched anew: within seconds, by the worker."""
    PeopleSettings.objects.get_or_create(district_id=district)
    PeopleSettings.objects.filter(district_id=district).update(inputs=F("inputs") + 1)


def add(district: int, values: Mapping[str, str]) -> DirectoryAccount:
    """Make an account by hand; SettingsError where it has no username and no e-mail address, or the name is taken."""
    now = instant()
    account = DirectoryAccount(district_id=district, origin=Origin.HAND, created_at=now, changed_at=now)
    with transaction.atomic():
        _set(account, values)
        account.save(force_insert=True)
        raise_inputs(district)
        _record("people.account_added", account)
    match_one_account(account)
    return account


def edit(account: DirectoryAccount, values: Mapping[str, str]) -> list[str]:
    """Change fields, which are kept from then on; returns those that differed. SettingsError as with `add`."""
    changed = [name for name in FIELDS if name in values and values[name] != getattr(account, name)]
    if not changed:
        return []
    with transaction.atomic():
        _set(account, {name: values[name] for name in changed})
        if account.origin != Origin.HAND:
            account.sticky = json.dumps(sorted({*sticky_of(account), *changed}))
        _save(account)
        _record("people.account_changed", account, fields=changed)
    match_one_account(account)
    return changed


def release(account: DirectoryAccount, field: str) -> bool:
    """Let a field follow the roster or the directory again; False where it already does."""
    kept = sticky_of(account)
    if field not in kept:
        return False
    with transaction.atomic():
        account.sticky = json.dumps([each for each in kept if each != field]) if len(kept) > 1 else ""
        _save(account)
        _record("people.account_released", account, fields=[field])
    return True


def suspend(account: DirectoryAccount) -> bool:
    """Suspend an account until somebody restores it; False where it is not active."""
    if account.status != Status.ACTIVE:
        return False
    with transaction.atomic():
        account.status, account.suspended_by, account.suspended_at = Status.SUSPENDED, _BY_HAND, instant()
        _keep_status(account, is_kept=False)
        _save(account)
        _record("people.account_suspended", account)
    return True


def restore(account: DirectoryAccount) -> bool:
    """Make a suspended account active; False where it is not suspended.

    Whom the sync or the directory suspended stays active although they would suspend it again, until that is released.
    """
    if account.status != Status.SUSPENDED:
        return False
    with transaction.atomic():
        _keep_status(account, is_kept=account.suspended_by != _BY_HAND)
        account.status, account.suspended_by, account.suspended_at = Status.ACTIVE, "", ""
        _save(account)
        _record("people.account_restored", account)
    match_one_account(account)
    return True


def _keep_status(account: DirectoryAccount, *, is_kept: bool) -> None:
    kept = {*sticky_of(account)} - {"status"} | ({"status"} if is_kept else set())
    account.sticky = json.dumps(sorted(kept)) if kept else ""


def _set(account: DirectoryAccount, values: Mapping[str, str]) -> None:
    for name in FIELDS:
        if name in values:
            setattr(account, name, values[name].strip())
    account.username_key, account.email_key = lookup_key(account.username), lookup_key(account.email)
    account.sort_key = sort_key(account.family_name, account.given_name, account.display_name, account.username)
    if not (account.username_key or account.email_key):
        raise SettingsError(
            "people.account_blank",
            "An account needs a username or an e-mail address.",
            todo="Fill in one of them.",
        )
    others = DirectoryAccount.objects.filter(district_id=account.district_id).exclude(pk=account.pk)
    if account.username_key and others.filter(username_key=account.username_key).exists():
        raise SettingsError(
            "people.username_taken",
            "Another account of the district has this username.",
            todo="Choose another one, or change that account.",
        )


def _save(account: DirectoryAccount) -> None:
    account.changed_at = instant()
    account.save()
    raise_inputs(account.district_id)


def _record(action: str, account: DirectoryAccount, *, fields: Collection[str] = ()) -> None:
    about = f"directory:{account.district_id}:{account.uid}"
    record(action, about=about, details={"fields": sorted(fields)} if fields else {})
