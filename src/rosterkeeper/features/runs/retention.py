"""What is kept for a time only: records that were removed from the roster, and the findings of older runs."""

from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.features.runs.models import Finding, Run

# Of a connection, so many runs that found something keep their findings; the counts are kept of all.
KEPT_RUNS: Final = 100


def instant(moment: datetime) -> str:
    """A moment as the roster's tables write it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def has_removed(connection: Connection, before: datetime) -> bool:
    """Whether the connection's roster still holds a record that was removed before that moment."""
    removed = {"connection_id": connection.pk, "status": "tobedeleted", "removed_at__lt": instant(before)}
    return any(model._default_manager.filter(**removed).exists() for model in LIVE.values())


def sweep_findings(connection: Connection, kept: int = KEPT_RUNS) -> None:
    """Forget what older runs of the connection found, one run at a time: a long statement would keep others waiting."""
    runs = Run.objects.filter(connection_id=connection.pk)
    oldest = runs.exclude(findings={}).order_by("-id").values_list("id", flat=True)[kept - 1 : kept].first()
    if oldest is not None:
        found = Exists(Finding.objects.filter(run_id=OuterRef("pk")))
        for run_id in list(runs.filter(found, id__lt=oldest).values_list("id", flat=True)):
            Finding.objects.filter(run_id=run_id).delete()
