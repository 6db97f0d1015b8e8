"""The pages of runs: all of them, one (Sync Details), and its log (View Log)."""

from datetime import date, datetime

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rosterkeeper.engine.outcomes import MEANINGS, Outcome
from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.scope import connections_seen
from rosterkeeper.features.look.marks import MARKS
from rosterkeeper.features.roster.reading import school_choices
from rosterkeeper.features.runs import figures, finding_log, listing, orders, progress
from rosterkeeper.features.runs.changes import entities_touched, is_kept
from rosterkeeper.features.runs.decided import decided
from rosterkeeper.features.runs.deciding import is_last_change, why_not_decide
from rosterkeeper.features.runs.diagnostic import diagnostic
from rosterkeeper.features.runs.going import Going, going
from rosterkeeper.features.runs.held import spared
from rosterkeeper.features.runs.lease import state_of
from rosterkeeper.features.runs.models import Order, Run
from rosterkeeper.features.runs.rekeying import is_rekeyed, may_be_rekeyed
from rosterkeeper.features.runs.scope import connection_behind, order_of, run_of, runs_seen
from rosterkeeper.features.runs.steps import drawn
from rosterkeeper.features.runs.wording import ACTIONS, ENTITY, SEVERITIES, named, outcome_of
from rosterkeeper.job.words import Action, Result
from rosterkeeper.oneroster.findings import CODES

_OUTCOMES = ("running", "applied", "unchanged", "partial", "held", "waiting", "failed", "interrupted")
_LISTED_ACTIONS = (Action.SYNC, Action.APPROVE, Action.UNDO, Action.REDO, Action.RESTORE, Action.PURGE, Action.REKEY)
# Of a preview's findings the page shows so many; they are kept with the order, not apart.
_MOST_LINES = 200


def whole(text: str | None) -> int:
    """A number that an address states; 0 for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


def following(query: QueryDict, **changed: str | int) -> str:
    """The query of the page that follows, with what is chosen kept."""
    stated = query.copy()
    for name, value in changed.items():
        stated[name] = str(value)
    return stated.urlencode()


@needs(Right.SEE)
def runs(request: HttpRequest) -> HttpResponse:
    """Every connection's runs, the newest first."""
    stated = request.GET
    wanted = listing.Filter(
        connection=whole(stated.get("connection")),
        outcome=stated.get("outcome", "") if stated.get("outcome") in _OUTCOMES else "",
        action=stated.get("action", "") if stated.get("action") in _LISTED_ACTIONS else "",
        since=_day(stated.get("since", "")),
        until=_day(stated.get("until", "")),
        before=whole(stated.get("before")),
    )
    page, before = listing.runs(wanted, among=runs_seen(request))
    shown = {
        "page": [{"listed": each, "what": named(ACTIONS, each.run.action)} for each in page],
        "wanted": wanted,
        "following": following(stated, before=before) if before else "",
        "connections": connections_seen(request),
        "outcomes": [(each, _(MARKS["" if each == "running" else each][0])) for each in _OUTCOMES],
        "actions": [(each.value, named(ACTIONS, each)) for each in _LISTED_ACTIONS],
    }
    return render(request, "runs/run_list.html", shown)


@needs(Right.SEE)
def run(request: HttpRequest, number: int) -> HttpResponse:
    """Sync Details: what one run came to, and why (L23, L25-L28)."""
    found = run_of(request, number)
    if not found.outcome:
        shown = {"run": found, "connection": connection_behind(request, found), **_under_way(found)}
        return render(request, "runs/run_now.html", shown)
    became = decided(found)
    shown = {
        "run": found,
        "connection": connection_behind(request, found),
        "what": named(ACTIONS, found.action),
        "says": (became if found.outcome == "held" else "") or outcome_of(found.action, found.outcome),
        "decided": became,
        "counts": _counts(found.counts),
        "touched": bool(entities_touched(found.counts)),
        **_statistics(found),
        "findings": _findings(found.findings),
        "left_out": _left_out(found.by_options.get("left_out", {})),
        "asked_by": finding_log.asked_by(found),
        "diagnostic": diagnostic(found),
        "why_not": why_not_decide(found) if found.held_state else "",
        "may_be_rekeyed": may_be_rekeyed(found),
        "is_rekeyed": is_rekeyed(found),
        "waits": found.held_state == "waiting",
        "spared": spared(found),
        "can_undo": is_last_change(found) and found.action not in (Action.UNDO, Action.PURGE, Action.REKEY),
        "can_redo": is_last_change(found) and found.action == Action.UNDO,
        "changes_kept": is_kept(found),
    }
    return render(request, "runs/run.html", shown)


@needs(Right.SEE)
def run_statistics(request: HttpRequest, number: int) -> HttpResponse:
    """The statistics of a run's page, which asks for them again until they are counted."""
    found = run_of(request, number)
    return render(request, "runs/statistics.html", {"run": found, **_statistics(found)})


@needs(Right.SEE)
def run_now(request: HttpRequest, number: int) -> HttpResponse:
    """The part of a running run's page that tells how far it is; the page asks for it again and again."""
    found = run_of(request, number)
    answer = render(request, "runs/run_now_part.html", {"run": found, **_under_way(found)})
    if found.outcome:
        answer["HX-Refresh"] = "true"
    return answer


