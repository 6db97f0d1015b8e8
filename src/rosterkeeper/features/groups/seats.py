"""Who sits in classes on a date, asked of the live roster: for one class or one person's, not for a district.

The catalog says which enrollments a class and a person have; what they say is read from the roster itself.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Model, QuerySet

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.people.models import Record
from rosterkeeper.features.people.saving import settings_of
from rosterkeeper.features.roster.listing import strings
from rosterkeeper.features.roster.models import LIVE, CatalogPerson, CatalogSeats
from rosterkeeper.matching.groups import LEARNS, TEACHES
from rosterkeeper.oneroster.fields import ENROLLMENTS, USERS

# What a database takes as parameters of one statement.
_PART: Final = 5_000


@dataclass(frozen=True, slots=True)
class Seat:
    """A live enrollment of an active record; dates are YYYY-MM-DD or '', both of them included."""

    class_sourced_id: str
    person_id: int
    teaches: bool
    begins: str
    ends: str

    def counts_on(self, day: str) -> bool:
        """Whether it counts on the date."""
        return (not self.begins or self.begins <= day) and (not self.ends or self.ends >= day)

    def next_after(self, day: str) -> str:
        """The next date on which it begins or no longer counts; '' where nothing will change."""
        if self.begins and self.ends and self.ends < self.begins:
            return ""
        if self.begins > day:
            return self.begins
        return day_after(self.ends) if self.ends and self.ends >= day else ""


def day_after(day: str) -> str:
    """The date behind a date; '' for what is none."""
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return ""


def seats_of(connection: int, class_ids: Collection[str]) -> dict[str, list[Seat]]:
    """The seats of each of the classes of a connection: of its teachers and students, in no order."""
    held = CatalogSeats.objects.filter(connection_id=connection, sourced_id__in=class_ids)
    ids = [each for text in held.values_list("seat_ids", flat=True) for each in strings(text)]
    rows = [
        row
        for part in _parts(ids)
        for row in _enrollments(connection, part).filter(role__in=(TEACHES, LEARNS)).values_list(*_SEAT)
    ]
    persons = persons_of(connection, {row[1] for row in rows})
    made: dict[str, list[Seat]] = {each: [] for each in class_ids}
    for class_id, user, role, begins, ends in rows:
        if class_id in made and user in persons:
            made[class_id].append(Seat(class_id, persons[user], role == TEACHES, begins, ends))
    return made


def classes_of(person_id: int) -> dict[int, set[str]]:
    """The classes in which a person has an enrollment, whatever its dates, by connection."""
    found: dict[int, set[str]] = {}
    for connection, sourced_id in Record.objects.filter(person_id=person_id).values_list("connection_id", "sourced_id"):
        row = CatalogPerson.objects.filter(connection_id=connection, sourced_id=sourced_id).first()
        for part in _parts(strings(row.seat_ids) if row else []):
            live = LIVE[ENROLLMENTS.name]._default_manager.filter(connection_id=connection, sourced_id__in=part)
            found.setdefault(connection, set()).update(live.values_list("class_sourced_id", flat=True))
    return found


def persons_of(connection: int, users: Collection[str]) -> dict[str, int]:
    """The persons of active user records, by the record's id."""
    found: dict[str, int] = {}
    of = Connection.objects.filter(pk=connection).values_list("district_id", flat=True).first() or 0
    disabled_leave = settings_of(of)[1].disabled_leave
    for part in _parts(sorted(users)):
        live = LIVE[USERS.name]._default_manager.filter(connection_id=connection, sourced_id__in=part, status="active")
        if disabled_leave:
            live = live.exclude(enabled_user="false")
        active = set(live.values_list("sourced_id", flat=True))
        records = Record.objects.filter(connection_id=connection, sourced_id__in=part)
        found |= {user: person for user, person in records.values_list("sourced_id", "person_id") if user in active}
    return found


_SEAT: Final = ("class_sourced_id", "user_sourced_id", "role", "begin_date", "end_date")


def members(seats: Iterable[Seat], day: str) -> tuple[list[int], list[int]]:
    """The owners and the students among the seats on a date; who teaches is not also a student."""
    now = [seat for seat in seats if seat.counts_on(day)]
    owners = {seat.person_id for seat in now if seat.teaches}
    return sorted(owners), sorted({seat.person_id for seat in now} - owners)


def _enrollments(connection: int, ids: Sequence[str]) -> "QuerySet[Model]":
    return LIVE[ENROLLMENTS.name]._default_manager.filter(connection_id=connection, sourced_id__in=ids, status="active")


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _PART):
        yield ids[start : start + _PART]
