"""The API of groups: who is in which group, what changed, and what people make of groups.

Whoever calls sees the groups of the districts and schools that account and token are limited to, like the pages. What
is searched for is personal, so it travels in a body; addresses hold uids alone.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Path, Query, Schema, Status
from pydantic import Field

from rosterkeeper.features.accounts.kinds import CLASS, by_kind, need_kind, sees_kind
from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import Given, Id, Number, answers, group
from rosterkeeper.features.api.paging import DEFAULT, MOST
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.groups import changing, listing, naming
from rosterkeeper.features.groups.handmade import extra_of, parts_of
from rosterkeeper.features.groups.members import Member, groups_of, members_of
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.groups.resync import resync
from rosterkeeper.features.groups.scope import district_of, group_of, groups_seen, person_of
from rosterkeeper.features.groups.waiting import Why
from rosterkeeper.matching.tables import GroupKind
from rosterkeeper.matching.tables import Member as Role

router = group("groups")

Uid = Annotated[str, Path(min_length=1, max_length=64, pattern="^[A-Za-z0-9-]+$")]
Wanted = Annotated[int, Query(ge=1, description=f"How many at most; more than {MOST} are {MOST}.")]
After = Annotated[str, Query(max_length=2000, description="The `next` of the page before.")]
On = Annotated[date | None, Query(description="A local date; without one, today.")]
State = Literal["active", "waiting", "ended", ""]
Kind = Literal["class", "merged", "custom", ""]


class GroupShown(Schema):
    """A group in a list; `stands` is `ready`, or why it waits for a teacher."""

    uid: str
    district: int
    kind: str
    name: str
    connection: int = Field(description="0 where it is of no single school.")
    class_sourced_id: str
    school_sourced_id: str
    status: str
    stands: Why
    owners: list[str] = Field(description="The uids of the persons who own it today.")
    others: int = Field(description="How many others are in it today.")
    changed_at: str
    ended_at: str


class Groups(Schema):
    """A page of groups."""

    items: list[GroupShown]
    next: str | None


class GroupsGiven(Given):
    """Which groups are listed; what is left out is any."""

    text: str = Field("", max_length=200, description="Parts of the name.")
    district: int = Field(0, ge=0)
    connection: int = Field(0, ge=0)
    school: str = Field("", max_length=255, description="A sourcedId; needs `connection`.")
    kind: Kind = ""
    state: State = "active"
    after: str = Field("", max_length=2000)
    limit: int = Field(DEFAULT, ge=1)


class MemberShown(Schema):
    """Somebody in a group; `stands` says whether they have an active account."""

    person: str
    name: str
    grade: str
    role: str
    connection: int
    sourced_id: str
    stands: Why
    by_hand: bool
    from_on: str
    until_on: str


class Members(Schema):
    """Everybody in a group on a date, owners first."""

    items: list[MemberShown]


class MembershipShown(Schema):
    """A group that somebody is in, and as what."""

    group: str
    name: str
    role: str


class Memberships(Schema):
    """The groups that somebody is in on a date."""

    items: list[MembershipShown]


class GroupMade(Given):
    """A group to make: a custom one, or a merged one of `parts`."""

    district: int = Field(ge=1)
    kind: Literal["custom", "merged"]
    name: str = Field(min_length=1, max_length=200)
    parts: list[Id] = Field([], max_length=500, description="Uids of class groups.")


class GroupSet(Given):
    """What is to be changed of a group; what is left out stays."""

    name: str | None = Field(None, max_length=200, description="Blank gives a class's group back to the template.")
    parts: list[Id] | None = Field(None, max_length=500, description="Of a merged group: uids of class groups.")
    status: Literal["active", "ended"] | None = Field(None, description="Of a custom or merged group.")


class MemberPut(Given):
    """Somebody to put into a group by hand, and how long; both days count."""

    person: Id = Field(description="A person's uid.")
    role: Role = Role.GUEST
    from_on: date | None = None
    until_on: date | None = None


class PutIn(Schema):
    """The number by which somebody can be taken out again."""

    number: int


class Resynced(Schema):
    """What a resync of one user's groups came to."""

    groups: int
    changed: list[str]
    is_current: bool = Field(
        description="False where nothing was done: the roster has just changed. Try again in a minute."
    )


