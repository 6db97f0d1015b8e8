"""What a group's page shows of what people made of it: who was put in by hand, its parts, and what it is a part of."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from rosterkeeper.features.groups.members import people_named
from rosterkeeper.features.groups.models import Extra, Group, Part
from rosterkeeper.features.people.fresh import today
from rosterkeeper.features.people.models import Person


@dataclass(frozen=True, slots=True)
class PutIn:
    """Somebody put into a group by hand; ``stands`` is now, coming or over."""

    extra: Extra
    person: Person
    name: str
    stands: str


def extras_of(group: Group) -> list[PutIn]:
    """Who was put into the group by hand, those who are over, too: by their last day."""
    rows, day = (
        list(Extra.objects.filter(group_id=group.pk).order_by("until_on", "id")),
        today(group.district_id).isoformat(),
    )
    persons = Person.objects.in_bulk([each.person_id for each in rows])
    names = people_named(persons.values())
    return [
        PutIn(each, person, names.get(person.pk, (person.sourced_id, ""))[0], _stands(each, day))
        for each in rows
        if (person := persons.get(each.person_id)) is not None
    ]


def extra_of(group: Group, number: int) -> Extra:
    """One of those; Http404 where the group has none of that number."""
    return get_object_or_404(Extra, group_id=group.pk, id=number)


def parts_of(seen: "QuerySet[Group]", group: Group) -> list[Group]:
    """The class groups that a merged group is made of, those in sight."""
    ids = Part.objects.filter(group_id=group.pk).values("part_id")
    return list(seen.filter(pk__in=ids).order_by("sort_key", "id"))


def merged_of(seen: "QuerySet[Group]", group: Group) -> list[Group]:
    """The merged groups that a class's group is a part of, those in sight."""
    ids = Part.objects.filter(part_id=group.pk).values("group_id")
    return list(seen.filter(pk__in=ids).order_by("sort_key", "id"))


def _stands(extra: Extra, day: str) -> str:
    if extra.from_on > day:
        return "coming"
    return "over" if extra.until_on and extra.until_on < day else "now"
