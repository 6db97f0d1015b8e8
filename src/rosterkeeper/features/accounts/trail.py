"""The page of the audit log: filters, a page at a time, and the whole as a file."""

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.accounts.scope import within
from rosterkeeper.features.audit import finding, writing
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.audit.models import Entry

_PAGE: Final = 100
_AT_ONCE: Final = 2000
# Digits of a number that both databases can compare with.
_LONGEST: Final = 19


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the page shows it, its details in words."""

    entry: Entry
    details: list[tuple[str, str]]


class Filter(forms.Form):
    """Which entries are wanted."""

    action = forms.ChoiceField(label=_("What"), required=False)
    account = forms.IntegerField(label=_("Account number"), required=False, min_value=0)
    key = forms.CharField(
        label=_("Record"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "user:3:S-17"}),
    )
    since = forms.DateTimeField(
        label=_("Since"), required=False, widget=forms.DateTimeInput(attrs={"type": "date"}), input_formats=["%Y-%m-%d"]
    )
    until = forms.DateTimeField(
        label=_("Before"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
    )

    def __init__(self, data: Any, *, actions: list[str]) -> None:
        super().__init__(data)
        field = self.fields["action"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for the type checker
        field.choices = [("", _("everything")), *((each, each) for each in actions)]

    def wanted(self) -> finding.Wanted:
        """The filter; where a field makes no sense, it counts as blank."""
        self.is_valid()
        stated = self.cleaned_data
        return finding.Wanted(
            action=stated.get("action") or "",
            account=stated.get("account") or 0,
            key=(stated.get("key") or "").strip(),
            since=stated.get("since"),
            until=stated.get("until"),
        )


@needs(Right.ACCOUNTS)
def audit(request: HttpRequest) -> HttpResponse:
    """What was done, the newest first."""
    form = _filter(request)
    rows = seen(request, form.wanted())
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < _LONGEST:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: _PAGE + 1])
    shown = {
        "form": form,
        "entries": [Line(entry, _spoken(entry)) for entry in found[:_PAGE]],
        "next": found[_PAGE - 1].pk if len(found) > _PAGE else 0,
        "query": _query(request),
    }
    return render(request, "accounts/trail.html", shown)


@needs(Right.ACCOUNTS)
@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """All that the filter lets through, as a file; that somebody took it stands in the log, too."""
    is_json = request.POST.get("form") == "json"
    record("audit.exported", details={"form": "json" if is_json else "csv"})
    rows = seen(request, _filter(request).wanted()).iterator(chunk_size=_AT_ONCE)
    lines = writing.as_json(rows) if is_json else writing.as_csv(rows)
    kind = "application/x-ndjson" if is_json else "text/csv; charset=utf-8"
    name = "audit.jsonl" if is_json else "audit.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(lines, content_type=kind, headers=headers)


def seen(request: HttpRequest, wanted: finding.Wanted) -> QuerySet[Entry]:
    """The entries that are wanted and concern a district in sight; those of the installation are for who sees all."""
    return within(request, finding.entries(wanted), "district")


def _filter(request: HttpRequest) -> Filter:
    return Filter(request.GET, actions=finding.actions(seen(request, finding.Wanted())))


def _spoken(entry: Entry) -> list[tuple[str, str]]:
    return [
        (name.replace("_", " "), ", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for name, value in entry.details.items()
    ]


def _query(request: HttpRequest) -> str:
    """The filter as part of an address."""
    kept = request.GET.copy()
    kept.pop("before", None)
    return kept.urlencode()
