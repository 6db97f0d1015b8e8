"""Groups that wait for a teacher: none of those who own them has an active account (S04).

It is looked up and never stored, so that a group attaches the moment an account appears, by whatever way (S05).
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from django.db import connection as database
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.matching.tables import ACCOUNTS, EXTRAS, GROUPS, PARTS, PERSONS, Result, Status


class Why(StrEnum):
    """Why an owner cannot have the group yet, or that one can (``ready``); ``no_teacher`` is of a group, not an owner.

    In the order of what is nearest to a remedy.
    """

    READY = "ready"
    SUSPENDED = "suspended"
    DISPUTED = "disputed"
    NO_ACCOUNT = "no_account"
    IGNORED = "ignored"
    NO_TEACHER = "no_teacher"


_BY_RESULT: Final = {Result.DISPUTED: Why.DISPUTED, Result.IGNORED: Why.IGNORED}


def why(person: Person, account: DirectoryAccount | None) -> Why:
    """How an owner stands to having the group."""
    if account is None:
        return _BY_RESULT.get(Result(person.result), Why.NO_ACCOUNT)
    return Why.READY if account.status == Status.ACTIVE else Why.SUSPENDED


def nearest(owners: Collection[Why]) -> Why:
    """How a group stands by how its owners stand: what is nearest to a remedy; ``ready`` where it does not wait."""
    order = list(Why)
    return min(owners, key=order.index, default=Why.NO_TEACHER)


def waits(today: str) -> RawSQL:
    """Whether a group of the queryset waits on the date, as a condition of the database."""
    if database.vendor == "sqlite":
        each = "json_each(g.owners) o JOIN {persons} p ON p.id = o.value"
    else:
        each = "jsonb_array_elements_text(g.owners::jsonb) o(value) JOIN {persons} p ON p.id = o.value::bigint"
    owned = each.format(persons=PERSONS)
    active = f"JOIN {ACCOUNTS} a ON a.id = p.account_id AND a.status = '{Status.ACTIVE}'"
    these = f"(SELECT {GROUPS}.id UNION ALL SELECT part_id FROM {PARTS} WHERE group_id = {GROUPS}.id)"
    sql = (
        f"NOT EXISTS (SELECT 1 FROM {GROUPS} g CROSS JOIN {owned} {active} WHERE g.id IN {these})"
        f" AND NOT EXISTS (SELECT 1 FROM {EXTRAS} x JOIN {PERSONS} p ON p.id = x.person_id {active}"
        f" WHERE x.group_id IN {these} AND x.role = 'owner' AND (x.from_on = '' OR x.from_on <= %s)"
        " AND (x.until_on = '' OR x.until_on >= %s))"
    )
    return RawSQL(sql, [today, today], output_field=BooleanField())  # noqa: S611 -- the text is ours, the dates are bound
