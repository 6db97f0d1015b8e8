"""The pages of a district's directory: its accounts, one account, and what is changed of it by hand."""

import csv
import io
from collections.abc import Iterator

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.audit.writing import defused
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.people import hand, listing, queue, rulings
from rosterkeeper.features.people.forms import AccountForm, AccountsForm
from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.features.people.summary import summary
from rosterkeeper.features.people.told_rulings import rulings_told
from rosterkeeper.features.people.wording import FIELDS, KIND, ORIGINS, STATUS, SUSPENDED_BY, reason_words
from rosterkeeper.oneroster.errors import SettingsError

_AT_ONCE = 2000
_COLUMNS = (
    *("uid", "origin", "external_id", "kind", "username", "email", "given_name", "family_name", "display_name"),
    *("sourced_id", "user_master_identifier", "identifier", "grades", "status", "suspended_by", "suspended_at"),
)


def district_of(request: HttpRequest, number: int) -> District:
    """The district of that number, if it is in sight; Http404 else."""
    return get_object_or_404(districts_seen(request), id=number)


def account_of(district: District, uid: str) -> DirectoryAccount:
    """One of the district's accounts; Http404 where it has none of that id."""
    return get_object_or_404(DirectoryAccount, district_id=district.pk, uid=uid)


@needs(Right.SEE)
@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """Every district in sight with its numbers; the one, where there is only one."""
    seen = list(districts_seen(request))
    if len(seen) == 1:
        return redirect("directory_accounts", seen[0].pk)
    return render(request, "people/districts.html", {"rows": [(each, summary(each.pk)) for each in seen]})


@needs(Right.SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def accounts(request: HttpRequest, number: int) -> HttpResponse:
    """The accounts; typing asks with POST for the part of the page that lists them."""
    district = district_of(request, number)
    stated = request.POST if request.method == "POST" else request.GET
    form = AccountsForm(stated)
    page = listing.Page()
    if form.is_valid():
        text = form.cleaned_data["text"] if request.method == "POST" else ""
        page = listing.accounts(number, form.wanted(text), after=stated.get("after", ""))
    shown = {
        "district": district,
        "form": form,
        "page": page,
        "is_first": not stated.get("after"),
        "here": "accounts",
        "kinds": KIND,
        "origins": ORIGINS,
        "statuses": STATUS,
    }
    if request.method == "POST" and request.headers.get("HX-Request"):
        return render(request, "people/accounts_found.html", shown)
    return render(request, "people/accounts.html", {**shown, "summary": summary(number)})


@needs(Right.SEE)
@require_safe
def account(request: HttpRequest, number: int, uid: str) -> HttpResponse:
    """One account: its fields, whose it is, and what was decided about it."""
    district = district_of(request, number)
    found = account_of(district, uid)
    person = Person.objects.filter(account_id=found.pk, district_id=number).first()
    sticky = listing.sticky_of(found)
    record("people.account_seen", about=f"directory:{number}:{found.uid}")
    shown = {
        "district": district,
        "account": found,
        "name": listing.name_of(found),
        "fields": [(name, FIELDS[name], _value(found, name), name in sticky) for name in (*hand.FIELDS, "grades")],
        "keeps_status": "status" in sticky,
        "origin": ORIGINS.get(found.origin, found.origin),
        "suspended_by": SUSPENDED_BY.get(found.suspended_by, found.suspended_by),
        "waits": queue.waiting([person])[0] if person else None,
        "reason": reason_words(person.reason) if person else "",
        "rulings": rulings_told(rulings.of_account(found)),
        "here": "accounts",
    }
    return render(request, "people/account.html", shown)


@needs(Right.RUN)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, number: int) -> HttpResponse:
    """Add an account by hand."""
    district = district_of(request, number)
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = hand.add(number, form.cleaned_data)
        except SettingsError as fault:
            form.add_error(None, refusal(fault))
        else:
            messages.success(request, _("The account was added. Matching follows within seconds."))
            return redirect("directory_account", number, made.uid)
    shown = {"district": district, "form": form, "heading": _("Add an account"), "here": "accounts"}
    return render(request, "people/account_form.html", shown)


@needs(Right.RUN)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, number: int, uid: str) -> HttpResponse:
    """Change an account by hand: what is changed stays so until it is released."""
    district = district_of(request, number)
    found = account_of(district, uid)
    form = AccountForm(request.POST or None, account=found)
    if request.method == "POST" and form.is_valid():
        try:
            changed = hand.edit(found, form.cleaned_data)
        except SettingsError as fault:
            form.add_error(None, refusal(fault))
        else:
            if changed:
                messages.success(request, _("The account was changed. Matching follows within seconds."))
            return redirect("directory_account", number, found.uid)
    shown = {"district": district, "form": form, "account": found, "heading": listing.name_of(found)}
    return render(request, "people/account_form.html", {**shown, "here": "accounts"})


@needs(Right.RUN)
@require_POST
def stand(request: HttpRequest, number: int, uid: str, word: str) -> HttpResponse:
    """Suspend an account by hand, restore it, or release a field that was changed by hand."""
    found = account_of(district_of(request, number), uid)
    if word == "suspend" and hand.suspend(found):
        messages.success(request, _("The account is suspended until somebody restores it here."))
    elif word == "restore" and hand.restore(found):
        messages.success(request, _("The account is active again."))
    elif word == "release" and hand.release(found, request.POST.get("field", "")):
        messages.success(request, _("The field is released: the next sync or upload may change it again."))
    elif word not in ("suspend", "restore", "release"):
        raise Http404
    return redirect("directory_account", number, found.uid)


@needs(Right.SEE)
@require_safe
def download(request: HttpRequest, number: int) -> HttpResponseBase:
    """The accounts as CSV, an account at a time however many there are."""
    district = district_of(request, number)
    record("people.exported", about=f"district:{number}")
    answer = StreamingHttpResponse(_as_csv(district.pk), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="directory.csv"'
    return answer


def _as_csv(district: int) -> Iterator[str]:
    yield _line(_COLUMNS)
    rows = DirectoryAccount.objects.filter(district_id=district).order_by("sort_key", "id")
    for cells in rows.values_list(*_COLUMNS).iterator(chunk_size=_AT_ONCE):
        yield _line([str(each) for each in cells])


def _line(cells: tuple[str, ...] | list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([defused(cell) for cell in cells])
    return text.getvalue()


def _value(found: DirectoryAccount, name: str) -> str:
    value = str(getattr(found, name))
    return str(KIND.get(value, value)) if name == "kind" else value
