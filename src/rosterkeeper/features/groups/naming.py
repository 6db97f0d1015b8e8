"""The template by which a district's groups are named, shown on some of its classes."""

import json
from dataclasses import dataclass

from rosterkeeper.features.groups.models import Group, GroupSettings
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.roster.listing import school_names, strings
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.matching.group_names import DEFAULT, filled, parsed
from rosterkeeper.oneroster.fields import ACADEMIC_SESSIONS, CLASSES, COURSES, USERS

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Example:
    """A class's group as it is called, and as it would be; what tells equal names apart comes later."""

    uid: str
    now: str
    then: str


def template_of(district: int) -> str:
    """The district's template."""
    return GroupSettings.objects.filter(district_id=district).values_list("template", flat=True).first() or DEFAULT


def examples(district: int, template: str) -> list[Example]:
    """Some of the district's class groups by the template; SettingsError ``groups.template`` where it is none."""
    stated = parsed(template)
    rows = Group.objects.filter(district_id=district, kind="class", status="active", name_by="template")
    made = []
    for group in rows.order_by("sort_key", "id")[:_SHOWN]:
        values = class_values(group.connection_id, group.class_sourced_id)
        values["teacher"] = _teacher(group) if stated.has("teacher") else ""
        made.append(Example(group.uid, group.name, filled(stated, values, values["title"] or group.class_sourced_id)))
    return made


def class_values(connection: int, class_id: str) -> dict[str, str]:
    """What a template can take of a class, but for its teacher."""
    row = LIVE[CLASSES.name]._default_manager.filter(connection_id=connection, sourced_id=class_id).values().first()
    if row is None:
        return {"title": ""}
    terms = LIVE[ACADEMIC_SESSIONS.name]._default_manager.filter(
        connection_id=connection, sourced_id__in=strings(row["term_sourced_ids"]), status="active"
    )
    course = LIVE[COURSES.name]._default_manager.filter(connection_id=connection, sourced_id=row["course_sourced_id"])
    return {
        "title": row["title"],
        "course": str(course.values_list("title", flat=True).first() or ""),
        "code": row["class_code"],
        "period": ", ".join(strings(row["periods"])),
        "term": str(terms.order_by("start_date", "-end_date", "title").values_list("title", flat=True).first() or ""),
        "school": school_names(connection, [row["school_sourced_id"]]).get(row["school_sourced_id"], ""),
        "grade": ", ".join(strings(row["grades"])),
    }


def _teacher(group: Group) -> str:
    owners = Person.objects.filter(pk__in=json.loads(group.owners)).order_by("sort_key", "id")
    for each in owners[:1]:
        live = LIVE[USERS.name]._default_manager.filter(connection_id=each.connection_id, sourced_id=each.sourced_id)
        return str(live.values_list("family_name", flat=True).first() or "")
    return ""
