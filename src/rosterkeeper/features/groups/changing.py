"""What people change of groups by hand: names, guests and cover teachers with their dates, merged and custom groups.

The members that a class's group has by the roster are the roster's; only who is added by hand can be taken out by hand.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.groups.models import Extra, Group, GroupSettings, Part
from rosterkeeper.features.groups.telling import tell
from rosterkeeper.features.people.hand import instant, raise_inputs
from rosterkeeper.features.people.models import Person
from rosterkeeper.matching.group_names import LONGEST, parsed
from rosterkeeper.matching.tables import GroupKind
from rosterkeeper.matching.tables import Member as Role
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.store.folding import fold

BY_HAND: Final = "hand"
BY_TEMPLATE: Final = "template"
_ENDED: Final = "ended"
_ACTIVE: Final = "active"


@dataclass(frozen=True, slots=True)
class Stay:
    """As what somebody is in a group by hand, and from which to which local date, both included; '' for no end."""

    role: Role = Role.STUDENT
    from_on: str = ""
    until_on: str = ""


def make(district: int, kind: GroupKind, name: str, *, parts: Sequence[Group] = ()) -> Group:
    """Make a custom group, or a merged one of class groups; SettingsError where it has no name or no parts."""
    if kind == GroupKind.CLASS:
        raise SettingsError(
            "groups.of_class", "A class's group is made by the sync.", todo="Make a custom or a merged group."
        )
    now = instant()
    group = Group(district_id=district, kind=kind, name_by=BY_HAND, changed_at=now)
    _call(group, name)
    with transaction.atomic():
        group.save()
        if kind == GroupKind.MERGED:
            _put_parts(group, parts)
        _changed(group, "groups.made", {"kind": str(kind), "parts": [each.uid for each in parts]})
    return group


def rename(group: Group, name: str) -> None:
    """Give a group a name by hand; a blank one gives a class's group back to the template."""
    with transaction.atomic():
        if not name.strip() and group.kind == GroupKind.CLASS:
            group.name_by = BY_TEMPLATE
            raise_inputs(group.district_id)
        else:
            _call(group, name)
            group.name_by = BY_HAND
        group.print = 0
        group.save(update_fields=["name", "sort_key", "name_by", "print"])
        _changed(group, "groups.renamed", {"by": group.name_by})


def put_in(group: Group, person: Person, stay: Stay, *, by: int) -> Extra:
    """Put somebody into a group by hand; SettingsError where the dates make no sense or they are of elsewhere."""
    _check(stay)
    if person.district_id != group.district_id or person.status != _ACTIVE:
        raise SettingsError(
            "groups.person", "This person is not in the group's district.", todo="Choose somebody who is."
        )
    if group.kind == GroupKind.MERGED and stay.role == Role.STUDENT:
        raise SettingsError(
            "groups.of_parts",
            "The students of a merged group are those of its parts.",
            todo="Add a student to one of the parts, or add a guest.",
        )
    with transaction.atomic():
        made = Extra.objects.create(
            group_id=group.pk,
            person_id=person.pk,
            district_id=group.district_id,
            role=stay.role,
            from_on=stay.from_on,
            until_on=stay.until_on,
            by_id=by,
            made_at=instant(),
        )
        details = {"role": str(stay.role), "from": stay.from_on, "until": stay.until_on}
        _changed(group, "groups.member_added", details, keys=[_key(person)])
    return made


def take_out(group: Group, extra: Extra) -> None:
    """Take somebody out whom somebody had put in."""
    with transaction.atomic():
        extra.delete()
        persons = Person.objects.filter(pk=extra.person_id)
        _changed(group, "groups.member_removed", {"role": extra.role}, keys=[_key(each) for each in persons])


def set_parts(group: Group, parts: Sequence[Group]) -> None:
    """Say of which class groups a merged group is; SettingsError where these cannot be."""
    if group.kind != GroupKind.MERGED:
        raise SettingsError("groups.no_parts", "Only a merged group has parts.", todo="Make a merged group.")
    with transaction.atomic():
        Part.objects.filter(group_id=group.pk).delete()
        _put_parts(group, parts)
        _changed(group, "groups.parts_set", {"parts": [each.uid for each in parts]})


def end(group: Group) -> None:
    """End a group that somebody made; a class's group ends with its class."""
    _set_status(group, _ENDED, "groups.ended")


def restore(group: Group) -> None:
    """Let a group that somebody ended go on."""
    _set_status(group, _ACTIVE, "groups.restored")


def set_template(district: int, template: str) -> None:
    """Set the district's template for names; the next matching names by it. SettingsError where it is none."""
    parsed(template)
    with transaction.atomic():
        GroupSettings.objects.update_or_create(district_id=district, defaults={"template": template.strip()})
        raise_inputs(district)
        record("groups.template_set", about=f"district:{district}", details={"template": template.strip()})


def _set_status(group: Group, status: str, action: str) -> None:
    if group.kind == GroupKind.CLASS:
        raise SettingsError(
            "groups.follows_class",
            "A class's group begins and ends with its class.",
            todo="Change the class at the source, or leave its school or term out of the sync.",
        )
    with transaction.atomic():
        group.status = status
        group.ended_at = instant() if status == _ENDED else ""
        group.save(update_fields=["status", "ended_at"])
        _changed(group, action, {})


def _call(group: Group, name: str) -> None:
    stated = " ".join(name.split())
    if not stated or len(stated) > LONGEST:
        raise SettingsError("groups.name", "A group needs a name.", todo=f"Give it one of at most {LONGEST} letters.")
    group.name, group.sort_key = stated, fold(stated)[:LONGEST]


def _put_parts(group: Group, parts: Sequence[Group]) -> None:
    known = {each.pk for each in parts}
    fit = all(each.kind == GroupKind.CLASS and each.district_id == group.district_id for each in parts)
    if not known or not fit:
        raise SettingsError(
            "groups.parts",
            "A merged group is made of one or more class groups of its district.",
            todo="Choose class groups.",
        )
    Part.objects.bulk_create(Part(group_id=group.pk, part_id=each) for each in sorted(known))
    # A merged group of one school alone may be seen by who sees that school.
    places = {(each.connection_id, each.school_sourced_id) for each in parts}
    group.connection_id, group.school_sourced_id = places.pop() if len(places) == 1 else (0, "")
    group.save(update_fields=["connection_id", "school_sourced_id"])


def _check(stay: Stay) -> None:
    try:
        for each in (stay.from_on, stay.until_on):
            if each and date.fromisoformat(each).isoformat() != each:
                raise ValueError(each)
    except ValueError:
        raise SettingsError("groups.dates", "A date is not one.", todo="Write dates as 2026-10-31.") from None
    if stay.from_on and stay.until_on and stay.until_on < stay.from_on:
        raise SettingsError("groups.turned_dates", "The last day is before the first.", todo="Turn the dates round.")


def _changed(group: Group, action: str, details: Mapping[str, object], keys: Collection[str] = ()) -> None:
    """Say when the group changed, and the merged ones that it is a part of; tell it; write it down."""
    now = instant()
    group.changed_at = now
    Group.objects.filter(pk=group.pk).update(changed_at=now)
    of = Part.objects.filter(part_id=group.pk).values("group_id")
    Group.objects.filter(pk__in=of, status=_ACTIVE).update(changed_at=now)
    tell(group.district_id, [group.uid])
    record(action, about=f"group:{group.district_id}:{group.uid}", keys=keys, details=details)


def _key(person: Person) -> str:
    return f"user:{person.connection_id}:{person.sourced_id}"
