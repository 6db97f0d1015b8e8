"""Making groups: custom ones, merged ones of class groups; and how a district's class groups are named."""

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.features.groups import changing, listing, naming
from rosterkeeper.features.groups.forms import MakeForm, TemplateForm
from rosterkeeper.features.groups.handmade import parts_of
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.groups.scope import district_of, group_of, groups_seen
from rosterkeeper.features.groups.words import PLACEHOLDERS
from rosterkeeper.features.look.told import refusal
from rosterkeeper.matching.tables import GroupKind
from rosterkeeper.oneroster.errors import SettingsError

_FOUND: Final = 20


@needs(Right.RUN)
@require_http_methods(["GET", "HEAD", "POST"])
def make_custom(request: HttpRequest) -> HttpResponse:
    """Make a group of people chosen by hand; they are put in on its own page."""
    return _made(request, GroupKind.CUSTOM)


@needs(Right.RUN)
@require_http_methods(["GET", "HEAD", "POST"])
def make_merged(request: HttpRequest) -> HttpResponse:
    """Make a group of class groups; its members are theirs."""
    return _made(request, GroupKind.MERGED)


@needs(Right.RUN)
@require_http_methods(["GET", "HEAD", "POST"])
def parts(request: HttpRequest, uid: str) -> HttpResponse:
    """Choose anew of which class groups a merged group is."""
    found = group_of(request, uid)
    if found.kind != GroupKind.MERGED:
        raise Http404
    chosen = _chosen(request, found.district_id) if request.method == "POST" else parts_of(groups_seen(request), found)
    wrong = ""
    if "save" in request.POST:
        try:
            changing.set_parts(found, chosen)
        except SettingsError as fault:
            wrong = refusal(fault)
        else:
            messages.success(request, _("The parts were saved."))
            return redirect("group", uid)
    shown = {"group": found, "wrong": wrong, **_offered(request, found.district_id, chosen)}
    return render(request, "groups/parts.html", shown, status=422 if wrong else 200)


@needs(Right.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def names(request: HttpRequest, number: int) -> HttpResponse:
    """The template by which a district's class groups are named, with examples of what is typed."""
    district = district_of(request, number)
    form = TemplateForm(request.POST or None, initial={"template": naming.template_of(number)})
    shown: list[naming.Example] = []
    if request.method != "POST" or form.is_valid():
        typed = form.cleaned_data["template"] if form.is_bound else naming.template_of(number)
        try:
            shown = naming.examples(number, typed)
            if "save" in request.POST:
                changing.set_template(number, typed)
                messages.success(request, _("The template was saved. The groups are named by it within seconds."))
                return redirect("group_names", number)
        except SettingsError as fault:
            form.add_error("template", refusal(fault))
    part = bool(request.headers.get("HX-Request"))
    told = {
        "district": district,
        "form": form,
        "examples": shown,
        "placeholders": PLACEHOLDERS.items(),
        "here": "names",
    }
    told["districts"] = list(districts_seen(request))
    return render(
        request,
        "groups/examples.html" if part else "groups/names.html",
        told,
        status=422 if form.errors and not part else 200,
    )


def _made(request: HttpRequest, kind: GroupKind) -> HttpResponse:
    districts = [(str(each.pk), each.name) for each in districts_seen(request)]
    form = MakeForm(request.POST or None, districts=districts)
    asked = request.POST.get("district", "")
    # What is none of theirs, the form refuses.
    district = int(asked if asked in dict(districts) else districts[0][0] if districts else 0)
    merges = kind == GroupKind.MERGED
    chosen = _chosen(request, district) if merges else []
    if "save" in request.POST and form.is_valid():
        try:
            made = changing.make(int(form.cleaned_data["district"]), kind, form.cleaned_data["name"], parts=chosen)
        except SettingsError as fault:
            form.add_error(None, refusal(fault))
        else:
            messages.success(
                request, _("The group was made.") if merges else _("The group was made. Now put people in.")
            )
            return redirect("group", made.uid)
    looks = "save" not in request.POST
    shown = {"form": form, "kind": kind, "merges": merges, "one_district": len(districts) == 1, "looks": looks}
    if merges:
        shown |= _offered(request, district, chosen)
    return render(request, "groups/make.html", shown, status=422 if form.errors and not looks else 200)


def _chosen(request: HttpRequest, district: int) -> list[Group]:
    """The class groups that were ticked, those in sight."""
    return [each for each in _classes(request, district) if each.uid in set(request.POST.getlist("part"))]


def _classes(request: HttpRequest, district: int) -> list[Group]:
    ticked = request.POST.getlist("part")
    return list(groups_seen(request).filter(district_id=district, kind=GroupKind.CLASS, uid__in=ticked))


def _offered(request: HttpRequest, district: int, chosen: list[Group]) -> dict[str, object]:
    """The class groups that a page offers: those that are chosen, and those that what was typed finds."""
    text = request.POST.get("text", "")
    wanted = listing.Wanted(text=text, district=district, kind=GroupKind.CLASS)
    page = listing.groups(groups_seen(request), wanted, number=_FOUND) if text.strip() else listing.Page()
    ids = {each.pk for each in chosen}
    return {
        "text": text,
        "chosen": listing.listed(chosen),
        "found": [each for each in page.rows if each.group.pk not in ids],
        "has_looked": bool(text.strip()),
    }
