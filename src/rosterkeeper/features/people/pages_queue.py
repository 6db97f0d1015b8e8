"""The pages of matching: who waits for a decision, one person, and deciding."""

from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.people import listing, parents, queue, queue_search, rulings, seeking
from rosterkeeper.features.people.forms import QueueForm, SearchForm
from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.features.people.models import Ruling as RulingRow
from rosterkeeper.features.people.pages import account_of, district_of
from rosterkeeper.features.people.rulings import Decided
from rosterkeeper.features.people.summary import summary
from rosterkeeper.features.people.told_rulings import rulings_told
from rosterkeeper.features.people.wording import KIND, ORIGINS, RELATIONSHIPS, RESULTS, STATUS, reason_words
from rosterkeeper.matching.tables import Result, Ruling
from rosterkeeper.oneroster.errors import SettingsError

PARTS: Final = ("unmatched", "disputed", "accounts", "ignored", "linked", "created")
# Decisions that can be made about several at once.
_AT_ONCE: Final = {"ignore": Ruling.IGNORE, "create": Ruling.CREATE}


def person_of(district: District, uid: str) -> Person:
    """One of the district's persons; Http404 where it has none of that id."""
    return get_object_or_404(Person, district_id=district.pk, uid=uid)


@needs(Right.SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def matching(request: HttpRequest, number: int, part: str = "unmatched") -> HttpResponse:
    """One part of the queue: the persons with a result, or the accounts that belong to nobody; a POST searches."""
    district = district_of(request, number)
    if part not in PARTS:
        raise Http404
    stands = summary(number)
    shown: dict[str, object] = {
        "district": district,
        "summary": stands,
        "part": part,
        "here": "matching",
        "kinds": KIND,
        "is_first": not request.GET.get("after"),
        "parts": _parts(stands.totals, stands.without_person),
    }
    if part == "accounts":
        wanted = listing.Wanted(linked=False, kind=request.GET.get("kind", ""))
        page = listing.accounts(number, wanted, after=request.GET.get("after", ""))
        shown |= {"page": page, "origins": ORIGINS, "statuses": STATUS}
        return render(request, "people/queue_accounts.html", shown)
    stated = request.POST if request.method == "POST" else request.GET
    form = QueueForm(stated, schools=seeking.schools(number), reasons=seeking.reasons(number, part))
    found = queue.Page()
    if form.is_valid():
        connection, _sign, org = form.cleaned_data["school"].partition(":")
        wanted_persons = queue.Wanted(
            part, form.cleaned_data["kind"], form.cleaned_data["reason"], int(connection or 0), org
        )
        text = form.cleaned_data["text"] if request.method == "POST" else ""
        found = (
            queue_search.found(number, wanted_persons, text)
            if text
            else queue.persons(number, wanted_persons, after=stated.get("after", ""))
        )
    shown |= {"form": form, "page": found, "rows": _rows(found.rows), "asked": _asked(form)}
    return render(request, "people/queue.html", shown)


@needs(Right.SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, number: int, uid: str) -> HttpResponse:
    """One person: every record, whose account, why, and what can be decided; a POST looks for accounts or people."""
    district = district_of(request, number)
    found = person_of(district, uid)
    waits = queue.waiting([found])[0]
    record("roster.seen", about=f"user:{found.connection_id}:{found.sourced_id}", details={"page": "matching"})
    looks = request.POST.get("look", "")
    form = SearchForm(request.POST if looks else None)
    text = form.cleaned_data["text"] if looks and form.is_valid() else ""
    told = rulings_told(rulings.of_person(found))
    shown = {
        "district": district,
        "person": found,
        "waits": waits,
        "kind": KIND.get(found.kind, found.kind),
        "result": RESULTS.get(found.result, found.result),
        "reason": reason_words(found.reason),
        "candidates": [(each, reason_words(rule), listing.name_of(each)) for each, rule in waits.candidates],
        "namesakes": seeking.namesakes(found) if found.result == Result.UNMATCHED else [],
        "records": queue.records_of(found),
        "parents": parents.parents_of(found),
        "children": parents.children_of(found),
        "relationships": RELATIONSHIPS,
        "rulings": [each for each in told if each.ended_at is None],
        "past": [each for each in told if each.ended_at is not None],
        "form": form,
        "looks": looks,
        "accounts": listing.accounts(number, listing.Wanted(text), number=20).rows
        if text and looks == "account"
        else [],
        "others": seeking.people(number, text, besides=found.pk) if text and looks == "person" else [],
        "is_current": summary(number).standing.is_current,
        "here": "matching",
    }
    return render(request, "people/person.html", shown)


@needs(Right.RUN)
@require_POST
def decide(request: HttpRequest, number: int, uid: str) -> HttpResponse:
    """Decide about one person: link, create, ignore, split a record off, or join with another person."""
    district = district_of(request, number)
    found = person_of(district, uid)
    stated = request.POST
    word = stated.get("word", "")
    if word not in set(Ruling):
        raise Http404
    account = account_of(district, stated["account"]) if stated.get("account") else None
    other = person_of(district, stated["other"]) if stated.get("other") else None
    connection = stated.get("connection", "")
    at = (int(connection), stated.get("sourced_id", "")) if connection.isdecimal() and len(connection) < 19 else None
    try:
        rulings.rule(found, Decided(Ruling(word), account, other), by=request.user.pk or 0, at=at)
    except SettingsError as fault:
        messages.error(request, refusal(fault))
    else:
        messages.success(request, _("Decided. Matching follows within seconds, and this holds through later syncs."))
    return _back(request, number, found)


@needs(Right.RUN)
@require_POST
def decide_several(request: HttpRequest, number: int) -> HttpResponse:
    """Decide the same about all the persons that are ticked."""
    district = district_of(request, number)
    word = _AT_ONCE.get(request.POST.get("word", ""))
    ticked = Person.objects.filter(district_id=district.pk, uid__in=request.POST.getlist("person")[: queue.PAGE])
    part = request.POST.get("part", "unmatched")
    if word is None:
        raise Http404
    done = 0
    for each in ticked:
        rulings.rule(each, Decided(word), by=request.user.pk or 0)
        done += 1
    if done:
        told = ngettext(
            "Decided about %(number)d person. Matching follows within seconds.",
            "Decided about %(number)d people. Matching follows within seconds.",
            done,
        )
        messages.success(request, told % {"number": done})
    else:
        messages.info(request, _("Nobody was ticked, so nothing was decided."))
    return redirect("directory_matching", number, part if part in PARTS else "unmatched")


@needs(Right.RUN)
@require_POST
def take_back(request: HttpRequest, number: int, ruling: int) -> HttpResponse:
    """Take a ruling back, so that the rules decide again."""
    district = district_of(request, number)
    found = get_object_or_404(RulingRow, pk=ruling, district_id=district.pk)
    if rulings.take_back(found):
        messages.success(request, _("Taken back. Matching follows within seconds."))
    about = queue.person_of_record(number, found.connection_id, found.sourced_id)
    return redirect("directory_person", number, about.uid) if about else redirect("directory_matching", number)


@needs(Right.SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def find_person(request: HttpRequest, number: int, uid: str) -> HttpResponse:
    """Look for the person that an account belongs to; what is typed comes in a body."""
    district = district_of(request, number)
    found = account_of(district, uid)
    form = SearchForm(request.POST if request.method == "POST" else None)
    text = form.cleaned_data["text"] if request.method == "POST" and form.is_valid() else ""
    shown = {
        "district": district,
        "account": found,
        "name": listing.name_of(found),
        "form": form,
        "looked": bool(text),
        "others": seeking.people(number, text) if text else [],
        "kinds": KIND,
        "here": "accounts",
    }
    return render(request, "people/find_person.html", shown)


def _parts(totals: dict[str, int], without_person: int) -> list[tuple[str, str, int]]:
    return [
        ("unmatched", _("Unmatched Users"), totals[Result.UNMATCHED]),
        ("disputed", _("Disputed"), totals[Result.DISPUTED]),
        ("accounts", _("Accounts without a person"), without_person),
        ("ignored", _("Ignored"), totals[Result.IGNORED]),
        ("linked", _("Matched"), totals[Result.LINKED]),
        ("created", _("Created"), totals[Result.CREATED]),
    ]


def _rows(rows: list[queue.Waits]) -> list[tuple[queue.Waits, str, list[DirectoryAccount]]]:
    """Each person with why, and the accounts to show beside: whose, who it might be, or who is called alike."""
    alike = seeking.namesakes_of([each.person for each in rows if not each.account and not each.candidates])
    return [
        (
            each,
            reason_words(each.person.reason),
            [each.account] if each.account else [a for a, _rule in each.candidates] or alike.get(each.person.pk, []),
        )
        for each in rows
    ]


def _asked(form: QueueForm) -> str:
    """The filters of this page as the address of another; what was typed is not among them."""
    given = form.cleaned_data if form.is_valid() else {}
    return urlencode({name: given[name] for name in ("kind", "school", "reason") if given.get(name)})


def _back(request: HttpRequest, number: int, found: Person) -> HttpResponse:
    part = request.POST.get("part", "")
    if part in PARTS:
        return redirect("directory_matching", number, part)
    return redirect("directory_person", number, found.uid)