class Names(Given):
    """A district's template for the names of its class groups."""

    template: str = Field(max_length=200)


class NamesShown(Schema):
    """The template, and some groups as they are called by it."""

    template: str
    examples: list[naming.Example]


@router.get("/groups", response=answers(Groups), operation_id="listGroups")
@needs(Right.ROSTER)
@by_kind
def groups(
    request: HttpRequest,
    changed_since: datetime | None = None,
    state: State = "active",
    after: After = "",
    limit: Wanted = DEFAULT,
) -> Groups:
    """The groups in sight by name; with `changed_since` those that changed since, ended ones too, by their change."""
    need_kind(request, CLASS)
    seen, number = groups_seen(request), min(limit, MOST)
    if changed_since is not None:
        since = changed_since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return _page(listing.changed_since(seen, since, after=after, number=number))
    return _page(listing.groups(seen, listing.Wanted(state=state), after=after, number=number))


@router.post("/groups/search", response=answers(Groups), operation_id="searchGroups")
@needs(Right.ROSTER)
def search(request: HttpRequest, given: GroupsGiven) -> Groups:
    """The groups that are wanted and in sight; a name may name a teacher, so what is searched for is in the body."""
    wanted = listing.Wanted(
        text=given.text,
        district=given.district,
        kind=given.kind,
        connection=given.connection,
        school=given.school if given.connection else "",
        state=given.state,
    )
    return _page(listing.groups(groups_seen(request), wanted, after=given.after, number=min(given.limit, MOST)))


@router.post("/groups", response=answers(GroupShown), operation_id="makeGroup")
@needs(Right.RUN)
def make(request: HttpRequest, given: GroupMade) -> GroupShown:
    """Make a custom or a merged group."""
    district = district_of(request, given.district)
    parts = [group_of(request, each) for each in given.parts]
    return _one(changing.make(district.pk, GroupKind(given.kind), given.name, parts=parts))


@router.get("/groups/{uid}", response=answers(GroupShown), operation_id="getGroup")
@needs(Right.ROSTER)
@by_kind
def one(request: HttpRequest, uid: Uid) -> GroupShown:
    """One group."""
    need_kind(request, CLASS)
    return _one(group_of(request, uid))


@router.patch("/groups/{uid}", response=answers(GroupShown), operation_id="setGroup")
@needs(Right.RUN)
def change(request: HttpRequest, uid: Uid, given: GroupSet) -> GroupShown:
    """Change a group's name, the parts of a merged one, or whether one that somebody made goes on."""
    found = group_of(request, uid)
    if given.name is not None:
        changing.rename(found, given.name)
    if given.parts is not None:
        changing.set_parts(found, [group_of(request, each) for each in given.parts])
    if given.status is not None:
        (changing.restore if given.status == "active" else changing.end)(found)
    return _one(group_of(request, uid))


@router.get("/groups/{uid}/parts", response=answers(Groups), operation_id="listGroupParts")
@needs(Right.ROSTER)
def parts(request: HttpRequest, uid: Uid) -> Groups:
    """The class groups that a merged group is made of."""
    rows = listing.listed(parts_of(groups_seen(request), group_of(request, uid)))
    return Groups(items=[_shown(each) for each in rows], next=None)


@router.get("/groups/{uid}/members", response=answers(Members), operation_id="listGroupMembers")
@needs(Right.ROSTER)
@by_kind
def members(request: HttpRequest, uid: Uid, on: On = None) -> Members:
    """Everybody in the group on a date: by the roster, by its parts and by hand; of the kinds of the token's."""
    need_kind(request, CLASS)
    found = group_of(request, uid)
    every = [each for each in members_of(found, on.isoformat() if on else "") if sees_kind(request, each.person.kind)]
    keys = [f"user:{each.person.connection_id}:{each.person.sourced_id}" for each in every]
    record("roster.seen", about=f"group:{found.district_id}:{found.uid}", keys=keys, details={"page": "api"})
    return Members(items=[_member(each) for each in every])


