"""What goes on at a connection, as a part of its page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.scope import connection_of
from rosterkeeper.features.runs.decided import decided
from rosterkeeper.features.runs.going import goings, news
from rosterkeeper.features.runs.standing import standing
from rosterkeeper.features.runs.wording import outcome_of


@needs(Right.SEE)
def now(request: HttpRequest, number: int) -> HttpResponse:
    """The part of a connection's page that tells what goes on; the page asks for it again and again."""
    found = connection_of(request, number)
    stands = standing(found)
    shown = {"standing": stands, **under_way(found)}
    answer = render(request, "runs/now.html", shown)
    if not shown["goings"] and request.htmx:  # type: ignore[attr-defined]
        # All has ended: the whole page has new things to show.
        answer["HX-Refresh"] = "true"
    return answer


def under_way(found: Connection) -> dict[str, object]:
    """What ``runs/now.html`` shows beside the standing: what has not ended with its steps, and what has just ended."""
    going = goings(found.pk)
    ended = news(standing(found).last_run) if not going else None
    became = decided(ended) if ended else ""
    told = (became or outcome_of(ended.action, ended.outcome)) if ended else ""
    return {
        "goings": going,
        "open_orders": [each.order for each in going if each.order],
        "ended": ended,
        "told": told,
        "is_decided": bool(became),
    }
