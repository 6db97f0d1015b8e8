"""One person: every source record, schools, classes, family, and what the runs have changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rosterkeeper.features.roster.fresh import carry_out
from rosterkeeper.features.roster.listing import Listed, listed, school_names, strings
from rosterkeeper.features.roster.models import LIVE, CatalogClass, CatalogPerson
from rosterkeeper.features.roster.places import Taught, taught
from rosterkeeper.features.roster.scope import Scope
from rosterkeeper.job.words import Action, Change
from rosterkeeper.oneroster.fields import DEMOGRAPHICS, ENROLLMENTS, ROLES, USER_PROFILES, USERS, Entity

# A class of thousands or a guardian of hundreds is a fault of the data; the page stays readable.
_MOST: Final = 500
_KINDS: Final = (USERS, ROLES, USER_PROFILES, DEMOGRAPHICS, ENROLLMENTS)


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A record as the source gave it: fields by their CSV names, blank ones left out."""

    entity: str
    sourced_id: str
    is_removed: bool
    fields: Mapping[str, str]
    last_modified: str
    changed_run: int
    removed_at: str


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A role in an org; ``is_current`` says that it was not removed."""

    role: str
    kind: str
    school: str
    school_name: str
    begins: str
    ends: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A place in a class; ``is_current`` says that neither it nor the class was removed."""

    taught: Taught
    role: str
    begins: str
    ends: str
    is_primary: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A person whole. ``agents`` are whom their record names, ``agent_of`` those whose records name them.

    ``out_of_sight`` counts the relations to people of schools that the reader may not see.
    """

    shown: Listed
    school_names: Mapping[str, str]
    issues: list[str]
    roles: list[RoleHeld]
    classes: list[Enrolled]
    agents: list[Listed]
    agent_of: list[Listed]
    out_of_sight: int
    records: list[SourceRecord]


def catalogued(scope: Scope, connection: int, sourced_id: str) -> CatalogPerson | None:
    """The person's row of the catalog; None where there is none in sight."""
    row = CatalogPerson.objects.filter(connection_id=connection, sourced_id=sourced_id).first()
    return row if row is not None and scope.sees(connection, strings(row.schools)) else None


def person(scope: Scope, connection: int, sourced_id: str) -> Person | None:
    """One person, live or removed but kept; None where there is none in sight.

    A reader of single schools sees the person's roles and classes in those alone, and not the user's and the
    demographics record: they name schools and people elsewhere.
    """
    row = catalogued(scope, connection, sourced_id)
    shown = listed(scope, connection, [row]) if row is not None else []
    if row is None or not shown:
        return None
    held = {entity.name: _held(entity, connection, ids) for entity, ids in _ids(row)}
    roles = _roles(scope, connection, held[ROLES.name])
    classes = _classes(scope, connection, held[ENROLLMENTS.name])
    names = strings(str(held[USERS.name][0]["agent_sourced_ids"]))
    agents, unseen = _relatives(scope, connection, names)
    agent_of, unseen_too = _relatives(scope, connection, strings(row.agent_of))
    kept = {role.school for role in roles}, {each.taught.sourced_id for each in classes}
    return Person(
        shown=shown[0],
        school_names=school_names(connection, shown[0].schools),
        issues=strings(row.issues),
        roles=roles,
        classes=classes,
        agents=agents,
        agent_of=agent_of,
        out_of_sight=unseen + unseen_too,
        records=[each for each in _records(held) if scope.is_all or _is_theirs(each, *kept)],
    )


def history(scope: Scope, connection: int, sourced_id: str) -> list[Change] | None:
    """What the runs did to the person's records, newest first, as far as snapshots are kept; None where out of sight.

    A child process reads it, which takes a second. It tells of all schools, so only who sees all may ask.
    """
    if not scope.is_all or catalogued(scope, connection, sourced_id) is None:
        return None
    return carry_out(Action.HISTORY, connection, person=sourced_id).history


def _ids(row: CatalogPerson) -> Iterator[tuple[Entity, list[str]]]:
    yield USERS, [row.sourced_id]
    yield ROLES, strings(row.role_ids)[:_MOST]
    yield ENROLLMENTS, strings(row.seat_ids)[:_MOST]
    yield USER_PROFILES, strings(row.profile_ids)[:_MOST]
    yield DEMOGRAPHICS, [row.sourced_id]


def _held(entity: Entity, connection: int, ids: list[str]) -> list[dict[str, object]]:
    """The records of the entity with those ids: all their columns."""
    rows = LIVE[entity.name]._default_manager.filter(connection_id=connection, sourced_id__in=ids)
    return list(rows.order_by("sourced_id").values())


def _roles(scope: Scope, connection: int, held: list[dict[str, object]]) -> list[RoleHeld]:
    names = school_names(connection, (str(each["org_sourced_id"]) for each in held))
    return [
        RoleHeld(
            role=str(each["role"]),
            kind=str(each["role_type"]),
            school=org,
            school_name=names.get(org, ""),
            begins=str(each["begin_date"]),
            ends=str(each["end_date"]),
            is_current=each["status"] == "active",
        )
        for each in held
        if scope.sees(connection, [org := str(each["org_sourced_id"])])
    ]


def _classes(scope: Scope, connection: int, held: list[dict[str, object]]) -> list[Enrolled]:
    ids = {str(each["class_sourced_id"]) for each in held}
    rows = CatalogClass.objects.filter(connection_id=connection, sourced_id__in=ids).order_by("sort_key", "sourced_id")
    known = {each.sourced_id: each for each in taught(connection, rows) if scope.sees(connection, [each.school])}
    made = [
        Enrolled(
            taught=found,
            role=str(each["role"]),
            begins=str(each["begin_date"]),
            ends=str(each["end_date"]),
            is_primary=each["primary"] == "true",
            is_current=each["status"] == "active" and not found.is_removed,
        )
        for each in held
        if (found := known.get(str(each["class_sourced_id"]))) is not None
    ]
    place = {sourced_id: number for number, sourced_id in enumerate(known)}
    return sorted(made, key=lambda each: (not each.is_current, place[each.taught.sourced_id]))


def _relatives(scope: Scope, connection: int, ids: list[str]) -> tuple[list[Listed], int]:
    """Those of the people who are in sight, and how many are not."""
    rows = list(CatalogPerson.objects.filter(connection_id=connection, sourced_id__in=ids[:_MOST]).order_by("rank"))
    seen = [row for row in rows if scope.sees(connection, strings(row.schools))]
    return listed(scope, connection, seen), len(rows) - len(seen)


def _records(held: Mapping[str, list[dict[str, object]]]) -> Iterator[SourceRecord]:
    for entity in _KINDS:
        for row in held[entity.name]:
            fields = {field.csv: str(row[field.column]) for field in entity.content_fields if row[field.column]}
            if row["metadata"]:
                fields["metadata"] = str(row["metadata"])
            yield SourceRecord(
                entity=entity.name,
                sourced_id=str(row["sourced_id"]),
                is_removed=row["status"] != "active",
                fields=fields,
                last_modified=str(row["date_last_modified"]),
                changed_run=int(str(row["changed_run"])),
                removed_at=str(row["removed_at"]),
            )


def _is_theirs(record: SourceRecord, schools: set[str], classes: set[str]) -> bool:
    """Whether a record of somebody in sight is itself of a school in sight, and no more than a school needs."""
    if record.entity == ROLES.name:
        return record.fields.get("orgSourcedId") in schools
    if record.entity == ENROLLMENTS.name:
        return record.fields.get("classSourcedId") in classes
    return record.entity == USER_PROFILES.name
