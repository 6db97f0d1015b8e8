"""Who is in a lesson: the class as it is now, those who have left it since the beginning, and guests.

What the roster and the groups say is written into the lesson where it has changed; so a page tells late joiners and
leavers, and a lesson that is over keeps who was there.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.db import connection as database
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from rosterkeeper.features.console.models.lessons import Attendance, Lesson, Mark
from rosterkeeper.features.groups.members import Place, people_named
from rosterkeeper.features.people.models import Person
from rosterkeeper.matching.tables import Member

# Asked with every look of every open lesson: Django takes longer over the question than the database.
_STANDING: Final = f"""
    SELECT person_id, gone_at IS NOT NULL, is_by_hand, is_guest FROM {Attendance._meta.db_table} WHERE lesson_id = %s
"""


@dataclass(frozen=True, slots=True)
class Child:
    """A student in a lesson as its page shows them."""

    row: Attendance
    person: Person
    name: str
    grade: str

    @property
    def initials(self) -> str:
        """What stands in a photo's place."""
        words = self.name.split()
        return "".join(each[0] for each in (words[:1] + words[1:][-1:])).upper()

    @property
    def is_here(self) -> bool:
        """Whether they are in the class now."""
        return self.row.gone_at is None

    @property
    def says(self) -> str:
        """The mark in words, '' for none."""
        return str(Mark(self.row.mark).label) if self.row.mark else ""


def bring_up(lesson: Lesson, places: Mapping[int, Place]) -> Lesson:
    """Write into an open lesson who has come into the class and who has left it; the lesson as it is then.

    ``places`` is who is in the class today. Nothing is written where nothing has changed.
    """
    if not lesson.is_open:
        return lesson
    here = _here(places)
    if not _differing(lesson, here):
        return lesson
    with transaction.atomic():
        current = locked(lesson)
        differing = _differing(current, here)
        if current.is_open and differing:
            moved(current, who=True)
            _write(current, differing, here)
    return current


def roll(lesson: Lesson, since: int = -1) -> list[Child]:
    """The lesson's students in the order of names; ``since``: only those that changed after that version."""
    return children(lesson.attendance.filter(version__gt=since))


def children(rows: Iterable[Attendance]) -> list[Child]:
    """Rows of attendance with the names that the roster has now, in their order; who was erased is not among them."""
    kept = list(rows)
    persons = Person.objects.in_bulk([each.person_id for each in kept])
    names = people_named(persons.values())
    made = [
        Child(row, person, *names.get(person.pk, (person.sourced_id, "")))
        for row in kept
        if (person := persons.get(row.person_id)) is not None
    ]
    return sorted(made, key=lambda each: (each.person.sort_key, each.person.pk))


def child_of(lesson: Lesson, person_uid: str) -> Child:
    """One student of the lesson; Http404 where nobody of that uid was in it."""
    person = Person.objects.filter(uid=person_uid, district_id=lesson.district_id).first()
    found = children(lesson.attendance.filter(person_id=person.pk)) if person else []
    if not found:
        raise Http404
    return found[0]


def locked(lesson: Lesson) -> Lesson:
    """The lesson as it is now, nobody else's to change until the transaction's end."""
    return Lesson.objects.select_for_update().get(pk=lesson.pk)


def moved(lesson: Lesson, *, who: bool = False) -> None:
    """Count one change of a lesson that is locked; ``who``: of who teaches or learns in it."""
    lesson.version += 1
    lesson.roll_version = lesson.version if who else lesson.roll_version
    lesson.changed_at = timezone.now()
    lesson.save(update_fields=["version", "roll_version", "changed_at"])


def _here(places: Mapping[int, Place]) -> dict[int, bool]:
    """Who of those is in the class but its owners, and whether as a guest."""
    others = {number: place.role == Member.GUEST for number, place in places.items() if place.role != Member.OWNER}
    # Whom the roster seats has not left; whom somebody put in by hand may have.
    by_hand = [number for number in others if places[number].by_hand]
    gone = Person.objects.filter(pk__in=by_hand).exclude(status="active").values_list("pk", flat=True)
    return {number: others[number] for number in others.keys() - set(gone)}


def _differing(lesson: Lesson, here: Mapping[int, bool]) -> set[int]:
    """Who is in the class, or was, otherwise than the lesson knows: by number."""
    with database.cursor() as cursor:
        cursor.execute(_STANDING, [lesson.pk])
        known = cursor.fetchall()
    differing = set(here)
    for number, is_gone, is_by_hand, is_guest in known:
        if is_gone or is_by_hand:
            continue
        if number not in here:
            differing.add(number)
        elif bool(is_guest) == here[number]:
            differing.remove(number)
    return differing


def _write(lesson: Lesson, differing: Collection[int], here: Mapping[int, bool]) -> None:
    now = timezone.now()
    rows = list(Attendance.objects.filter(lesson=lesson, person_id__in=differing))
    for row in rows:
        is_here = row.person_id in here
        row.gone_at = None if is_here else now
        row.is_by_hand = False
        row.is_guest = here.get(row.person_id, row.is_guest)
        row.version = lesson.version
    Attendance.objects.bulk_update(rows, ["gone_at", "is_by_hand", "is_guest", "version"])
    Attendance.objects.bulk_create(
        Attendance(
            lesson=lesson, person_id=number, is_guest=here[number], joined_at=now, version=lesson.version, marked_by=0
        )
        for number in sorted({*differing} - {each.person_id for each in rows})
    )
