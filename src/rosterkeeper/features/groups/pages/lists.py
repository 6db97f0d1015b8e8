"""The pages that list groups: all of them, and by teacher those that wait."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.features.groups import listing
from rosterkeeper.features.groups.forms import GroupsForm
from rosterkeeper.features.groups.listing import Listed
from rosterkeeper.features.groups.members import Member
from rosterkeeper.features.groups.scope import groups_seen
from rosterkeeper.features.groups.waiting import Why
from rosterkeeper.features.roster.pages.reader import scope_of, sources
from rosterkeeper.features.roster.places import schools

_MOST_WAITING = 200


@dataclass(frozen=True, slots=True)
class Teacher:
    """Somebody whose groups wait for them; without a person, the groups of classes that no teacher is entered for."""

    owner: Member | None
    why: Why
    groups: list[Listed] = field(default_factory=list)


@needs(Right.ROSTER)
@require_http_methods(["GET", "HEAD", "POST"])
def groups(request: HttpRequest) -> HttpResponse:
    """The groups in sight; typing asks with POST for the part of the page that lists them."""
    stated = request.POST if request.method == "POST" else request.GET
    districts = list(districts_seen(request))
    form = GroupsForm(
        stated, schools=_schools(request, districts), districts=[(str(each.pk), each.name) for each in districts]
    )
    page = listing.Page()
    if form.is_valid():
        # What is typed is taken from a body alone: an address is kept in histories and logs.
        text = form.cleaned_data["text"] if request.method == "POST" else ""
        page = listing.groups(groups_seen(request), form.wanted(text), after=stated.get("after", ""))
    shown = {
        "form": form,
        "page": page,
        "is_first": not stated.get("after"),
        "here": "all",
        "districts": districts,
    }
    part = request.method == "POST" and bool(request.headers.get("HX-Request"))
    return render(request, "groups/found.html" if part else "groups/groups.html", shown)


@needs(Right.ROSTER)
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """The groups that wait for a teacher, by teacher, with the next step of each (S04)."""
    wanted = listing.Wanted(state="waiting")
    after = request.GET.get("after", "")
    page = listing.groups(groups_seen(request), wanted, after=after, number=_MOST_WAITING)
    teachers = by_teacher(page.rows)
    keys = [f"user:{each.owner.person.connection_id}:{each.owner.person.sourced_id}" for each in teachers if each.owner]
    if keys:
        record("roster.listed", keys=keys)
    shown = {"teachers": teachers, "page": page, "is_first": not after, "here": "waiting"}
    shown["districts"] = list(districts_seen(request))
    return render(request, "groups/waiting.html", shown)


def by_teacher(rows: Iterable[Listed]) -> list[Teacher]:
    """Groups that wait by those they wait for, in the order of names; last those that nobody is entered for."""
    found: dict[int, Teacher] = {}
    nobody = Teacher(None, Why.NO_TEACHER)
    for row in rows:
        if not row.owners:
            nobody.groups.append(row)
        for owner in row.owners:
            found.setdefault(owner.person.pk, Teacher(owner, owner.stands)).groups.append(row)
    teachers = sorted(found.values(), key=lambda each: each.owner.person.sort_key if each.owner else "")
    return [*teachers, *([nobody] if nobody.groups else [])]


def _schools(request: HttpRequest, districts: Sequence[District]) -> list[tuple[str, str]]:
    scope = scope_of(request)
    # Districts may have schools of one name.
    return [
        (f"{each.connection}:{each.sourced_id}", f"{source.district}: {each.name}" if districts[1:] else each.name)
        for source in sources(scope)
        for each in schools(scope, source.number)
        if each.kind == "school"
    ]
