"""Rulings and uploads as pages and calls tell them: who, when, and in which words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime

from rosterkeeper.features.accounts.models import Account
from rosterkeeper.features.people.listing import name_of
from rosterkeeper.features.people.models import DirectoryAccount, Ruling
from rosterkeeper.features.people.queue import speaking
from rosterkeeper.features.people.wording import RULINGS, Word


@dataclass(frozen=True, slots=True)
class Told:
    """One ruling: about which record, what, by whom and when; ``ended_at`` None while it holds."""

    number: int
    connection: int
    sourced_id: str
    name: str
    word: Word
    account_uid: str
    account_name: str
    other_connection: int
    other_sourced_id: str
    other_name: str
    by: str
    made_at: datetime | None
    ended_at: datetime | None


def rulings_told(rows: Iterable[Ruling]) -> list[Told]:
    """Rulings with the names of what they are about, in the same order."""
    rulings = list(rows)
    who = dict(Account.objects.filter(pk__in={each.by_id for each in rulings}).values_list("pk", "email"))
    accounts = DirectoryAccount.objects.in_bulk({each.account_id for each in rulings if each.account_id})
    keys = {(each.connection_id, each.sourced_id) for each in rulings}
    keys |= {(each.other_connection_id, each.other_sourced_id) for each in rulings if each.other_sourced_id}
    spoken = speaking(keys)

    def named(connection: int, sourced_id: str) -> str:
        there = spoken.get((connection, sourced_id))
        return there.name if there else sourced_id

    return [
        Told(
            number=each.pk,
            connection=each.connection_id,
            sourced_id=each.sourced_id,
            name=named(each.connection_id, each.sourced_id),
            word=RULINGS.get(each.word, each.word),
            account_uid=account.uid if (account := accounts.get(each.account_id)) else "",
            account_name=name_of(account) if account else "",
            other_connection=each.other_connection_id,
            other_sourced_id=each.other_sourced_id,
            other_name=named(each.other_connection_id, each.other_sourced_id) if each.other_sourced_id else "",
            by=who.get(each.by_id, ""),
            made_at=parse_datetime(each.made_at) if each.made_at else None,
            ended_at=parse_datetime(each.ended_at) if each.ended_at else None,
        )
        for each in rulings
    ]
