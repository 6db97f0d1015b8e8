"""Whether this process lives and whether it can do its work, for whatever watches it: `/healthz` and `/readyz`.

They are answered before anything else looks at the request: a watcher comes by address and not by name, has no session,
and must be answered while the database is away. They tell nothing about the district.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

from django.db import DatabaseError, close_old_connections, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone

from rosterkeeper.features.runs import heartbeat

_READY: Final = 200
_NOT_READY: Final = 503


class HealthMiddleware:
    """Answers `/healthz` and `/readyz`; every other request goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/healthz":
            return JsonResponse({"alive": True}, headers={"Cache-Control": "no-store"})
        if request.path == "/readyz":
            parts = readiness()
            status = _READY if all(parts.values()) else _NOT_READY
            return JsonResponse(
                {"ready": status == _READY, **parts}, status=status, headers={"Cache-Control": "no-store"}
            )
        return self._get_response(request)


def readiness() -> dict[str, bool]:
    """What the pages need: the database, its tables as this version has them, and a worker that was seen just now."""
    parts = {"database": False, "migrations": False, "worker": False}
    close_old_connections()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        parts["database"] = True
        parts["migrations"] = _known() == _known() & {*MigrationRecorder(connection).applied_migrations()}
        parts["worker"] = parts["migrations"] and heartbeat.alive(timezone.now()) > 0
    except (DatabaseError, OSError):
        return parts
    finally:
        close_old_connections()
    return parts


@cache
def _known() -> frozenset[tuple[str, str]]:
    """The migrations of this version, which cannot change while the process runs."""
    return frozenset(MigrationLoader(None).graph.nodes)
