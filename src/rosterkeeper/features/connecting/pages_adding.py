"""The pages that add a connection: first its kind, then what that kind needs (N01)."""

from collections.abc import Mapping
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.accounts.scope import sees_all_districts
from rosterkeeper.features.connecting import faults, following, saving, within
from rosterkeeper.features.connecting.forms import FORMS, ClassLinkForm, SourceForm
from rosterkeeper.features.connecting.options import at_first
from rosterkeeper.features.connections import exclusive, uploads
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.oneroster.presets import PRESETS

_TITLES: Final = {
    "classlink": gettext_noop("Add ClassLink Sync"),
    "oneroster": gettext_noop("Add OneRoster Sync"),
    "csv": gettext_noop("Add OneRoster CSV Sync"),
}


@needs(Right.SETTINGS)
def kinds(request: HttpRequest) -> HttpResponse:
    """Choose what the roster comes from."""
    return render(request, "connecting/kinds.html")


@needs(Right.SETTINGS)
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """Add a connection of the kind; saving tests it at once, a draft waits (S11, decision 7)."""
    if kind not in FORMS:
        raise Http404
    form = form_of(kind, request)
    others = _others(request, form)
    if request.method == "POST" and form.is_valid() and _agreed(request, others, kind):
        try:
            made = saving.create(request, form)
        except SettingsError as fault:
            faults.show(form, fault)
        else:
            return _added(request, made)
    shown = {
        **form_shown(form),
        "title": _(_TITLES[kind]),
        "options": at_first(),
        "others_names": names_of(others),
        "ask_other": request.method == "POST" and bool(others) and kind != "csv",
        "districts": districts_seen(request).values_list("name", flat=True),
    }
    return render(request, "connecting/add.html", shown, status=422 if form.errors else 200)


def form_of(kind: str, request: HttpRequest, *, initial: dict[str, object] | None = None) -> SourceForm:
    """The kind's form, filled with what was posted; with ``initial`` it is that of an edited connection."""
    of_all = sees_all_districts(request)
    more = {"has_installed_key": saving.has_installed_key() and of_all} if FORMS[kind] is ClassLinkForm else {}
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    mine = None if of_all else [each.name for each in districts_seen(request)]
    form = FORMS[kind](data, files, initial=initial, editing=initial is not None, districts=mine, **more)
    if uploads.was_too_large(request):
        form.add_error("file", _("The file is larger than 2 GB. Put it on the server and give its path instead."))
    return form


def form_shown(form: SourceForm) -> dict[str, object]:
    """What the templates of a connection's form need: its parts by kind, and whether what is folded away has errors."""
    return {
        "form": form,
        "fields_template": f"connecting/fields_{form.kind}.html",
        "needs_template": f"connecting/needs_{form.kind}.html",
        "presets": PRESETS,
        "advanced_errors": any(name in form.errors for name in form.advanced),
    }


def _others(request: HttpRequest, form: SourceForm) -> Mapping[str, Connection]:
    """Which servers bring the people of the form's district already; none of a district out of sight."""
    try:
        return exclusive.authorities(within.district_given(request, str(form.data.get("district") or "")))
    except SettingsError:
        return {}


def names_of(others: Mapping[str, Connection]) -> str:
    """The names of connections, each once."""
    return ", ".join(sorted({each.name for each in others.values()}))


def _agreed(request: HttpRequest, others: Mapping[str, Connection], kind: str) -> bool:
    """Whether a second server for the same people is meant: it may misalign them (M28)."""
    return not others or kind == "csv" or request.POST.get("second_source") == "yes"


def _added(request: HttpRequest, made: Connection) -> HttpResponse:
    is_draft = "draft" in request.POST
    following.added(request, made, is_draft=is_draft)
    if is_draft:
        messages.success(request, _("The draft was saved. It runs by itself only after a test has passed."))
        return redirect("connection", made.pk)
    return redirect("connection_test", made.pk)
