"""The guardians of a student with how to reach them, for the student's own teacher who has signed in."""

from dataclasses import dataclass
from typing import Final

from django.http import Http404

from rosterkeeper.features.console.lessons import Seen
from rosterkeeper.features.console.reach import Reach
from rosterkeeper.features.console.roll import Child
from rosterkeeper.features.console.who import Visitor
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.people.parents import parents_of
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.oneroster.fields import USERS

_CONTACT: Final = ("email", "phone", "sms")


@dataclass(frozen=True, slots=True)
class Guardian:
    """A guardian as their child's teacher sees them; what the roster does not tell is ''."""

    name: str
    relationship: str
    email: str
    phone: str
    sms: str


def may_see(visitor: Visitor, reach: Reach) -> dict[str, bool]:
    """Whose guardians are shown: of one's own class, at cover where the district says so, never by a key alone.

    Whoever is in a lesson only because a teacher added them as a guest is nobody's own: for them cover's switch counts.
    """
    at_cover = visitor.sees_guardians and visitor.sees_guardians_at_cover
    return {
        "sees_guardians": at_cover or (visitor.sees_guardians and reach == Reach.OWN),
        "sees_guests_guardians": at_cover,
    }


def need(visitor: Visitor, seen: Seen, child: Child) -> None:
    """Http404 where the guardians of that student are not shown: none of a lesson that is over or that they left."""
    whose = "sees_guests_guardians" if child.row.is_by_hand else "sees_guardians"
    if not seen.lesson.is_open or not child.is_here or not may_see(visitor, seen.reach)[whose]:
        raise Http404


def guardians_of(student: Person) -> list[Guardian]:
    """The student's guardians who are on the roster now."""
    made = []
    for each in parents_of(student):
        if each.person.status != "active" or each.record.is_removed:
            continue
        live = LIVE[USERS.name]._default_manager.filter(
            connection_id=each.record.connection, sourced_id=each.record.sourced_id, status="active"
        )
        contact = live.values_list(*_CONTACT).first() or ("", "", "")
        made.append(Guardian(each.record.name, each.relationship, *contact))
    return made
