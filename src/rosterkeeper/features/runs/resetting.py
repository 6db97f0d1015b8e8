"""Starting anew and stopping for good: both under the connection's lease, so that no run is in their way."""

from django.db import transaction
from django.utils import timezone

from rosterkeeper.features.connections import uploads, workflow
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.specs import stated_spec
from rosterkeeper.features.runs.lease import open_state, taken
from rosterkeeper.features.runs.models import Order, State
from rosterkeeper.sources.spec import CsvSpec


def forget(connection: Connection) -> None:
    """Forget when and how far the source was read: the connection looks never synced, its next run is full (L34).

    The roster stays as it is. RunRefused ``run.busy`` while a run goes on.
    """
    with taken(connection.pk):
        open_state(connection.pk)
        State.objects.filter(connection_id=connection.pk).update(
            full_next=True, marks="", source_digest="", last_checked=None, last_updated=None, status_text=""
        )


def retire(connection: Connection) -> None:
    """Stop the connection for good and drop what waits to be run and what was uploaded; its people stay (L39).

    RunRefused ``run.busy`` while a run goes on.
    """
    with taken(connection.pk), transaction.atomic():
        spec = stated_spec(connection) if connection.kind == "csv" else None
        workflow.remove(connection)
        Order.objects.filter(connection_id=connection.pk, ended_at=None).update(ended_at=timezone.now())
    if isinstance(spec, CsvSpec):
        uploads.drop(spec)
