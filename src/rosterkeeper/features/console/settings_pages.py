"""The administrators' page Teacher's console: a district's address, keys, switches, and what computers need."""

from typing import Final

from django.conf import settings as django_settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rosterkeeper.features.accounts.managed import accounts_seen
from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.features.console import keys, packages, settings
from rosterkeeper.features.console.models import Key
from rosterkeeper.features.console.schools import labelled, served
from rosterkeeper.features.console.settings_forms import KeyForm, RotateForm, SwitchesForm
from rosterkeeper.features.look.context import VERSION
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.signin.models import Served
from rosterkeeper.launcher.package import ZIPAPP, zipapp
from rosterkeeper.launcher.settings import TEMPLATES
from rosterkeeper.matching.tables import Kind
from rosterkeeper.oneroster.errors import RosterkeeperError

_ATTACHED: Final = 'attachment; filename="%s"'


@needs(Right.SETTINGS)
@require_safe
def districts(request: HttpRequest) -> HttpResponse:
    """The districts whose console may be set; where there is one, its page at once."""
    found = list(districts_seen(request))
    if len(found) == 1:
        return redirect("console_district", found[0].pk)
    return render(request, "console/districts.html", {"districts": found})


@needs(Right.SETTINGS)
@require_safe
def district(request: HttpRequest, number: int) -> HttpResponse:
    """The address, the keys of the schools, the switches, and what computers need."""
    return _shown(request, _district(request, number))


@needs(Right.SETTINGS)
@require_POST
def switches(request: HttpRequest, number: int) -> HttpResponse:
    """Set the switches; they hold from everybody's next click on."""
    found = _district(request, number)
    form = SwitchesForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        wanted = {name: given[name] for name in settings.SWITCHES if name in given}
        if settings.change(found.pk, {**wanted, "trusts_login": not given["full_sign_in"]}):
            messages.success(request, _("Saved. It holds from everybody's next click on."))
    return redirect("console_district", number)


@needs(Right.SETTINGS)
@require_POST
def make_key(request: HttpRequest, number: int) -> HttpResponse:
    """Make a key, and show it to be copied."""
    found = _district(request, number)
    form = KeyForm(request.POST, schools=served(number))
    if not form.is_valid():
        return _shown(request, found, form=form, status=422)
    try:
        key, text = keys.make(number, form.wanted, form.cleaned_data["name"])
    except RosterkeeperError as fault:
        form.add_error(None, refusal(fault))
        return _shown(request, found, form=form, status=422)
    return _shown(request, found, key=key, text=text)


@needs(Right.SETTINGS)
@require_POST
def show_key(request: HttpRequest, number: int, key: int) -> HttpResponse:
    """Show a key again, to be copied."""
    found, chosen = _district(request, number), _key(request, number, key)
    try:
        return _shown(request, found, key=chosen, text=keys.show(chosen))
    except RosterkeeperError as fault:
        messages.error(request, refusal(fault))
        return redirect("console_district", number)


@needs(Right.SETTINGS)
@require_POST
def rotate_key(request: HttpRequest, number: int, key: int) -> HttpResponse:
    """A new key in the place of one, which goes on for some days."""
    found, chosen = _district(request, number), _key(request, number, key)
    form = RotateForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The days are a number from 0 to 365."))
        return redirect("console_district", number)
    try:
        made, text = keys.rotate(chosen, form.cleaned_data["days"])
    except RosterkeeperError as fault:
        messages.error(request, refusal(fault))
        return redirect("console_district", number)
    return _shown(request, found, key=made, text=text)


@needs(Right.SETTINGS)
@require_POST
def revoke_key(request: HttpRequest, number: int, key: int) -> HttpResponse:
    """Let no launch by the key in any more."""
    _district(request, number)
    keys.revoke(_key(request, number, key))
    messages.success(request, _("The key is revoked. Computers that still have it are refused from now on."))
    return redirect("console_district", number)


@needs(Right.SETTINGS)
@require_safe
def templates(request: HttpRequest) -> HttpResponse:
    """The policy templates of Windows, and policy files for Linux and macOS with this server's address, as a zip."""
    return _file(packages.templates_zip(address_of(request)), f"rosterkeeper-console-policy-{TEMPLATES}.zip")


@needs(Right.SETTINGS)
@require_safe
def program(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- a view's signature
    """The launcher for teachers' computers: one file that any Python runs."""
    return _file(zipapp(), ZIPAPP)


def address_of(request: HttpRequest) -> str:
    """The address that computers are set to: the public one, else the one by which the page was asked for."""
    return django_settings.ROSTER_PUBLIC_URL.rstrip("/") or request.build_absolute_uri("/").rstrip("/")


def _district(request: HttpRequest, number: int) -> District:
    return get_object_or_404(districts_seen(request), id=number)


def _key(request: HttpRequest, number: int, key: int) -> Key:
    found = keys.find(_district(request, number).pk, key)
    if found is None:
        raise Http404
    return found


def _has_provider(district: District) -> bool:
    """Whether teachers of the district can sign in at all."""
    served_by = Served.objects.filter(district_id=district.pk, provider__is_enabled=True).select_related("provider")
    return any(Kind.STAFF in each.provider.kinds for each in served_by)


def _file(data: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(data, content_type="application/zip")
    answer["Content-Disposition"] = _ATTACHED % name
    return answer


def _shown(
    request: HttpRequest,
    district: District,
    *,
    form: KeyForm | None = None,
    key: Key | None = None,
    text: str = "",
    status: int = 200,
) -> HttpResponse:
    schools = served(district.pk)
    kept = settings.settings_of(district.pk)
    listed = keys.listed(district.pk)
    names = dict(labelled(schools))
    makers = accounts_seen(request).in_bulk([each.made_by for each in listed if each.made_by])
    switched = {name: getattr(kept, name) for name in settings.SWITCHES}
    shown = {
        "district": district,
        "address": address_of(request),
        "is_encrypted": address_of(request).startswith("https:"),
        "keys": [(each, names.get(f"{each.connection_id}:{each.school}"), makers.get(each.made_by)) for each in listed],
        "key": key,
        "text": text,
        "key_form": form or KeyForm(None, schools=schools),
        "schools": schools,
        "switches_form": SwitchesForm(initial={**switched, "full_sign_in": not kept.trusts_login}),
        "is_shut": kept.is_on and not kept.trusts_login and not _has_provider(district),
        "overlap": keys.OVERLAP,
        "longest_overlap": keys.LONGEST_OVERLAP,
        "templates": TEMPLATES,
        "zipapp": ZIPAPP,
        "version": VERSION,
    }
    answer = render(request, "console/settings.html", shown, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