@needs(Right.SEE)
def log(request: HttpRequest, number: int) -> HttpResponse:
    """View Log: the run's story and its findings, narrowed and a page at a time."""
    found = run_of(request, number)
    wanted = _narrowed(request.GET)
    page, after = finding_log.findings(found, wanted)
    shown = {
        "run": found,
        "connection": connection_behind(request, found),
        "story": finding_log.story(found),
        "levels": _level(request.GET.get("level", "")),
        "page": page,
        "wanted": wanted,
        "following": following(request.GET, after=after) if after else "",
        "query": request.GET.urlencode(),
        "severities": SEVERITIES.items(),
        "codes": sorted(found.findings),
        "entities": [(name, named(ENTITY, name)) for name in ENTITY],
        "schools": school_choices(found.connection_id),
        "total": sum(found.findings.values()),
    }
    return render(request, "runs/run_log.html", shown)


@needs(Right.SEE)
def download(request: HttpRequest, number: int, form: str) -> HttpResponseBase:
    """The run's findings as a file, narrowed like the page."""
    found = run_of(request, number)
    wanted = _narrowed(request.GET)
    ways = {"csv": (finding_log.as_csv, "text/csv; charset=utf-8"), "json": (finding_log.as_json, "application/json")}
    if form not in ways:
        raise Http404
    way, kind = ways[form]
    answer = StreamingHttpResponse(way(found, wanted), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="run-{found.pk}-findings.{form}"'
    return answer


@needs(Right.SEE)
def order(request: HttpRequest, number: int) -> HttpResponse:
    """One order: how far it is, or what it came to; a run leads on to its own page."""
    found = order_of(request, number)
    made = orders.run_of(found)
    if made is not None and found.ended_at:
        return redirect("run", made.pk)
    connection = connection_behind(request, found)
    shown: dict[str, object] = {"order": found, "connection": connection, "what": named(ACTIONS, found.action)}
    if found.ended_at is None:
        return render(request, "runs/order_now.html", {**shown, "each": going(found)})
    result = msgspec.convert(found.result or {"outcome": "interrupted"}, Result)
    counts = {name: msgspec.to_builtins(each) for name, each in result.counts.items()}
    shown |= {
        "result": result,
        "is_preview": found.action == Action.PREVIEW,
        "counts": _counts(counts),
        "findings": _findings(result.findings),
        "lines": result.lines[:_MOST_LINES],
        "more_lines": max(0, len(result.lines) - _MOST_LINES),
        "left_out": _left_out(result.by_options.left_out),
    }
    return render(request, "runs/order.html", shown)


@needs(Right.SEE)
def order_now(request: HttpRequest, number: int) -> HttpResponse:
    """The part of an order's page that tells how far it is."""
    found = order_of(request, number)
    answer = render(request, "runs/order_now_part.html", {"order": found, "each": going(found)})
    if found.ended_at is not None:
        answer["HX-Refresh"] = "true"
    return answer


@needs(Right.RUN)
@require_POST
def stop(request: HttpRequest, number: int) -> HttpResponse:
    """Ask for the end of an order that waits or is carried out."""
    found = order_of(request, number)
    account = request.user.pk or 0
    if orders.stop(found.pk, account=account):
        record("order.stopped", account=account, about=f"order:{found.pk}", details={"connection": found.connection_id})
        messages.info(request, _("The run is being stopped; what it has not applied by then, it never will."))
    else:
        messages.info(request, _("The run had ended already."))
    return redirect("connection", found.connection_id)


def _under_way(found: Run) -> dict[str, object]:
    asked = Order.objects.filter(id=found.order, connection_id=found.connection_id, ended_at=None)
    order = asked.first() if found.order else None
    return {"each": Going(order, found, drawn(found.action, progress.latest(found.pk), begun=True))}


def _statistics(found: Run) -> dict[str, object]:
    """The counts of a run after which the roster is as the source says (L25)."""
    if not (found.outcome and MEANINGS[Outcome(found.outcome)].updates):
        return {}
    counted = figures.statistics(found.connection_id, found.state_version)
    return {
        "statistics": counted,
        "counted_at": datetime.fromisoformat(counted.taken_at) if counted.taken_at else None,
        # Only the roster as it stands is counted: what an older run left, nobody can count any more.
        "is_being_counted": not counted.taken_at and found.state_version == state_of(found.connection_id).version,
        "matched": figures.matched(found, counted),
        "imported_classes": figures.imported_classes(found, counted),
    }


def _counts(counts: dict[str, dict[str, int]]) -> list[dict[str, object]]:
    return [{"entity": name, "name": ENTITY[name], **counts[name]} for name in ENTITY if name in counts]


def _findings(counted: dict[str, int]) -> list[dict[str, object]]:
    rank = {"error": 0, "warning": 1, "note": 2}
    known = [(CODES[code], number) for code, number in counted.items() if code in CODES]
    known.sort(key=lambda each: (rank[each[0].severity], -each[1], each[0].name))
    return [
        {"code": code.name, "severity": code.severity.value, "says": code.says, "number": number}
        for code, number in known
    ]


def _left_out(counted: dict[str, dict[str, int]]) -> list[dict[str, object]]:
    return [
        {"code": code, "says": CODES[code].says, "entity": named(ENTITY, name), "number": number}
        for code, entities in counted.items()
        if code in CODES
        for name, number in entities.items()
    ]


def _narrowed(stated: QueryDict) -> finding_log.Narrowed:
    return finding_log.Narrowed(
        severity=stated.get("severity", "") if stated.get("severity") in SEVERITIES else "",
        code=stated.get("code", "") if stated.get("code") in CODES else "",
        entity=stated.get("entity", "") if stated.get("entity") in ENTITY else "",
        record=stated.get("record", "").strip(),
        school=stated.get("school", ""),
        after=whole(stated.get("after")),
    )


def _level(stated: str) -> tuple[str, ...]:
    """The levels of the story that are shown: the one asked for and those that are worse."""
    levels = ("error", "warning", "note")
    return levels[: levels.index(stated) + 1] if stated in levels else levels


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
