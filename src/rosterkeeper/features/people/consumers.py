"""The people of a district as a product is told of them: one kind at a time, with their accounts and families.

Only people who are in the roster now: whoever left, and a parent who was left out of a sync (R06), is not among them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from rosterkeeper.features.people.models import DirectoryAccount, Family, Person
from rosterkeeper.features.roster.listing import strings
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.matching.tables import Kind
from rosterkeeper.oneroster.fields import USERS

_SHOWN = (
    *("connection_id", "sourced_id", "given_name", "family_name", "preferred_given_name", "preferred_family_name"),
    *("email", "username", "grades"),
)


@dataclass(frozen=True, slots=True)
class Relation:
    """The other end of a family: the uid of the person, and what the parent is to the student."""

    person: str
    relationship: str


@dataclass(frozen=True, slots=True)
class Consumed:
    """One person; ``account`` is the uid of the directory account, '' for none.

    ``children`` and ``parents`` are there as far as the caller may be told of students and of parents.
    """

    uid: str
    kind: str
    connection: int
    sourced_id: str
    given_name: str
    family_name: str
    email: str
    username: str
    grades: list[str]
    account: str
    account_status: str
    children: list[Relation] = field(default_factory=list)
    parents: list[Relation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the people; ``after`` is where the next page begins, 0 on the last."""

    people: list[Consumed]
    after: int = 0


def people(district: int, kind: str, kinds: Collection[str], *, after: int, number: int) -> Page:
    """The district's active people of a kind, in the order in which they came; ``kinds`` are those to be told of."""
    rows = Person.objects.filter(district_id=district, kind=kind, status="active", id__gt=after).order_by("id")
    found = list(rows[: number + 1])
    page = found[:number]
    accounts = DirectoryAccount.objects.in_bulk({each.account_id for each in page} - {0})
    records = _records(page)
    ids = [each.pk for each in page]
    children = _related(ids, of="parent_id", to="student_id") if Kind.STUDENT in kinds else {}
    parents = _related(ids, of="student_id", to="parent_id") if Kind.PARENT in kinds else {}
    told = [
        _told(
            each,
            records.get((each.connection_id, each.sourced_id), {}),
            accounts.get(each.account_id),
            (children.get(each.pk, []), parents.get(each.pk, [])),
        )
        for each in page
    ]
    return Page(told, page[-1].pk if len(found) > number else 0)


def _told(
    person: Person,
    record: Mapping[str, str],
    account: DirectoryAccount | None,
    family: tuple[list[Relation], list[Relation]],
) -> Consumed:
    return Consumed(
        uid=person.uid,
        kind=person.kind,
        connection=person.connection_id,
        sourced_id=person.sourced_id,
        given_name=record.get("preferred_given_name") or record.get("given_name", ""),
        family_name=record.get("preferred_family_name") or record.get("family_name", ""),
        email=record.get("email", ""),
        username=record.get("username", ""),
        grades=strings(record.get("grades", "")),
        account=account.uid if account else "",
        account_status=account.status if account else "",
        children=family[0],
        parents=family[1],
    )


def _records(persons: Sequence[Person]) -> dict[tuple[int, str], dict[str, str]]:
    wanted: dict[int, set[str]] = {}
    for each in persons:
        wanted.setdefault(each.connection_id, set()).add(each.sourced_id)
    return {
        (connection, row["sourced_id"]): row
        for connection, ids in wanted.items()
        for row in LIVE[USERS.name]
        ._default_manager.filter(connection_id=connection, sourced_id__in=ids)
        .values(*_SHOWN)
    }


def _related(ids: Sequence[int], *, of: str, to: str) -> dict[int, list[Relation]]:
    links = list(Family.objects.filter(**{f"{of}__in": ids}).order_by("student_id", "parent_id"))
    others = Person.objects.in_bulk({getattr(each, to) for each in links})
    found: dict[int, list[Relation]] = {}
    for each in links:
        if (other := others.get(getattr(each, to))) is not None and other.status == "active":
            found.setdefault(getattr(each, of), []).append(Relation(other.uid, each.relationship))
    return found
