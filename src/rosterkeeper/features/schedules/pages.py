"""The page of a connection's schedule."""

from datetime import timedelta
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.scope import connection_of
from rosterkeeper.features.connections.zones import zone_names
from rosterkeeper.features.runs.lease import state_of
from rosterkeeper.features.schedules import workflow
from rosterkeeper.features.schedules.changing import change
from rosterkeeper.features.schedules.forms import ScheduleForm
from rosterkeeper.features.schedules.schedule import Form, Schedule
from rosterkeeper.features.schedules.wording import CONSEQUENCE, in_words
from rosterkeeper.oneroster.errors import SettingsError

# Source changes are to be seen within a day (M23); after that the roster counts as stale.
_FRESH: Final = timedelta(hours=24)


@needs(Right.SETTINGS)
def schedule(request: HttpRequest, number: int) -> HttpResponse:
    """When the connection syncs by itself; a preset fills the form, Submit saves it."""
    found = connection_of(request, number)
    held = workflow.schedule_of(found)
    form = ScheduleForm(request.POST or None, held=held)
    if "fill" in request.POST:
        form = form.from_preset()
    elif request.method == "POST" and form.is_valid():
        return _saved(request, found, held, form.schedule())
    shown = {
        "connection": found,
        "here": "connection_schedule",
        "form": form,
        "zones": zone_names(),
        "consequence": CONSEQUENCE,
        "is_stale": _is_stale(found),
        "last_updated": state_of(found.pk).last_updated,
        **_told(found, _thought_of(form)),
    }
    return render(request, "schedules/schedule.html", shown, status=422 if form.errors else 200)


@needs(Right.SETTINGS)
def upcoming(request: HttpRequest, number: int) -> HttpResponse:
    """The part of the page that shows the next runs of what is typed, before it is saved."""
    found = connection_of(request, number)
    form = ScheduleForm(request.POST or None, held=workflow.schedule_of(found))
    return render(request, "schedules/upcoming.html", {"connection": found, **_told(found, _thought_of(form))})


def _thought_of(form: ScheduleForm) -> Schedule | None:
    """The schedule that the form shows; None while it cannot be meant."""
    if not form.is_bound:
        return form.held
    return form.schedule() if form.is_valid() else None


def _told(found: Connection, made: Schedule | None) -> dict[str, object]:
    try:
        runs = workflow.next_runs(found, made, now=timezone.now()) if made else []
    except SettingsError:
        # A stored zone that this machine does not know; the form asks for another.
        made = None
    if made is None:
        return {"made": None}
    return {
        "made": made,
        "is_off": made.form is Form.OFF,
        "words": in_words(made),
        "runs": runs,
        "waits_for": workflow.waits_for(found, made),
    }


def _saved(request: HttpRequest, found: Connection, held: Schedule, made: Schedule) -> HttpResponse:
    if not change(found, made, account=request.user.pk or 0, now=timezone.now()):
        messages.info(request, _("Nothing was changed."))
    elif made.form is Form.OFF and held.form is not Form.OFF:
        messages.warning(request, CONSEQUENCE)
    else:
        messages.success(request, _("Saved: %(words)s.") % {"words": in_words(made)})
    return redirect("connection_schedule", found.pk)


def _is_stale(found: Connection) -> bool:
    last = state_of(found.pk).last_updated
    return last is not None and timezone.now() - last > _FRESH
