"""Signs of life of workers, for pages and notices; whose work is taken over goes by locks, not by these.

Beside SQLite each worker touches a small file, for the roster's file is taken while a large apply commits; in
PostgreSQL it is a row a worker.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils import timezone

from rosterkeeper.features.runs.models import WorkerSeen

# Seconds between two signs.
EVERY: Final = 5.0
# Without a sign for so long, a worker counts as gone: /readyz and the pages say so within 30 s.
ALIVE: Final = timedelta(seconds=25)
_FORGOTTEN: Final = timedelta(days=7)


def beat(worker: str) -> None:
    """Say that the worker lives."""
    if settings.ROSTER_SQLITE_PATH is None:
        WorkerSeen.objects.update_or_create(name=worker, defaults={"seen_at": timezone.now()})
        WorkerSeen.objects.filter(seen_at__lt=timezone.now() - _FORGOTTEN).delete()
        return
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    (_folder() / f"{worker}.alive").touch()
    for path, seen in _files():
        if seen < timezone.now() - _FORGOTTEN:
            path.unlink(missing_ok=True)


def last_seen() -> datetime | None:
    """When any worker was last seen; None where none ever was."""
    seen = _seen()
    return max(seen) if seen else None


def alive(now: datetime) -> int:
    """How many workers were seen just now."""
    return sum(now - seen < ALIVE for seen in _seen())


def _seen() -> list[datetime]:
    if settings.ROSTER_SQLITE_PATH is None:
        return list(WorkerSeen.objects.values_list("seen_at", flat=True))
    return [seen for _, seen in _files()]


def _files() -> list[tuple[Path, datetime]]:
    found = []
    for path in _folder().glob("*.alive"):
        try:
            found.append((path, datetime.fromtimestamp(path.stat().st_mtime, UTC)))
        except FileNotFoundError:
            continue
    return found


def _folder() -> Path:
    path: Path = settings.ROSTER_PROGRESS
    return path / "workers"
