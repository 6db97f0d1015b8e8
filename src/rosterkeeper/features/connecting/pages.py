"""The pages of connections: the list, one as it stands, and what may be asked of it."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rosterkeeper.engine.options import PARTS
from rosterkeeper.features.accounts.rights import Right, may, needs
from rosterkeeper.features.connecting import already, asking, hints, listing
from rosterkeeper.features.connecting.schools import zip_shown
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.scope import connection_of, connections_seen
from rosterkeeper.features.look.told import told
from rosterkeeper.features.runs import workflow
from rosterkeeper.features.runs.figures import matched, statistics
from rosterkeeper.features.runs.going import going
from rosterkeeper.features.runs.lying import folder_shown
from rosterkeeper.features.runs.models import Run
from rosterkeeper.features.runs.orders import open_orders
from rosterkeeper.features.runs.pages import under_way
from rosterkeeper.features.runs.standing import standing
from rosterkeeper.features.runs.workflow import Wish
from rosterkeeper.job.words import Action
from rosterkeeper.oneroster.errors import RosterkeeperError

_LAST_RUNS: Final = 10
_AS_USUAL: Final = Wish()


@needs(Right.SEE)
def connections(request: HttpRequest) -> HttpResponse:
    """Every connection in sight, or those of one kind."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in listing.KINDS else ""
    rows = listing.rows(connections_seen(request), kind)
    return render(request, "connecting/list.html", {"rows": rows, "kinds": listing.KINDS.items(), "kind": kind})


@needs(Right.SEE)
def connection(request: HttpRequest, number: int) -> HttpResponse:
    """One connection: how it stands, what goes on, its last runs."""
    found = connection_of(request, number)
    stands = standing(found)
    counted = statistics(found.pk, stands.state.version)
    shown = {
        "connection": found,
        "standing": stands,
        "row": listing.row(stands),
        "runs": workflow.latest(found, _LAST_RUNS),
        "counted": counted,
        "matched": matched(Run(connection_id=found.pk, state_version=stands.state.version), counted),
        "refused": asking.refused(found),
        "tested": asking.last(found, Action.TEST),
        "folder": (folder := folder_shown(found)),
        "zip": None if folder else zip_shown(found),
        "is_plain": str(found.settings.get("url", "")).startswith("http://"),
        "may_run": may(request, Right.RUN),
        "here": "connection",
        **under_way(found),
    }
    return render(request, "connecting/connection.html", shown)


@needs(Right.RUN)
@require_POST
def sync(request: HttpRequest, number: int) -> HttpResponse:
    """Sync now, whole or one part; a second click while it runs leads to the same run (N09)."""
    found = connection_of(request, number)
    only = request.POST.get("only", "")
    wish = Wish(
        full="full" in request.POST,
        only=only if only in PARTS else "",
        confirmed=request.POST.get("confirmed") == "yes",
    )
    return _asked(request, found, Action.SYNC, wish)


@needs(Right.RUN)
def test(request: HttpRequest, number: int) -> HttpResponse:
    """Test Configuration: what the last test found, check by check; a POST tests anew (M11)."""
    found = connection_of(request, number)
    if request.method == "POST":
        return _asked(request, found, Action.TEST)
    return _result(request, found, Action.TEST)


@needs(Right.RUN)
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """What a sync would do now; a POST looks anew."""
    found = connection_of(request, number)
    if request.method == "POST":
        return _asked(request, found, Action.PREVIEW)
    return _result(request, found, Action.PREVIEW)


_PAGES: Final = {Action.SYNC: "connection", Action.TEST: "connection_test", Action.PREVIEW: "connection_preview"}


def _asked(request: HttpRequest, found: Connection, action: Action, wish: Wish = _AS_USUAL) -> HttpResponse:
    there = [each.pk for each in open_orders(found.pk)]
    try:
        order = asking.ask(request, found, action, wish)
    except RosterkeeperError as fault:
        messages.error(request, f"{told(fault.what)} {_('Next step:')} {_todo(fault)}")
        return redirect("connection", found.pk)
    if says := already.said(there, order, wish):
        messages.info(request, says)
    return redirect(_PAGES[action], found.pk)


def _todo(fault: RosterkeeperError) -> str:
    """The next step in the pages' words, where the error's own are the command line's."""
    if fault.code == "run.buildings_first":
        return _("Choose Sync Buildings in the menu beside Sync now and wait until it has ended well.")
    return told(fault.todo)


def _result(request: HttpRequest, found: Connection, action: Action) -> HttpResponse:
    """The page of an order that leaves no run, or the part of it that is asked for again and again."""
    asked = asking.last(found, action)
    name = _PAGES[action]
    shown = {
        "connection": found,
        "asked": asked,
        "here": name,
        "again": name,
        "row": listing.row(standing(found)),
        "each": going(asked.order) if asked and asked.result is None else None,
        "removed": asked.result.by_options.removed if asked and asked.result else {},
        "only_options": _waits_for_options_alone(asked),
        "checks": [(each, hints.mark_of(each)) for each in asked.result.checks] if asked and asked.result else [],
        "causes": hints.causes(found.kind, asked.result) if asked and asked.result and not asked.passed else (),
    }
    if request.htmx:  # type: ignore[attr-defined]
        answer = render(request, "connecting/waiting.html", shown)
        if asked is None or asked.result is not None:
            # All has ended: the whole page has new things to show.
            answer["HX-Refresh"] = "true"
        return answer
    return render(request, f"connecting/{action}.html", shown)


def _waits_for_options_alone(asked: asking.Asked | None) -> bool:
    """Whether nothing but the changed options would hold the sync, so that it can be agreed to beforehand."""
    reasons = asked.result.reasons if asked and asked.result and not asked.is_old else []
    return bool(reasons) and all(reason.code == "hold.options" for reason in reasons)
