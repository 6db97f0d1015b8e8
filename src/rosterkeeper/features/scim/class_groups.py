"""The groups of classes as SCIM reads them: made of the roster, with those of their people who have an account."""

import hashlib
import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from scim2_models import Meta, NotFoundException, Reference, SearchRequest
from scim2_server.storage import SearchPage

from rosterkeeper.features.groups.members import places_in
from rosterkeeper.features.groups.models import Group as Kept
from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.features.scim import words
from rosterkeeper.features.scim.capabilities import GROUPS
from rosterkeeper.features.scim.filtering import GROUP_COLUMNS, filtered
from rosterkeeper.features.scim.shapes import Group, GroupMember
from rosterkeeper.matching.tables import Status


def one(district: int, uid: str) -> Group:
    """A group; NotFoundException where the district has none of that id."""
    found = Kept.objects.filter(district_id=district, status="active", uid=uid).first()
    if found is None:
        raise NotFoundException(detail=words.NO_GROUP)
    return _shown([found])[0]


def search(district: int, asked: SearchRequest[Any]) -> SearchPage:
    """One page of the district's groups, and how many there are."""
    rows = filtered(Kept.objects.filter(district_id=district, status="active"), asked, GROUP_COLUMNS)
    start = asked.start_index_0 or 0
    page = rows[start:] if asked.count is None else rows[start : start + asked.count]
    return SearchPage(rows.count(), [*_shown(list(page))])


def _shown(kept: list[Kept]) -> list[Group]:
    # Merged and custom groups hold people otherwise, and covers have their days.
    people = {number: list(places) for number, places in places_in(kept).items()}
    uids = _accounts({person for some in people.values() for person in some})
    return [_group(each, [uids[person] for person in people.get(each.pk, ()) if person in uids]) for each in kept]


def _group(kept: Kept, members: list[str]) -> Group:
    told = json.dumps([kept.name, kept.changed_at, members])
    changed = datetime.fromisoformat(kept.changed_at) if kept.changed_at else None
    return Group(
        id=kept.uid,
        display_name=kept.name,
        members=[GroupMember(value=uid, ref=Reference(f"Users/{uid}")) for uid in members] or None,
        meta=Meta(
            resource_type=GROUPS,
            last_modified=changed,
            version=f'W/"{hashlib.sha256(told.encode()).hexdigest()[:16]}"',
        ),
    )


def _accounts(people: Collection[int]) -> dict[int, str]:
    """The ids of the active accounts of persons, by person."""
    linked = dict(Person.objects.filter(pk__in=people).exclude(account_id=0).values_list("pk", "account_id"))
    rows = DirectoryAccount.objects.filter(pk__in=set(linked.values()), status=Status.ACTIVE)
    uids = dict(rows.values_list("pk", "uid"))
    return {person: uids[account] for person, account in linked.items() if account in uids}
