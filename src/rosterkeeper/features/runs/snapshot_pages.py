"""The pages of a connection's kept snapshots: list them, compare any two, restore one."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.scope import connection_of
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.roster.reading import school_choices
from rosterkeeper.features.runs import comparing, orders, workflow
from rosterkeeper.features.runs.changes import OPS, PAGE, entities_touched
from rosterkeeper.features.runs.going import going
from rosterkeeper.features.runs.lease import state_of
from rosterkeeper.features.runs.models import AppliedRun, Order
from rosterkeeper.features.runs.run_pages import following, whole
from rosterkeeper.features.runs.shown import shown
from rosterkeeper.features.runs.wording import ACTIONS, ENTITY, named
from rosterkeeper.features.runs.wording import OPS as OPS_SAID
from rosterkeeper.features.runs.workflow import Wish
from rosterkeeper.job.words import Action, Pick, Result
from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.store.artifacts import comparison_name


@needs(Right.SEE)
def snapshots(request: HttpRequest, number: int) -> HttpResponse:
    """The connection's kept snapshots, the newest first."""
    connection = connection_of(request, number)
    kept = workflow.snapshots(connection)
    version = state_of(connection.pk).version
    shown_page = {
        "connection": connection,
        "kept": [_told(each, version) for each in kept],
        "older": kept[1].run_id if len(kept) > 1 else 0,
        "newer": kept[0].run_id if kept else 0,
    }
    return render(request, "runs/snapshots.html", shown_page)


@needs(Right.SEE)
def compare(request: HttpRequest, number: int) -> HttpResponse:
    """What differs between two snapshots, in numbers and record by record; one not made yet is offered to be made."""
    connection = connection_of(request, number)
    older, newer = (whole(request.GET.get(name)) for name in ("older", "newer"))
    kept = {each.run_id: each for each in workflow.snapshots(connection)}
    if older not in kept or newer not in kept:
        raise Http404
    version = state_of(connection.pk).version
    base: dict[str, object] = {
        "connection": connection,
        "older": _told(kept[older], version),
        "newer": _told(kept[newer], version),
    }
    made = comparing.comparison(connection, older, newer)
    if made is None or made.outcome == "failed":
        open_one = Order.objects.filter(connection_id=connection.pk, action=Action.COMPARE, ended_at=None).first()
        is_this = open_one is not None and (open_one.subject, open_one.wish.get("against")) == (older, newer)
        if open_one is not None and is_this:
            base |= {"order": open_one, "each": going(open_one)}
        return render(request, "runs/compare_wait.html", {**base, "failed": made, "other": open_one and not is_this})
    try:
        return render(request, "runs/compare.html", {**base, **_differences(request, connection, made)})
    except RunRefused as refused:
        messages.error(request, refusal(refused))
        return redirect("snapshots", connection.pk)


@needs(Right.SEE)
@require_POST
def order_compare(request: HttpRequest, number: int) -> HttpResponse:
    """Have two snapshots compared."""
    connection = connection_of(request, number)
    older, newer = (whole(request.POST.get(name)) for name in ("older", "newer"))
    kept = {each.run_id: each.state_version for each in workflow.snapshots(connection)}
    if older not in kept or newer not in kept or older == newer:
        messages.error(request, _("Choose two different snapshots of the list."))
        return redirect("snapshots", connection.pk)
    if kept[older] > kept[newer]:
        older, newer = newer, older
    if comparing.comparison(connection, older, newer) is None:
        wish = Wish(against=newer)
        orders.place(connection, Action.COMPARE, wish=wish, subject=older, account=request.user.pk or 0)
    return redirect(f"{reverse('compare', args=[connection.pk])}?older={older}&newer={newer}")


@needs(Right.RUN)
def restore(request: HttpRequest, number: int, run: int) -> HttpResponse:
    """Confirm, then bring the roster back to a kept snapshot."""
    connection = connection_of(request, number)
    kept = {each.run_id: each for each in workflow.snapshots(connection)}
    if run not in kept:
        raise Http404
    version = state_of(connection.pk).version
    if request.method == "POST":
        account = request.user.pk or 0
        placed = orders.place(connection, Action.RESTORE, subject=run, account=account)
        details = {"order": placed.pk, "run": run}
        record("run.restore", account=account, about=f"connection:{connection.pk}", details=details)
        return redirect("order", placed.pk)
    newest = max(kept.values(), key=lambda each: each.state_version)
    shown_page = {"connection": connection, "snapshot": _told(kept[run], version), "newest": newest.run_id}
    return render(request, "runs/restore.html", shown_page)


def _differences(request: HttpRequest, connection: Connection, made: Result) -> dict[str, object]:
    stated = request.GET
    numbers = {name: {op: getattr(each, op) for op in OPS} for name, each in made.counts.items()}
    touched = entities_touched(numbers)
    names = [name for name, _numbers in touched]
    entity = stated.get("entity", "")
    entity = entity if entity in ENTITY else ("users" if "users" in names else (names or ["users"])[0])
    op = stated.get("op", "") if stated.get("op") in OPS else ""
    name = made.changes or comparison_name(connection.pk, whole(stated.get("older")), whole(stated.get("newer")))
    pick = Pick(
        name=name,
        entity=entity,
        ops=(op,) if op else (),
        school=stated.get("school", ""),
        after=stated.get("after", ""),
        limit=PAGE,
    )
    result = comparing.read_changes(connection, pick) if touched else Result(outcome="unchanged")
    return {
        "touched": [(each, named(ENTITY, each), counts) for each, counts in touched],
        "wanted": pick,
        "op": op,
        "entity_name": named(ENTITY, entity),
        "kept_query": [(each, stated.get(each, "")) for each in ("older", "newer")],
        "ops": OPS_SAID.items(),
        "records": shown(None, connection.pk, entity, result.items),
        "following": following(stated, after=result.items[-1].sourced_id) if result.more else "",
        "schools": school_choices(connection.pk),
    }


def _told(applied: AppliedRun, version: int) -> dict[str, object]:
    return {
        "run": applied.run_id,
        "what": named(ACTIONS, applied.action),
        "at": datetime.fromisoformat(applied.applied_at),
        "is_now": applied.state_version == version,
    }
