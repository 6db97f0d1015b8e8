"""The pages of a held run whose people are the same under new ids: look, download, upload, confirm."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.runs import deciding, orders, rekeying
from rosterkeeper.features.runs.going import going
from rosterkeeper.features.runs.models import Order, Run
from rosterkeeper.features.runs.scope import connection_behind, run_of
from rosterkeeper.features.runs.wording import ENTITY, named
from rosterkeeper.job.words import Action, Pair
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.oneroster.fields import BY_NAME


@needs(Right.SEE)
def ids(request: HttpRequest, number: int) -> HttpResponse:
    """Who became whom, as far as it is known; where nobody has looked yet, that is offered."""
    run = run_of(request, number)
    connection = connection_behind(request, run)
    shown: dict[str, object] = {
        "run": run,
        "connection": connection,
        "why_not": deciding.why_not_decide(run),
        "is_uploaded": rekeying.is_uploaded(run),
    }
    open_one = Order.objects.filter(connection_id=connection.pk, action=Action.IDS, ended_at=None, subject=run.pk)
    order = open_one.first()
    if order is not None:
        return render(request, "runs/ids.html", {**shown, "order": order, "each": going(order)})
    found = rekeying.looked(run)
    if found is not None and found.code:
        shown["failed"] = found
    elif found is not None and rekeying.mapping_of(run).exists():
        shown["rows"] = [(named(ENTITY, name), each) for name, each in found.rekeyed.items()]
        shown["same"] = sum(each.same for each in found.rekeyed.values())
        shown["pairs"] = _listed(found.pairs)
        shown["unsure"] = _listed(found.unsure)
    return render(request, "runs/ids.html", shown)


@needs(Right.RUN)
@require_POST
def look(request: HttpRequest, number: int) -> HttpResponse:
    """Have it looked at: what is proposed, or a mapping that is uploaded with the request."""
    run = _waiting(request, number)
    file = request.FILES.get("mapping")
    try:
        if file is not None:
            rekeying.keep_upload(run, file.chunks())
        elif request.POST.get("proposed"):
            rekeying.forget_upload(run)
    except SettingsError as fault:
        messages.error(request, refusal(fault))
        return redirect("run_ids", number)
    orders.place(connection_behind(request, run), Action.IDS, subject=run.pk, account=request.user.pk or 0)
    return redirect("run_ids", number)


@needs(Right.SEE)
def download(request: HttpRequest, number: int) -> HttpResponseBase:
    """The mapping as CSV, to be mended and uploaded: entity, old, new."""
    path = rekeying.mapping_of(run_of(request, number))
    if not path.exists():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"ids-{number}.csv", content_type="text/csv")


@needs(Right.RUN)
@require_POST
def confirm(request: HttpRequest, number: int) -> HttpResponse:
    """Have the live records renamed as the mapping says."""
    run = _waiting(request, number)
    if request.POST.get("understood") != "yes":
        messages.error(request, _("Nothing was done: tick I Understand first."))
        return redirect("run_ids", number)
    connection = connection_behind(request, run)
    placed = orders.place(connection, Action.REKEY, subject=run.pk, account=request.user.pk or 0)
    record("run.rekeyed", about=f"run:{run.pk}", details={"connection": connection.pk, "order": placed.pk})
    return redirect("order", placed.pk)


def _waiting(request: HttpRequest, number: int) -> Run:
    run = run_of(request, number)
    if deciding.why_not_decide(run) or connection_behind(request, run).removed_at is not None:
        raise Http404
    return run


def _by(pair: Pair) -> str:
    """The columns that two records share, by the standard's names."""
    names = {field.column: field.csv for field in BY_NAME[pair.entity].stored_fields} if pair.entity in BY_NAME else {}
    return ", ".join(names.get(column, column) for column in pair.by.split("+"))


def _listed(pairs: list[Pair]) -> list[tuple[str | Promise, Pair, str]]:
    """Pairs as the page shows them, people first."""
    order = ["users", *(name for name in ENTITY if name != "users")]
    ranked = sorted(pairs, key=lambda each: order.index(each.entity) if each.entity in order else len(order))
    return [(named(ENTITY, each.entity), each, _by(each)) for each in ranked]
