"""What administrators decide about persons: it holds through every later sync until it is taken back.

A ruling is about a source record and not about a person, for who is one person is made anew with each matching.
"""

from dataclasses import dataclass

from django.db import transaction

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.people.hand import instant, raise_inputs
from rosterkeeper.features.people.models import DirectoryAccount, Person, Record
from rosterkeeper.features.people.models import Ruling as RulingRow
from rosterkeeper.matching.tables import Ruling, Status
from rosterkeeper.oneroster.errors import SettingsError

# Of these a record has one at a time: who has an account is not ignored as well.
_ACCOUNT_WORDS = (Ruling.LINK, Ruling.CREATE, Ruling.IGNORE)
_PERSON_WORDS = (Ruling.SPLIT, Ruling.JOIN)


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision: its word, the account that a record is linked to, the record that it is joined with."""

    word: Ruling
    account: DirectoryAccount | None = None
    other: Person | None = None


def rule(person: Person, decided: Decided, *, by: int, at: tuple[int, str] | None = None) -> RulingRow:
    """Decide about a person, by their leading record or the one ``at`` names; the one before it ends.

    SettingsError where the decision makes no sense: nobody to link to, or a record that is not theirs.
    """
    connection, sourced_id = at or (person.connection_id, person.sourced_id)
    _check(person, decided, (connection, sourced_id))
    same = _ACCOUNT_WORDS if decided.word in _ACCOUNT_WORDS else _PERSON_WORDS
    open_ones = RulingRow.objects.filter(connection_id=connection, sourced_id=sourced_id, ended_at="", word__in=same)
    now = instant()
    with transaction.atomic():
        open_ones.update(ended_at=now)
        made = RulingRow.objects.create(
            district_id=person.district_id,
            connection_id=connection,
            sourced_id=sourced_id,
            word=decided.word,
            account_id=decided.account.pk if decided.account else 0,
            other_connection_id=decided.other.connection_id if decided.other else 0,
            other_sourced_id=decided.other.sourced_id if decided.other else "",
            by_id=by,
            made_at=now,
        )
        raise_inputs(person.district_id)
        record(
            "people.ruled",
            about=f"user:{connection}:{sourced_id}",
            details={"ruling": made.pk, "word": str(decided.word)}
            | ({"account": decided.account.uid} if decided.account else {}),
        )
    return made


def take_back(ruling: RulingRow) -> bool:
    """End a ruling, so that the rules decide again; False where it had ended already."""
    with transaction.atomic():
        if not RulingRow.objects.filter(pk=ruling.pk, ended_at="").update(ended_at=instant()):
            return False
        raise_inputs(ruling.district_id)
        record(
            "people.ruling_ended",
            about=f"user:{ruling.connection_id}:{ruling.sourced_id}",
            details={"ruling": ruling.pk, "word": ruling.word},
        )
    return True


def of_person(person: Person) -> list[RulingRow]:
    """Every ruling about the person's records, the newest first, those that ended too."""
    keys = set(Record.objects.filter(person_id=person.pk).values_list("connection_id", "sourced_id"))
    keys.add((person.connection_id, person.sourced_id))
    ids = {sourced_id for _, sourced_id in keys}
    rows = RulingRow.objects.filter(district_id=person.district_id, sourced_id__in=ids).order_by("-id")
    return [each for each in rows if (each.connection_id, each.sourced_id) in keys]


def of_account(account: DirectoryAccount) -> list[RulingRow]:
    """Every ruling that links somebody to the account, the newest first."""
    return list(RulingRow.objects.filter(district_id=account.district_id, account_id=account.pk).order_by("-id"))


def _check(person: Person, decided: Decided, at: tuple[int, str]) -> None:
    mine = set(Record.objects.filter(person_id=person.pk).values_list("connection_id", "sourced_id"))
    if at not in mine | {(person.connection_id, person.sourced_id)}:
        raise SettingsError("people.not_theirs", "The record is not this person's.", todo="Open the person anew.")
    if decided.word is Ruling.LINK:
        account = decided.account
        if account is None or account.district_id != person.district_id or account.status == Status.PURGED:
            raise SettingsError(
                "people.no_account",
                "There is no account of this district to link the person to.",
                todo="Choose one of the list, or search for it.",
            )
    if decided.word is Ruling.JOIN:
        other = decided.other
        if other is None or other.district_id != person.district_id or other.pk == person.pk:
            raise SettingsError(
                "people.no_person",
                "There is no other person of this district to join the record with.",
                todo="Choose another person.",
            )
    if decided.word is Ruling.SPLIT and len(mine) < 2:
        raise SettingsError(
            "people.only_record",
            "The person has this one record; there is nothing to split off.",
            todo="Nothing is to be done.",
        )
