"""The page of districts, for a vendor's administrators: list, add, rename, say where they are."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.connections import districts as kept
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.features.connections.zones import zone_names
from rosterkeeper.features.look.told import refusal
from rosterkeeper.oneroster.errors import SettingsError


class DistrictForm(forms.Form):
    """What a district is called."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)


class PlacedForm(DistrictForm):
    """What a district is called, and where it is."""

    zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Classes and groups begin and end by this zone's date. Such as America/Chicago; blank: the server's zone."
        ),
    )


@needs(Right.ACCOUNTS, everywhere=True)
def districts(request: HttpRequest) -> HttpResponse:
    """Every district, and adding one."""
    form = DistrictForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = kept.add(form.cleaned_data["name"])
        except SettingsError as fault:
            form.add_error("name", refusal(fault))
        else:
            messages.success(request, _("%(name)s was added. Add its connections and accounts.") % {"name": made.name})
            return redirect("districts")
    return _page(request, "connections/districts.html", {"form": form, "districts": _counted(request)}, form)


@needs(Right.ACCOUNTS, everywhere=True)
def rename(request: HttpRequest, number: int) -> HttpResponse:
    """Give a district another name or time zone."""
    found = get_object_or_404(districts_seen(request), id=number)
    before = found.name
    form = PlacedForm(request.POST or None, initial={"name": before, "zone": found.zone})
    if request.method == "POST" and form.is_valid() and _changed(found, form):
        messages.success(request, _("The district was saved."))
        return redirect("districts")
    return _page(request, "connections/district.html", {"form": form, "name": before, "zones": zone_names()}, form)


def _changed(found: District, form: PlacedForm) -> bool:
    """Keep both; False where the form says what is wrong."""
    field = "zone"
    try:
        kept.set_zone(found, form.cleaned_data["zone"].strip())
        field = "name"
        if form.cleaned_data["name"] != found.name:
            kept.rename(found, form.cleaned_data["name"])
    except SettingsError as fault:
        form.add_error(field, refusal(fault))
        return False
    return True


def _counted(request: HttpRequest) -> Any:
    in_use = Count("connections", filter=Q(connections__removed_at=None))
    return districts_seen(request).annotate(in_use=in_use)


def _page(request: HttpRequest, template: str, shown: dict[str, object], form: DistrictForm) -> HttpResponse:
    return render(request, template, shown, status=422 if form.errors else 200)
