"""A directory of as many accounts as a large district has people: its CSV, and matching by four rules."""

import sys

from bench.ground import Installation
from bench.measure import Measured, run
from bench.report import Figure, Report

FIRST_SECONDS = 20
LISTING_SECONDS = 60
NEXT_DAY_SECONDS = 20
PEAK_GIB = 1.5


def measure(report: Report, installation: Installation, kind: str) -> None:
    """The directory's CSV, the first matching, which writes everybody, and one that finds nothing to write."""
    text = installation.package.with_name("directory.csv")
    run([sys.executable, "-m", "bench.directory", str(text)], installation.environment)
    for what in ("directory's CSV", "the same CSV again"):
        took = installation.command("people", "upload", str(text), "--district", "default", "--json")
        _add(report, f"{what}, {kind}", took, LISTING_SECONDS)
    _add(report, f"first matching, {kind}", _matched(installation), FIRST_SECONDS)
    _add(report, f"matching again, {kind}", _matched(installation), FIRST_SECONDS)


def measure_next_day(report: Report, installation: Installation, kind: str) -> None:
    """The matching after a day's changes, class groups included."""
    _add(report, f"next day's matching, {kind}", _matched(installation), NEXT_DAY_SECONDS)


def _matched(installation: Installation) -> Measured:
    return installation.command("people", "match", "--json")


def _add(report: Report, what: str, took: Measured, target: float) -> None:
    report.add(Figure(what, took.seconds, "s", target, note=took.words))
    if took.peak_bytes:
        report.add(Figure(f"peak memory, {what}", took.peak_bytes / 2**30, "GiB", PEAK_GIB, note="all processes"))
