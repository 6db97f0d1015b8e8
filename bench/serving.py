"""The service over an installation, on a free port of this machine, for as long as something is measured of it."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.ground import PRODUCT, Installation
from bench.measure import Failed

_START_SECONDS = 60


@contextmanager
def served(installation: Installation, *, processes: int = 1) -> Iterator[tuple[int, int]]:
    """Serve the installation by so many web processes; the port and the process id. Failed where it does not start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [str(PRODUCT), "serve", "--port", str(port), "--processes", str(processes)],
        env={**os.environ, **installation.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + _START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise Failed("the service did not start")
            time.sleep(0.2)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
