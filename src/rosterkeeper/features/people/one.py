"""The quick matching of one account that has just come or changed, so that its teacher's groups wait no longer (S05).

It links only what is beyond doubt: one person whom a rule finds, without an account, and nothing that speaks against
it. All else is left to the district's matching, which follows within seconds and decides in the same way about all.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from django.db import transaction

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.people.models import DirectoryAccount, PeopleSettings, Person, Record, Ruling
from rosterkeeper.features.roster.listing import Wanted, people
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.features.roster.scope import EVERYTHING
from rosterkeeper.matching.compared import compared
from rosterkeeper.matching.keys import lookup_key
from rosterkeeper.matching.rules import Key, Settings, parse
from rosterkeeper.matching.tables import Kind, Result, Status
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.oneroster.fields import USERS

# Who shares a beginning with more people than this is looked for by the district's matching.
_MOST: Final = 20
_PLAIN: Final = {
    Key.SOURCED_ID: "sourced_id",
    Key.MASTER: "user_master_identifier",
    Key.EMAIL: "email",
    Key.USERNAME: "username",
    Key.IDENTIFIER: "identifier",
}
_COLUMNS: Final = ("connection_id", *_PLAIN.values())
# What can be looked up among a million accounts: whether another one says the same.
_LOOKED_UP: Final = ("email_key", "username_key")


def match_one_account(account: DirectoryAccount) -> Person | None:
    """Link the account to the one person that it can only be; None where that is not beyond doubt.

    Call it after a save, in the same process. It takes some milliseconds, and may be called again at will.
    """
    if account.status != Status.ACTIVE or Person.objects.filter(account_id=account.pk).exists():
        return None
    try:
        settings = _settings(account.district_id)
    except SettingsError:
        # The matching says what is wrong with them.
        return None
    rows = _rows(account, settings)
    found = {person.pk: (person, reason) for row in rows for person, reason in _meant(row, account, settings)}
    if len(found) != 1:
        return None
    ((person, reason),) = found.values()
    return None if _is_doubtful(person, account) else _link(person, account, reason)


def _link(person: Person, account: DirectoryAccount, reason: str) -> Person | None:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    free = Person.objects.filter(pk=person.pk, status="active", account_id=0, result=Result.UNMATCHED)
    with transaction.atomic():
        if Person.objects.filter(account_id=account.pk).exists():
            return None
        if not free.update(account_id=account.pk, result=Result.LINKED, reason=reason, changed_at=now):
            return None
    return Person.objects.get(pk=person.pk)


def _meant(row: Mapping[str, str], account: DirectoryAccount, settings: Settings) -> Iterator[tuple[Person, str]]:
    """The record's person, and the rule that says so; none where no rule does."""
    record = Record.objects.filter(connection_id=row["connection_id"], sourced_id=row["sourced_id"]).first()
    person = Person.objects.filter(pk=record.person_id, status="active").first() if record else None
    if person is not None and (reason := _reason(row, account, settings, Kind(person.kind))):
        yield person, reason


def _reason(row: Mapping[str, str], account: DirectoryAccount, settings: Settings, kind: Kind) -> str:
    """The rule by which they are one, '' where there is none or a rule that is trusted more says otherwise."""
    for rule in settings.rules.of(kind):
        if rule.key not in _PLAIN:
            continue
        here = compared(str(row[_PLAIN[rule.key]]), settings.normalisers)
        there = compared(str(getattr(account, str(rule.against))), settings.normalisers)
        if here and there:
            return rule.word if here == there else ""
    return ""


def _rows(account: DirectoryAccount, settings: Settings) -> list[dict[str, str]]:
    """The live records that may be meant; none where a value is the beginning of too many."""
    values = {
        value
        for kind in Kind
        for rule in settings.rules.of(kind)
        if rule.key in _PLAIN and lookup_key(value := str(getattr(account, str(rule.against))))
    }
    rows: list[dict[str, str]] = []
    for connection in Connection.objects.filter(district_id=account.district_id).values_list("id", flat=True):
        found = [people(EVERYTHING, Wanted(text=each, connection=connection), number=_MOST) for each in values]
        if any(page.after for page in found):
            return []
        ids = {each.sourced_id for page in found for each in page.people}
        live = LIVE[USERS.name]._default_manager.filter(connection_id=connection, sourced_id__in=ids, status="active")
        rows += live.values(*_COLUMNS)
    return rows


def _is_doubtful(person: Person, account: DirectoryAccount) -> bool:
    """Whether somebody has decided about them, or another account says the same."""
    records = Record.objects.filter(person_id=person.pk).values_list("connection_id", "sourced_id")
    for connection, sourced_id in records:
        if Ruling.objects.filter(connection_id=connection, sourced_id=sourced_id, ended_at="").exists():
            return True
    others = DirectoryAccount.objects.filter(district_id=account.district_id).exclude(pk=account.pk)
    others = others.exclude(status=Status.PURGED)
    for column in _LOOKED_UP:
        value = getattr(account, column)
        if value and others.filter(**{column: value}).exists():
            return True
    return False


def _settings(district: int) -> Settings:
    row = PeopleSettings.objects.filter(district_id=district).first() or PeopleSettings(district_id=district)
    return parse(row.mode, row.rules, row.options)
