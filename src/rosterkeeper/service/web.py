"""The web server: granian in a process of its own."""

from pathlib import Path
from typing import Final

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

# Seconds in which a process answers what it has begun, once it was told to stop.
_PATIENCE: Final = 5


def serve(
    *, host: str, port: int, processes: int, threads: int, cert: Path | None = None, key: Path | None = None
) -> None:
    """Serve the pages until told to stop."""
    Granian(
        "rosterkeeper.service.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=threads,
        websockets=False,
        # A server's process that misses its signal would keep the others waiting for ever.
        workers_kill_timeout=_PATIENCE,
        log_access=False,
        log_level=LogLevels.warning,
        ssl_cert=cert,
        ssl_key=key,
        respawn_failed_workers=True,
    ).serve()
