"""The page of a trial: what a matching by settings that somebody thinks of would do, and saving them."""

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.people import trying
from rosterkeeper.features.people.holding import told
from rosterkeeper.features.people.listing import name_of
from rosterkeeper.features.people.models import DirectoryAccount, Trial
from rosterkeeper.features.people.pages import district_of
from rosterkeeper.features.people.pages_settings import SAVED
from rosterkeeper.features.people.trying import Sample
from rosterkeeper.features.people.wording import KIND, KINDS, RESULTS, Word, reason_words
from rosterkeeper.matching.preview import Preview, Shift
from rosterkeeper.matching.tables import Result
from rosterkeeper.oneroster.errors import SettingsError

# In the order in which the page lists them.
_SHIFTS: Final[dict[str, Word]] = {
    Shift.UNLINKED: gettext_lazy("No longer matched"),
    Shift.MOVED: gettext_lazy("Matched to another account"),
    Shift.DISPUTED: gettext_lazy("Newly disputed"),
    Shift.LINKED: gettext_lazy("Newly matched"),
    Shift.CREATED: gettext_lazy("Get a new account"),
    Shift.UNDISPUTED: gettext_lazy("No longer disputed, and without an account"),
}
_ACCOUNTS: Final[dict[str, Word]] = {
    "created": gettext_lazy("accounts made"),
    "updated": gettext_lazy("accounts brought up to the roster"),
    "suspended": gettext_lazy("accounts suspended"),
    "restored": gettext_lazy("accounts restored"),
    "purged": gettext_lazy("accounts erased"),
}


@needs(Right.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def trial(request: HttpRequest, number: int, trial: int) -> HttpResponse:
    """What these settings would do: numbers by outcome and some of the people; a POST saves the settings."""
    district = district_of(request, number)
    found = _found(district, trial)
    if request.method == "POST":
        try:
            if trying.save(found):
                messages.success(request, SAVED)
            else:
                messages.info(request, _("These settings hold already."))
        except SettingsError as fault:
            messages.error(request, refusal(fault))
        return redirect("directory_settings", number)
    shown = _shown(district, found)
    return render(request, "people/trial.html", shown)


@needs(Right.SETTINGS)
@require_safe
def trial_now(request: HttpRequest, number: int, trial: int) -> HttpResponse:
    """The part of the page that waits for the numbers."""
    district = district_of(request, number)
    found = _found(district, trial)
    answer = render(request, "people/trial_now.html", {"district": district, "trial": found})
    if found.ended_at is not None:
        answer["HX-Refresh"] = "true"
    return answer


def _found(district: District, number: int) -> Trial:
    found = trying.trial_of(district.pk, str(number))
    if found is None:
        raise Http404
    return found


def _shown(district: District, found: Trial) -> dict[str, object]:
    result = trying.result_of(found)
    shown: dict[str, object] = {"district": district, "trial": found, "result": result, "here": "settings"}
    preview = result.preview if result else None
    if preview is None:
        return shown
    return shown | {
        "preview": preview,
        "shifts": _shifts(district, preview),
        "table": _table(preview),
        "results": [RESULTS[each] for each in Result],
        "accounts": [(words, preview.accounts.get(word, 0)) for word, words in _ACCOUNTS.items()],
        "reasons": [told(each) for each in preview.reasons],
    }


def _shifts(district: District, preview: Preview) -> list[tuple[Word, int, list[dict[str, object]]]]:
    named = trying.samples(district.pk, preview)
    keys = [f"user:{each.record.connection}:{each.record.sourced_id}" for some in named.values() for each in some]
    if keys:
        record("roster.listed", keys=keys)
    return [
        (words, preview.shifts.get(shift, 0), [_line(each) for each in named.get(shift, [])])
        for shift, words in _SHIFTS.items()
    ]


def _line(each: Sample) -> dict[str, object]:
    shifted = each.shifted
    return {
        "record": each.record,
        "uid": each.uid,
        "kind": KIND.get(shifted.kind, shifted.kind),
        "was": _called(each.was) or RESULTS.get(shifted.was_result, ""),
        "now": _called(each.account) or RESULTS.get(shifted.result, ""),
        "reason": reason_words(shifted.reason),
    }


def _called(account: DirectoryAccount | None) -> str:
    return (account.email or account.username or name_of(account)) if account else ""


def _table(preview: Preview) -> list[tuple[Word, list[tuple[int, int]]]]:
    """Of each kind of people, for each result, how many there are and how many there would be."""
    return [
        (words, [(preview.before[kind].get(each, 0), preview.after[kind].get(each, 0)) for each in Result])
        for kind, words in KINDS.items()
    ]
