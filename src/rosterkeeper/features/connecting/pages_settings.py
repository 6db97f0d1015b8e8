"""The pages that change a connection: its settings, its options, its schools."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rosterkeeper.engine.options import OPTIONS, Options
from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.connecting import faults, following, listing, saving, schools
from rosterkeeper.features.connecting.options import OptionsForm, switched_off
from rosterkeeper.features.connecting.pages_adding import form_of, form_shown, names_of
from rosterkeeper.features.connections import exclusive
from rosterkeeper.features.connections.choosing import options_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.scope import connection_of
from rosterkeeper.features.runs.standing import standing
from rosterkeeper.oneroster.errors import SettingsError

_TITLES: Final = {
    "classlink": gettext_noop("Edit ClassLink Sync"),
    "oneroster": gettext_noop("Edit OneRoster Sync"),
    "csv": gettext_noop("Edit OneRoster CSV Sync"),
}


@needs(Right.SETTINGS)
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change the settings; saving tests them at once, and another district is asked about first (M28, M29)."""
    found = connection_of(request, number)
    form = form_of(found.kind, request, initial=saving.initial(found))
    ask_district = False
    if request.method == "POST" and form.is_valid():
        try:
            changed = saving.change(request, found, form, other_district=request.POST.get("other_district") == "yes")
        except SettingsError as fault:
            ask_district = fault.code == "connection.other_district"
            if not ask_district:
                faults.show(form, fault)
        else:
            return _edited(request, found, changed)
        found = connection_of(request, number)
    shown = {
        "connection": found,
        "row": listing.row(standing(found)),
        **form_shown(form),
        "title": _(_TITLES[found.kind]),
        "ask_district": ask_district,
        "rivals_names": names_of(exclusive.rivals(found)),
        "zip": schools.zip_shown(found),
        "here": "connection_edit",
    }
    return render(request, "connecting/edit.html", shown, status=422 if form.errors or ask_district else 200)


def _edited(request: HttpRequest, found: Connection, changed: list[str]) -> HttpResponse:
    test = following.edited(request, found, changed, other_district=request.POST.get("other_district") == "yes")
    if test is None:
        messages.success(request, _("Saved. The source's settings are as they were."))
        return redirect("connection", found.pk)
    return redirect("connection_test", found.pk)


@needs(Right.SETTINGS)
def options(request: HttpRequest, number: int) -> HttpResponse:
    """What of the source is taken over; switching people off says what that means first (M20, M21, M30)."""
    found = connection_of(request, number)
    held = options_of(found)
    form = OptionsForm(request.POST or None, held=held)
    off: list[str] = []
    if request.method == "POST" and form.is_valid():
        chosen = form.options()
        off = switched_off(held, chosen)
        if not off or request.POST.get("understood") == "yes":
            try:
                return _chosen(request, found, chosen, following.OPTIONS_CHANGED)
            except SettingsError as fault:
                faults.show(form, fault)
    shown = {
        "connection": found,
        "row": listing.row(standing(found)),
        "form": form,
        "off": off,
        "off_words": [_(option.label) for option in OPTIONS if option.name in off],
        "here": "connection_options",
    }
    return render(request, "connecting/options.html", shown, status=422 if form.errors or off else 200)


@needs(Right.SETTINGS)
def excluded(request: HttpRequest, number: int) -> HttpResponse:
    """Included Schools and Excluded Schools; nothing changes before Submit (L29–L32, R19)."""
    found = connection_of(request, number)
    given = schools.given(request.POST)
    if request.method == "POST" and given.saves:
        out = schools.wanted(found, given.chosen)
        return _chosen(request, found, schools.without(found, out), following.SCHOOLS_CHANGED)
    shown = {
        "connection": found,
        "row": listing.row(standing(found)),
        "lists": schools.page(found, given),
        "here": "connection_schools",
    }
    return render(request, "connecting/schools.html", shown)


def _chosen(request: HttpRequest, found: Connection, chosen: Options, action: str) -> HttpResponse:
    done = following.chosen(request, found, chosen, action)
    if not done.changed:
        messages.info(request, _("Nothing was changed."))
        return redirect("connection", found.pk)
    if done.preview:
        messages.info(request, _("Saved. This preview shows what the next sync will do on account of it."))
        return redirect("connection_preview", found.pk)
    messages.success(request, _("Saved. The next sync applies it."))
    return redirect("connection", found.pk)
