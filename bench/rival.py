"""The same server pulled into PostgreSQL by us and by dlt, in the same run."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.ground import PRODUCT, District, Ground
from bench.large import synced
from bench.measure import Failed, Measured, run
from bench.report import Figure, Report

DLT = "dlt[postgres]==1.31.0"
# Gives 151,000 records in the collections that both pull.
DISTRICT = District(14_340)
PAGE = 10_000
FIRST_TIMES, UNCHANGED_TIMES = 3, 5
_START_SECONDS = 30


def measure(ground: Ground, report: Report) -> None:
    """First and second pull by each; the figures are how many times faster ours is."""
    python = _environment(ground.folder)
    with served(ground.package(DISTRICT)) as url:
        connection = ("--kind", "oneroster", "--url", url, "--auth", "bearer", "--version", "1.1")
        with ground.installation("postgresql", connection) as installation:
            ours = [synced(installation, outcome) for outcome in ("applied", "unchanged")]
        with ground.database("postgresql") as address:
            theirs, rows = _by_dlt(python, url, address, ground.work / "dlt")
    report.add(Figure("records pulled over REST", rows, "records"))
    for what, our, their, target in zip(
        ("first", "unchanged"), ours, theirs, (FIRST_TIMES, UNCHANGED_TIMES), strict=True
    ):
        note = f"{our.words}; against {their.words}"
        report.add(
            Figure(f"against dlt, {what}", their.seconds / our.seconds, "× faster", target, at_least=True, note=note)
        )


def _environment(folder: Path) -> Path:
    """The Python of an environment with dlt in it, made once."""
    home = folder / f"environment-{DLT}-compiled"
    python = home / "bin" / "python"
    if not python.exists():
        print("   installing dlt into an environment of its own", flush=True)
        uv = str(Path(sys.executable).with_name("uv"))
        run([uv, "venv", "--quiet", "--python", sys.executable, str(home)])
        # Compiled, as ours is.
        run([uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), DLT])
    return python


def _by_dlt(python: Path, url: str, address: str, folder: Path) -> tuple[list[Measured], int]:
    # dlt wants a host and a password in the address; the driver takes the socket that follows.
    address = address.replace("postgres:@/", "postgres:none@localhost/")
    command = [str(python), str(Path(__file__).with_name("dlt_load.py")), f"{url}/ims/oneroster/v1p1/"]
    taken, rows = [], 0
    for _ in range(2):
        took = run([*command, "sample-secret", address, str(folder), "--page", str(PAGE)])
        rows = json.loads(took.output.strip().splitlines()[-1])["rows"]
        taken.append(took)
    return taken, rows


@contextlib.contextmanager
def served(package: Path, *options: str) -> Iterator[str]:
    """The root address of a sample server over the package, in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ("sample-server", str(package), "--port", str(port), "--version", "1.1", "--auth", "bearer", *options)
    server = subprocess.Popen([str(PRODUCT), *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        until = time.monotonic() + _START_SECONDS
        while not _answers(port):
            if server.poll() is not None or time.monotonic() > until:
                raise Failed(f"the sample server did not start: {server.stderr.read() if server.stderr else ''}")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
