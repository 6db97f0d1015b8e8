"""What others may follow of lessons: that a class was started, that it has ended, and who was there.

Uids alone, never a name: a line is ``KEY=VALUE``. Only targets that name such an event are told of it; whoever wants
every notice does not mean each mark of each child.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.console.models.lessons import Lesson
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.publish.models import Event
from rosterkeeper.features.publish.outbox import meant, put

STARTED: Final = "class.started"
ENDED: Final = "class.ended"
ATTENDANCE: Final = "class.attendance"
# What stands in the place of a mark that was taken away.
_NONE: Final = "none"


def started(lesson: Lesson, teacher: Person | None, *, is_cover: bool) -> None:
    """Tell that the class was started, by whom where they were recognised."""
    more = [*([f"teacher={teacher.uid}"] if teacher else []), f"cover={'yes' if is_cover else 'no'}"]
    _tell(lesson, STARTED, _("A class was started"), more)


def ended(lesson: Lesson) -> None:
    """Tell that the class has ended, and why."""
    _tell(lesson, ENDED, _("A class has ended"), [f"why={lesson.ended_why}"])


def attendance(lesson: Lesson, marks: Mapping[int, str]) -> None:
    """Tell what was said of these persons, by their numbers; '' is that a mark was taken away."""
    _tell(lesson, ATTENDANCE, _("Attendance was marked"), marks)


def _tell(lesson: Lesson, word: str, title: str, more: Sequence[str] | Mapping[int, str]) -> None:
    link = lesson.connection_id
    event = Event(word=word, district=lesson.district_id, connection_id=link, title=title)
    targets = [each for each in meant(event) if word in each.words]
    if not targets:
        return
    if link:
        event.connection = Connection.objects.filter(pk=link).values_list("name", flat=True).first() or ""
    said = _marks(more) if isinstance(more, Mapping) else more
    group = Group.objects.filter(pk=lesson.group_id).values_list("uid", flat=True).first() or ""
    event.lines = [f"lesson={lesson.uid}", f"group={group}", *said]
    put(event, targets)


def _marks(marks: Mapping[int, str]) -> Iterable[str]:
    uids = Person.objects.filter(pk__in=list(marks)).order_by("pk").values_list("pk", "uid")
    return [f"mark={uid}:{marks[number] or _NONE}" for number, uid in uids]
