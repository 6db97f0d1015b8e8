"""The pages of what a run changed or would change, and of deciding about it: approve, discard, undo, redo."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.scope import connection_of
from rosterkeeper.features.look.told import refusal, told
from rosterkeeper.features.roster.reading import school_choices
from rosterkeeper.features.runs import deciding, held, orders, workflow
from rosterkeeper.features.runs.changes import OPS, Wanted, applied_changes, entities_touched, is_kept
from rosterkeeper.features.runs.models import AppliedRun, HeldState, Run
from rosterkeeper.features.runs.run_pages import following
from rosterkeeper.features.runs.scope import connection_behind, run_of
from rosterkeeper.features.runs.shown import shown
from rosterkeeper.features.runs.wording import ACTIONS, ENTITY, OPS_TO_COME, named
from rosterkeeper.features.runs.wording import OPS as OPS_SAID
from rosterkeeper.features.runs.workflow import Wish
from rosterkeeper.job.words import Action
from rosterkeeper.oneroster.errors import RunRefused


@needs(Right.SEE)
def changes(request: HttpRequest, number: int) -> HttpResponse:
    """What one run changed, or what the change that it holds would, record by record."""
    run = run_of(request, number)
    connection = connection_behind(request, run)
    waits = run.held_state == HeldState.WAITING and bool(run.changes)
    kept = is_kept(run)
    if not (waits or kept):
        return render(request, "runs/run_changes_gone.html", _gone(run, connection))
    part = request.GET.get("part", "")
    of_waiting = waits and (part == "waiting" or not kept)
    try:
        wanted = _wanted(request, [name for name, _numbers in entities_touched(run.counts)])
        numbers, page = (
            held.waiting(connection, run, wanted) if of_waiting else (run.counts, applied_changes(run, wanted))
        )
    except RunRefused as refused:
        return _refused(request, refused, connection)
    shown_page = {
        "run": run,
        "connection": connection,
        "touched": [(name, named(ENTITY, name), each) for name, each in entities_touched(numbers)],
        "wanted": wanted,
        "entity_name": named(ENTITY, wanted.entity),
        "ops": (OPS_TO_COME if of_waiting else OPS_SAID).items(),
        "records": shown(run, connection.pk, wanted.entity, page.items),
        "following": following(request.GET, after=page.following) if page.following else "",
        "schools": school_choices(connection.pk),
        "both": waits and kept,
        "part": "waiting" if of_waiting else "applied",
        "kept_query": [("part", part)] if part else [],
    }
    return render(request, "runs/run_changes.html", shown_page)


@needs(Right.SEE)
def sample(request: HttpRequest, number: int) -> HttpResponse:
    """A part of a held run's page: how much each school would lose or gain, and some of the records that would go."""
    run = run_of(request, number)
    connection = connection_behind(request, run)
    if run.held_state != HeldState.WAITING:
        raise Http404
    try:
        found = held.sample(connection, run)
    except RunRefused as refused:
        return render(request, "runs/refused_part.html", {"refused": refused})
    shown_part = {
        "run": run,
        "entity_name": named(ENTITY, found.entity),
        "records": found.records,
        "schools": [
            {**each, "entities": [(named(ENTITY, name), numbers) for name, numbers in each["entities"].items()]}
            for each in found.schools
        ],
    }
    return render(request, "runs/sample.html", shown_part)


