"""One group's page, and what is changed there: its name, who is put in by hand, whether it goes on."""

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rosterkeeper.features.accounts.rights import Right, may, needs
from rosterkeeper.features.audit import finding
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.scope import connections_ever, districts_seen
from rosterkeeper.features.groups import changing
from rosterkeeper.features.groups.forms import NameForm, StayForm
from rosterkeeper.features.groups.handmade import extra_of, extras_of, merged_of, parts_of
from rosterkeeper.features.groups.members import members_of
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.groups.scope import group_of, groups_seen
from rosterkeeper.features.groups.waiting import nearest
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.people.fresh import today
from rosterkeeper.features.people.queue import person_of_record
from rosterkeeper.features.roster.listing import Listed, Wanted, people
from rosterkeeper.features.roster.pages.reader import scope_of
from rosterkeeper.matching.tables import GroupKind
from rosterkeeper.matching.tables import Member as Role
from rosterkeeper.oneroster.errors import SettingsError

_HISTORY: Final = 20
_FOUND: Final = 10


@needs(Right.ROSTER)
@require_safe
def group(request: HttpRequest, uid: str) -> HttpResponse:
    """One group: who owns it, who is in it, who was put in by hand and how long, and what was done to it."""
    found = group_of(request, uid)
    record("roster.seen", about=_key(found), details={"page": "group"})
    return _shown(request, found, NameForm(initial={"name": found.name}))


@needs(Right.RUN)
@require_POST
def name(request: HttpRequest, uid: str) -> HttpResponse:
    """Give the group a name by hand, or give it back to the template."""
    found = group_of(request, uid)
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            changing.rename(found, form.cleaned_data["name"])
        except SettingsError as fault:
            form.add_error("name", refusal(fault))
        else:
            by_template = found.name_by == changing.BY_TEMPLATE
            messages.success(
                request,
                _("The template names the group again, within seconds.") if by_template else _("The name was changed."),
            )
            return redirect("group", uid)
    return _shown(request, found, form, status=422)


@needs(Right.RUN)
@require_http_methods(["GET", "HEAD", "POST"])
def put_in(request: HttpRequest, uid: str) -> HttpResponse:
    """Look for somebody and put them into the group, as what and how long."""
    found = group_of(request, uid)
    form = StayForm(request.POST or None)
    looked: list[Listed] = []
    if request.method == "POST" and form.is_valid():
        if request.POST.get("person"):
            done = _put_in(request, found, form)
            if done is not None:
                return done
        if form.cleaned_data["text"]:
            looked = _looked_for(request, found, form.cleaned_data["text"])
    shown = {"group": found, "form": form, "looked": looked, "has_looked": bool(request.POST.get("text"))}
    return render(request, "groups/put_in.html", shown, status=422 if form.errors else 200)


@needs(Right.RUN)
@require_POST
def take_out(request: HttpRequest, uid: str, number: int) -> HttpResponse:
    """Take somebody out whom somebody had put in."""
    found = group_of(request, uid)
    changing.take_out(found, extra_of(found, number))
    messages.success(request, _("They were taken out of the group."))
    return redirect("group", uid)


@needs(Right.RUN)
@require_POST
def end(request: HttpRequest, uid: str) -> HttpResponse:
    """End a group that somebody made."""
    return _stated(request, uid, changing.end, _("The group was ended. It is kept, and can be restored."))


@needs(Right.RUN)
@require_POST
def restore(request: HttpRequest, uid: str) -> HttpResponse:
    """Let a group that somebody ended go on."""
    return _stated(request, uid, changing.restore, _("The group goes on."))


def _stated(request: HttpRequest, uid: str, change: Callable[[Group], None], said: str) -> HttpResponse:
    found = group_of(request, uid)
    try:
        change(found)
    except SettingsError as fault:
        messages.error(request, refusal(fault))
    else:
        messages.success(request, said)
    return redirect("group", uid)


def _put_in(request: HttpRequest, found: Group, form: StayForm) -> HttpResponse | None:
    """Put the chosen person in; None where the form says why not."""
    connection, _colon, sourced_id = form.cleaned_data["person"].partition(":")
    person = person_of_record(found.district_id, int(connection), sourced_id) if connection.isdecimal() else None
    if person is None:
        form.add_error(None, _("Nobody of this district's roster was chosen. Look for them, then choose one."))
        return None
    try:
        changing.put_in(found, person, form.stay(), by=request.user.pk or 0)
    except SettingsError as fault:
        form.add_error(None, refusal(fault))
        return None
    messages.success(request, _("They are in the group."))
    return redirect("group", found.uid)


def _looked_for(request: HttpRequest, found: Group, text: str) -> list[Listed]:
    """The first people of the group's district of whom something begins so."""
    scope = scope_of(request)
    numbers = connections_ever(request).filter(district_id=found.district_id).values_list("id", flat=True)
    return [
        person
        for number in numbers
        for person in people(scope, Wanted(text=text, connection=number), number=_FOUND).people
    ][:_FOUND]


def _shown(request: HttpRequest, found: Group, form: NameForm, status: int = 200) -> HttpResponse:
    every = members_of(found)
    owners = [each for each in every if each.place.role == Role.OWNER]
    seen = groups_seen(request)
    told = finding.entries(finding.Wanted(key=_key(found)))[:_HISTORY] if may(request, Right.SEE) else []
    shown = {
        "group": found,
        "districts": list(districts_seen(request)),
        "form": form,
        "owners": owners,
        "others": [each for each in every if each.place.role != Role.OWNER],
        "waits": nearest([each.stands for each in owners]),
        "extras": extras_of(found),
        "parts": parts_of(seen, found),
        "merged": merged_of(seen, found),
        "history": [(each.at, each.actor, each.action) for each in told if each.action.startswith("groups.")],
        "changed_at": parse_datetime(found.changed_at) if found.changed_at else None,
        "ended_at": parse_datetime(found.ended_at) if found.ended_at else None,
        "is_of_class": found.kind == GroupKind.CLASS,
        "today": today(found.district_id).isoformat(),
    }
    return render(request, "groups/group.html", shown, status=status)


def _key(found: Group) -> str:
    return f"group:{found.district_id}:{found.uid}"
