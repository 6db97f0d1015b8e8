"""Whether a connection's catalog is of its present roster, and bringing it there.

Made by a child process after a run, and once more wherever it is found to be behind: a stale catalog is known as stale.
"""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from django.conf import settings
from django.db import connection as database

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.roster.models import Catalog
from rosterkeeper.job.launch import Follow, launch
from rosterkeeper.job.words import Action, Job, Result
from rosterkeeper.store.schema import STATES

# A maker that has not finished by then has died; the next one takes its token away.
_LONGEST: Final = timedelta(minutes=15)
# Megabytes for a child beside a run, which has its own: with SQLite's the catalog of a million stays near a gigabyte.
_MOST_MEMORY: Final = 400


@dataclass(frozen=True, slots=True)
class Freshness:
    """How a catalog stands to its roster; ``built_at`` is RFC 3339 in UTC, '' where there is none yet."""

    built_at: str
    is_current: bool
    is_being_made: bool

    @property
    def is_missing(self) -> bool:
        """Whether there is no catalog at all."""
        return not self.built_at


def freshness(connection: int) -> Freshness:
    """How the connection's catalog stands."""
    catalog = Catalog.objects.filter(connection_id=connection).first() or Catalog(connection_id=connection)
    begun = bool(catalog.started_at) and catalog.started_at > _instant(datetime.now(UTC) - _LONGEST)
    return Freshness(catalog.built_at, catalog.version == _versions().get(connection, 0), begun)


def are_current(connections: Collection[int]) -> bool:
    """Whether the catalogs are of the present rosters: else what is not found in them may yet come.

    A connection without a roster has none and needs none.
    """
    versions = _versions()
    known = Catalog.objects.filter(connection_id__in=[each for each in connections if each in versions])
    stands = dict(known.values_list("connection_id", "version"))
    return all(stands.get(each) == versions[each] for each in connections if each in versions)


def behind() -> list[int]:
    """The connections whose catalog is to be made and is not being made: for the worker to go through.

    While a run holds a connection its roster is about to change, and the machine has enough to do.
    """
    versions = _versions(only="holder = ''")
    return [
        number
        for number in Connection.objects.order_by("id").values_list("id", flat=True)
        if number in versions and not (stands := freshness(number)).is_current and not stands.is_being_made
    ]


def refresh(connection: int, *, on_progress: Follow = lambda _: None) -> Result:
    """Bring the connection's catalog and data health up to its roster, in a child process."""
    Catalog.objects.get_or_create(connection_id=connection)
    # Said before the child has begun, so that nobody else begins meanwhile.
    mine = Catalog.objects.filter(connection_id=connection)
    mine.update(started_at=_instant(datetime.now(UTC)))
    result = carry_out(Action.CATALOG, connection, on_progress=on_progress)
    if result.code:
        mine.update(started_at="")
    return result


def carry_out(action: Action, connection: int, *, person: str = "", on_progress: Follow = lambda _: None) -> Result:
    """Let a child process read a connection's roster; it needs neither the lease nor the source."""
    now = datetime.now(UTC)
    job = Job(
        action=action,
        now=_instant(now),
        today=now.astimezone().date().isoformat(),
        scratch=str(settings.ROSTER_SCRATCH / secrets.token_hex(8)),
        connection=connection,
        database=settings.ROSTER_DATABASE_URL,
        artifacts=str(settings.ROSTER_ARTIFACTS),
        memory_limit=memory_limit(settings.ROSTER_MEMORY_LIMIT, most=_MOST_MEMORY),
        threads=settings.ROSTER_THREADS,
    )
    return launch(msgspec.structs.replace(job, person=person), on_progress=on_progress, log=settings.ROSTER_JOB_LOG)


def memory_limit(of_run: str, *, most: int) -> str:
    """The limit of a run, or ``most`` megabytes where that is less: for a child that works beside one."""
    number, unit = re.findall(r"\d+|\D+", of_run)
    megabytes = int(number) * (1000 if unit.startswith("G") else 1)
    return of_run if megabytes < most else f"{most}MB"


def _versions(only: str = "true") -> dict[int, int]:
    # Runs are a room above this one; their table is named in the store's schema for all to read.
    with database.cursor() as cursor:
        cursor.execute(f"SELECT connection_id, version FROM {STATES} WHERE version > 0 AND {only}")
        return dict(cursor.fetchall())


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
