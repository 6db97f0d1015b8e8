"""The pages of runs: a connection as it stands, Sync now, what goes on, one run."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs import orders, progress, workflow
from rosterkeeper.features.runs.models import Run
from rosterkeeper.features.runs.standing import standing
from rosterkeeper.job.words import Action


def _connection(number: int) -> Connection:
    return get_object_or_404(Connection.objects.select_related("district"), id=number, removed_at=None)


@needs(Right.SEE)
def connection(request: HttpRequest, number: int) -> HttpResponse:
    """One connection: how it stands, what goes on, its last runs."""
    found = _connection(number)
    shown = {"standing": standing(found), "runs": workflow.latest(found, 10), **_now(found)}
    return render(request, "runs/connection.html", shown)


@needs(Right.SEE)
def now(request: HttpRequest, number: int) -> HttpResponse:
    """The part of a connection's page that tells what goes on; the page asks for it again and again."""
    found = _connection(number)
    shown = {"standing": standing(found), **_now(found)}
    answer = render(request, "runs/now.html", shown)
    if not shown["open_orders"] and request.htmx:  # type: ignore[attr-defined]
        # All has ended: the whole page has new things to show.
        answer["HX-Refresh"] = "true"
    return answer


@needs(Right.RUN)
@require_POST
def sync(request: HttpRequest, number: int) -> HttpResponse:
    """Sync now; a second click while it runs leads to the same run (N09)."""
    found = _connection(number)
    order = orders.place(found, Action.SYNC, account=request.user.pk or 0)
    record("run.ordered", account=request.user.pk or 0, about=f"connection:{found.pk}", details={"order": order.pk})
    return redirect("connection", found.pk)


@needs(Right.SEE)
def run(request: HttpRequest, number: int) -> HttpResponse:
    """One run: what it came to, and why."""
    found = Run.objects.filter(id=number).first()
    if found is None:
        raise Http404
    return render(request, "runs/run.html", {"run": found, "name": workflow.name_of(found)})


def _now(found: Connection) -> dict[str, object]:
    waiting = orders.open_orders(found.pk)
    runs = [orders.run_of(order) for order in waiting]
    steps = [line for run in runs if run and not run.outcome for line in progress.latest(run.pk)]
    return {"open_orders": waiting, "steps": steps}
