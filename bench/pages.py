"""The pages over a large district: the catalog that they look things up in, their server time, an idle service."""

import re
import sys
import time
from pathlib import Path

from bench.ground import Installation
from bench.measure import Failed, Measured, run, tree
from bench.report import Figure, Report
from bench.serving import served

PAGE_MILLISECONDS, SEARCH_MILLISECONDS = 100, 200
REFRESH_SECONDS = 60
IDLE_MIB = 350
CATALOG_GIB = 1
# Longer than the worker needs to find that nothing is to be done; before that it matches the people of the day.
_SETTLE_SECONDS, _BUSY_SECONDS = 20, 300
_ASKED = (sys.executable, "-m", "bench.asked")


def make_catalog(installation: Installation) -> Measured:
    """Bring the catalog up to the roster, as the worker does."""
    return run([*_ASKED, "catalog"], installation.environment)


def measure(report: Report, installation: Installation, kind: str) -> None:
    """The first catalog, then every page over it."""
    made = make_catalog(installation)
    report.add(Figure(f"first catalog, {kind}", made.seconds, "s", note=made.words))
    _peak(report, f"first catalog, {kind}", made.peak_bytes)
    for each in installation.inside("bench.asked"):
        limit = SEARCH_MILLISECONDS if each["is_search"] else PAGE_MILLISECONDS
        note = f"worst {each['worst']:.0f} ms; {each['processor']:.0f} ms of processor"
        report.add(Figure(f"page, {kind}: {each['what']}", each["median"], "ms", limit, note=note))


def measure_refresh(report: Report, installation: Installation, kind: str) -> None:
    """The catalog after a day's changes."""
    made = make_catalog(installation)
    report.add(Figure(f"next day's catalog, {kind}", made.seconds, "s", REFRESH_SECONDS, note=made.words))
    _peak(report, f"next day's catalog, {kind}", made.peak_bytes)


def measure_idle(report: Report, installation: Installation, kind: str) -> None:
    """The memory of all processes of `serve` while nothing is to be done; what they share is counted once."""
    if not Path("/proc/self/smaps_rollup").exists():
        return
    with served(installation) as (_, process):
        _settle(process)
        processes = tree(process)
        used = sum(map(_share, processes)) / 2**20
    report.add(
        Figure(f"memory of an idle service, {kind}", used, "MiB", IDLE_MIB, note=f"PSS of {len(processes)} processes")
    )


def _settle(service: int) -> None:
    """Wait until the service has had no job for a while."""
    since, until = time.monotonic(), time.monotonic() + _BUSY_SECONDS
    while time.monotonic() - since < _SETTLE_SECONDS:
        if time.monotonic() > until:
            raise Failed("the service does not come to rest")
        time.sleep(1)
        if any(map(_is_job, tree(service))):
            since = time.monotonic()


def _is_job(process: int) -> bool:
    try:
        return b"rosterkeeper.job" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def _peak(report: Report, what: str, peak_bytes: int) -> None:
    if peak_bytes:
        report.add(Figure(f"peak memory, {what}", peak_bytes / 2**30, "GiB", CATALOG_GIB, note="all processes"))


def _share(process: int) -> int:
    """A process's proportional share of memory in bytes; 0 where it has ended."""
    try:
        told = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", told, flags=re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
