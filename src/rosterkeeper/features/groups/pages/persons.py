"""One person's groups, as a part of their pages, and their resync."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.groups.members import groups_of
from rosterkeeper.features.groups.resync import resync
from rosterkeeper.features.groups.scope import groups_seen, person_of, person_of_record_seen
from rosterkeeper.features.people.models import Person


@needs(Right.ROSTER)
@require_safe
def of_person(request: HttpRequest, uid: str) -> HttpResponse:
    """The groups that a person is in, as a part of a page."""
    return _part(request, person_of(request, uid))


@needs(Right.ROSTER)
@require_safe
def of_record(request: HttpRequest, number: int, sourced_id: str) -> HttpResponse:
    """The groups of whom a source record speaks of, as a part of that record's page."""
    return _part(request, person_of_record_seen(request, number, sourced_id))


@needs(Right.RUN)
@require_POST
def resync_person(request: HttpRequest, uid: str) -> HttpResponse:
    """Make one person's groups anew from the live roster; nobody else's (S06)."""
    person = person_of(request, uid)
    done = resync(person)
    said = ngettext(
        "%(number)s group of this user was looked at, %(changed)s changed.",
        "%(number)s groups of this user were looked at, %(changed)s changed.",
        done.groups,
    ) % {"number": done.groups, "changed": len(done.changed)}
    if done.is_current:
        messages.success(request, said)
    else:
        messages.warning(
            request,
            _("Nothing was resynced: the roster has just changed and is being looked up. Try again in a minute."),
        )
    return redirect("roster_person", person.connection_id, person.sourced_id)


def _part(request: HttpRequest, person: Person | None) -> HttpResponse:
    if person is None:
        return render(request, "groups/of_person.html", {"person": None})
    mine = groups_of(person)
    seen = set(groups_seen(request).filter(pk__in=[each.group.pk for each in mine]).values_list("pk", flat=True))
    shown = {"person": person, "memberships": [each for each in mine if each.group.pk in seen]}
    return render(request, "groups/of_person.html", shown)
