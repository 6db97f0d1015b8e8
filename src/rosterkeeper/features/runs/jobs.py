"""From a connection to the job that a child process is given."""

import secrets
from datetime import UTC, datetime
from typing import Final

from django.conf import settings

from rosterkeeper.engine.options import Selection
from rosterkeeper.features.connections.choosing import options_of
from rosterkeeper.features.connections.dates import today_in
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.specs import limits_of, spec_of
from rosterkeeper.job.words import Action, Job

_PULLS: Final = (Action.SYNC, Action.PREVIEW, Action.TEST)


def describe(connection: Connection, action: Action) -> Job:
    """The job of ``action`` on the connection; the source and its secret only where it is pulled."""
    now = datetime.now(UTC)
    return Job(
        action=action,
        now=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        today=today_in(connection.district_id, now).isoformat(),
        scratch=str(settings.ROSTER_SCRATCH / secrets.token_hex(8)),
        district=connection.district_id,
        connection=connection.pk,
        database=settings.ROSTER_DATABASE_URL,
        artifacts=str(settings.ROSTER_ARTIFACTS),
        source=spec_of(connection) if action in _PULLS else None,
        limits=limits_of(connection),
        # A test tries what a sync with these options needs, and nothing else.
        selection=Selection(options=options_of(connection)) if action == Action.TEST else None,
        memory_limit=settings.ROSTER_MEMORY_LIMIT,
        threads=settings.ROSTER_THREADS,
        allowed_hosts=settings.ROSTER_ALLOWED_HOSTS,
    )
