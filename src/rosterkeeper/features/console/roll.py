"""Who is in a lesson: the class as it is now, those who have left it since the beginning, and guests.

What the roster and the groups say is written into the lesson where it has changed; so a page tells late joiners and
leavers, and a lesson that is over keeps who was there.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from rosterkeeper.features.console.models.lessons import Attendance, Lesson, Mark
from rosterkeeper.features.groups.members import people_named, places_in
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import Person
from rosterkeeper.matching.tables import Member


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


def bring_up(lesson: Lesson, group: Group) -> Lesson:
    """Write into an open lesson who has come into the class and who has left it; the lesson as it is then.

    Nothing is written where nothing has changed.
    """
    here = _here(group)
    if not lesson.is_open or _agrees(Attendance.objects.filter(lesson=lesson), here):
        return lesson
    with transaction.atomic():
        current = locked(lesson)
        rows = list(Attendance.objects.filter(lesson=lesson))
        if current.is_open and not _agrees(rows, here):
            moved(current, who=True)
            _write(current, rows, here)
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


def _here(group: Group) -> dict[int, bool]:
    """Who is in the class today but its owners, and whether as a guest."""
    places = places_in([group])[group.pk]
    others = {number: place.role == Member.GUEST for number, place in places.items() if place.role != Member.OWNER}
    active = set(Person.objects.filter(pk__in=list(others), status="active").values_list("pk", flat=True))
    return {number: is_guest for number, is_guest in others.items() if number in active}


def _agrees(rows: Iterable[Attendance], here: dict[int, bool]) -> bool:
    known = {each.person_id: each for each in rows}
    return here.keys() <= known.keys() and not any(_differs(each, here) for each in known.values())


def _differs(row: Attendance, here: dict[int, bool]) -> bool:
    if row.person_id in here:
        return row.gone_at is not None or row.is_by_hand or row.is_guest != here[row.person_id]
    return row.gone_at is None and not row.is_by_hand


def _write(lesson: Lesson, rows: Collection[Attendance], here: dict[int, bool]) -> None:
    now = timezone.now()
    changed = [each for each in rows if _differs(each, here)]
    for row in changed:
        is_here = row.person_id in here
        row.gone_at = None if is_here else now
        row.is_by_hand = False
        row.is_guest = here.get(row.person_id, row.is_guest)
        row.version = lesson.version
    Attendance.objects.bulk_update(changed, ["gone_at", "is_by_hand", "is_guest", "version"])
    known = {each.person_id for each in rows}
    Attendance.objects.bulk_create(
        Attendance(
            lesson=lesson, person_id=number, is_guest=is_guest, joined_at=now, version=lesson.version, marked_by=0
        )
        for number, is_guest in here.items()
        if number not in known
    )
