"""Starting a class, coming back to it, ending it: one lesson of a class is open at a time, whoever started it.

Who may see a lesson is asked anew at every request: whoever may not teach its class any more finds nothing there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.console import telling
from rosterkeeper.features.console.models.lessons import Lesson, Teaching, Why
from rosterkeeper.features.console.one_row import row_of
from rosterkeeper.features.console.reach import Reach, may_look_back, may_teach
from rosterkeeper.features.console.roll import bring_up, locked, moved
from rosterkeeper.features.console.who import Visitor
from rosterkeeper.features.groups.members import Place, places_in
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.fresh import today

# Somebody else may start or end the class in between; more often than this in one request is none of theirs.
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """A lesson that the visitor may see, with its group, who is in that today, and as whose class they see it."""

    lesson: Lesson
    group: Group
    places: Mapping[int, Place]
    reach: Reach


def start(visitor: Visitor, group: Group, reach: Reach) -> Lesson:
    """The class's open lesson of today: made where there is none, else shared. Whoever comes is written down."""
    is_cover = reach == Reach.COVER
    with transaction.atomic():
        lesson, is_new = _opened(group)
        lesson = locked(lesson)
        has_come = _come(visitor, lesson, is_cover=is_cover)
        if has_come:
            moved(lesson, who=True)
        lesson = bring_up(lesson, places_in([group])[group.pk])
        if is_new:
            telling.started(lesson, visitor.teacher, is_cover=is_cover)
        if has_come:
            action = "console.class_started" if is_new else "console.class_joined"
            details = {"lesson": lesson.uid, "by": str(visitor.by), "cover": is_cover}
            record(action, about=f"group:{group.district_id}:{group.uid}", details=details)
    return lesson


def end(lesson: Lesson, why: Why) -> bool:
    """End the lesson, once; whether it was this call that ended it."""
    with transaction.atomic():
        current = locked(lesson)
        if not current.is_open:
            return False
        current.ended_at, current.ended_why = timezone.now(), why
        current.save(update_fields=["ended_at", "ended_why"])
        moved(current)
        telling.ended(current)
        group = Group.objects.filter(pk=current.group_id).values_list("uid", flat=True).first() or ""
        about = f"group:{current.district_id}:{group}"
        record("console.class_ended", about=about, details={"lesson": current.uid, "why": str(why)})
    return True


def lesson_for(visitor: Visitor, uid: str) -> Seen:
    """The lesson of that uid, if the visitor may see it; Http404 else.

    Their own classes' lessons; others only where they have come to them by starting the class for cover, which is
    written down: who taught it as their own and may not any more has not.
    """
    lesson = row_of(Lesson, "uid", uid)
    group = row_of(Group, "id", lesson.group_id) if lesson else None
    if lesson is None or group is None or {lesson.district_id, group.district_id} != {visitor.district}:
        raise Http404
    places = places_in([group])[group.pk]
    reach = may_teach(visitor, group, places) if lesson.is_open else may_look_back(visitor, [group])[group.pk]
    if reach == Reach.NONE:
        raise Http404
    if reach == Reach.COVER and not came(visitor).filter(lesson=lesson, is_cover=True).exists():
        raise Http404
    return Seen(lesson, group, places, reach)


def _come(visitor: Visitor, lesson: Lesson, *, is_cover: bool) -> bool:
    """Write down that the visitor teaches the lesson; False where that is known already."""
    known = came(visitor).filter(lesson=lesson).first()
    if known is None:
        who = {"person_id": visitor.teacher.pk} if visitor.teacher else {"key": visitor.key}
        Teaching.objects.create(lesson=lesson, by=visitor.by, is_cover=is_cover, **who)
        return True
    if known.is_cover == is_cover:
        return False
    known.is_cover = is_cover
    known.save(update_fields=["is_cover"])
    return True


def came(visitor: Visitor) -> "QuerySet[Teaching]":
    """That the visitor has come to lessons."""
    if visitor.teacher:
        return Teaching.objects.filter(person_id=visitor.teacher.pk)
    return Teaching.objects.filter(person_id=0, key=visitor.key)


def _opened(group: Group) -> tuple[Lesson, bool]:
    """The group's open lesson, and whether it was made now; of several at once the table's constraint lets one."""
    day = today(group.district_id).isoformat()
    for _ in range(_TRIES):
        found = Lesson.objects.filter(group_id=group.pk, ended_at=None).first()
        if found is not None and found.day == day:
            return found, False
        if found is not None:
            end(found, Why.DAY)
        try:
            with transaction.atomic():
                made = Lesson.objects.create(
                    district_id=group.district_id,
                    group_id=group.pk,
                    connection_id=group.connection_id,
                    school=group.school_sourced_id,
                    day=day,
                )
        except IntegrityError:
            continue
        return made, True
    raise Http404