@router.post("/groups/{uid}/members", response=answers(PutIn), operation_id="putIntoGroup")
@needs(Right.RUN)
def put_in(request: HttpRequest, uid: Uid, given: MemberPut) -> PutIn:
    """Put somebody into a group by hand: a guest, a cover teacher, a member of a custom group."""
    days = [each.isoformat() if each else "" for each in (given.from_on, given.until_on)]
    stay = changing.Stay(given.role, *days)
    found, person = group_of(request, uid), person_of(request, given.person)
    return PutIn(number=changing.put_in(found, person, stay, by=request.user.pk or 0).pk)


@router.delete("/groups/{uid}/members/{number}", response=answers(None, 204), operation_id="takeOutOfGroup")
@needs(Right.RUN)
def take_out(request: HttpRequest, uid: Uid, number: Number) -> Status[None]:
    """Take somebody out whom somebody had put in."""
    found = group_of(request, uid)
    changing.take_out(found, extra_of(found, number))
    return Status(204, None)


@router.get("/persons/{uid}/groups", response=answers(Memberships), operation_id="listGroupsOfPerson")
@needs(Right.ROSTER)
def of_person(request: HttpRequest, uid: Uid, on: On = None) -> Memberships:
    """The groups that a person is in on a date; a teacher's own are those with the role `owner`."""
    found = groups_of(person_of(request, uid), on.isoformat() if on else "")
    uids = {each.group.uid for each in found}
    seen = set(groups_seen(request).filter(uid__in=uids).values_list("uid", flat=True))
    return Memberships(
        items=[
            MembershipShown(group=each.group.uid, name=each.group.name, role=each.place.role)
            for each in found
            if each.group.uid in seen
        ]
    )


@router.post("/persons/{uid}/groups/resync", response=answers(Resynced), operation_id="resyncGroupsOfPerson")
@needs(Right.RUN)
def resync_person(request: HttpRequest, uid: Uid) -> Resynced:
    """Make one person's groups anew from the live roster, and nobody else's."""
    done = resync(person_of(request, uid))
    return Resynced(groups=done.groups, changed=[each.uid for each in done.changed], is_current=done.is_current)


@router.get("/districts/{number}/group-names", response=answers(NamesShown), operation_id="getGroupNames")
@needs(Right.SEE)
def names(request: HttpRequest, number: Number) -> NamesShown:
    """How a district's class groups are named."""
    district = district_of(request, number)
    template = naming.template_of(district.pk)
    return NamesShown(template=template, examples=naming.examples(district.pk, template))


@router.put("/districts/{number}/group-names", response=answers(NamesShown), operation_id="setGroupNames")
@needs(Right.SETTINGS)
def set_names(request: HttpRequest, number: Number, given: Names) -> NamesShown:
    """Set how a district's class groups are named; they are named so within seconds."""
    district = district_of(request, number)
    changing.set_template(district.pk, given.template)
    template = naming.template_of(district.pk)
    return NamesShown(template=template, examples=naming.examples(district.pk, template))


def _page(page: listing.Page) -> Groups:
    return Groups(items=[_shown(each) for each in page.rows], next=page.after or None)


def _one(found: Group) -> GroupShown:
    return _shown(listing.listed([found])[0])


def _shown(row: listing.Listed) -> GroupShown:
    found = row.group
    return GroupShown(
        uid=found.uid,
        district=found.district_id,
        kind=found.kind,
        name=found.name,
        connection=found.connection_id,
        class_sourced_id=found.class_sourced_id,
        school_sourced_id=found.school_sourced_id,
        status=found.status,
        stands=row.stands,
        owners=[each.person.uid for each in row.owners],
        others=row.others,
        changed_at=found.changed_at,
        ended_at=found.ended_at,
    )


def _member(each: Member) -> MemberShown:
    return MemberShown(
        person=each.person.uid,
        name=each.name,
        grade=each.grade,
        role=each.place.role,
        connection=each.person.connection_id,
        sourced_id=each.person.sourced_id,
        stands=each.stands,
        by_hand=each.place.by_hand,
        from_on=each.place.from_on,
        until_on=each.place.until_on,
    )