@needs(Right.RUN)
def decide(request: HttpRequest, number: int, way: str) -> HttpResponse:
    """Confirm, then approve or discard what a run holds; a change whose time has gone is refused in words."""
    run = run_of(request, number)
    if way not in (deciding.APPROVE, deciding.WITHOUT_REMOVALS, deciding.DISCARD):
        raise Http404
    connection = connection_behind(request, run)
    why_not = deciding.why_not_decide(run)
    if connection.removed_at is not None:
        why_not = _("The run's connection was removed; its people stay as they are.")
    if why_not:
        messages.error(request, why_not)
        return redirect("run", run.pk)
    removes = way == deciding.APPROVE and deciding.may_remove(run)
    unconfirmed = request.method == "POST" and removes and request.POST.get("understood") != "yes"
    if request.method != "POST" or unconfirmed:
        shown_page = {"run": run, "connection": connection, "way": way, "is_whole": run.outcome == "held"}
        shown_page |= {"removes": removes, "unconfirmed": unconfirmed, "spared": held.spared(run)}
        shown_page["counts"] = [(named(ENTITY, name), each) for name, each in entities_touched(run.counts)]
        shown_page["held"] = [(named(ENTITY, name), each["held"]) for name, each in run.counts.items() if each["held"]]
        return render(request, "runs/decide.html", shown_page, status=422 if unconfirmed else 200)
    account = request.user.pk or 0
    about = f"run:{run.pk}"
    if way == deciding.DISCARD:
        try:
            workflow.discard(run)
        except RunRefused as refused:
            messages.error(request, refusal(refused))
            return redirect("run", run.pk)
        record("run.discarded", account=account, about=about, details={"connection": connection.pk})
        messages.success(request, _("The held change was discarded. Nothing was changed."))
        return redirect("run", run.pk)
    wish = Wish(without_removals=way == deciding.WITHOUT_REMOVALS)
    placed = orders.place(connection, Action.APPROVE, wish=wish, subject=run.pk, account=account)
    details = {"connection": connection.pk, "order": placed.pk, "without_removals": wish.without_removals}
    record("run.approved", account=account, about=about, details=details)
    return redirect("order", placed.pk)


@needs(Right.RUN)
def back(request: HttpRequest, number: int, way: str) -> HttpResponse:
    """Confirm, then undo the connection's last change, or redo the one that was undone."""
    if way not in (Action.UNDO, Action.REDO):
        raise Http404
    action = Action(way)
    connection = connection_of(request, number)
    there = deciding.back(connection, action)
    if request.method == "POST" and there.run is not None:
        account = request.user.pk or 0
        placed = orders.place(connection, action, account=account)
        details = {"order": placed.pk, "run": there.run.pk}
        record(f"run.{action}", account=account, about=f"connection:{connection.pk}", details=details)
        return redirect("order", placed.pk)
    shown_page = {"connection": connection, "back": there, "is_undo": action == Action.UNDO}
    if there.run is not None:
        shown_page["what"] = named(ACTIONS, there.run.action)
        shown_page["counts"] = [(named(ENTITY, name), each) for name, each in entities_touched(there.run.counts)]
    return render(request, "runs/back.html", shown_page)


def _wanted(request: HttpRequest, entities: list[str]) -> Wanted:
    stated = request.GET
    entity = stated.get("entity", "")
    op = stated.get("op", "")
    return Wanted(
        entity=entity if entity in ENTITY else ("users" if "users" in entities else (entities or ["users"])[0]),
        op=op if op in OPS else "",
        school=stated.get("school", ""),
        after=stated.get("after", ""),
    )


def _gone(run: Run, connection: Connection) -> dict[str, object]:
    """For a run whose before-images are gone: the two snapshots between which it lies, where both are kept."""
    kept = {each.state_version: each.run_id for each in workflow.snapshots(connection)}
    applied = AppliedRun.objects.filter(run_id=run.pk).first()
    older = kept.get(applied.state_version - 1) if applied else None
    newer = kept.get(applied.state_version) if applied else None
    return {"run": run, "connection": connection, "was_applied": applied is not None, "older": older, "newer": newer}


def _refused(request: HttpRequest, refused: RunRefused, connection: Connection) -> HttpResponse:
    shown_page = {"heading": _("These changes cannot be shown"), "what": told(refused.what), "todo": told(refused.todo)}
    return render(request, "look/problem.html", {**shown_page, "connection": connection}, status=409)
