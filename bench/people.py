"""A directory of as many accounts as a large district has people: its CSV, and matching by four rules."""

import json
import sys

from bench.ground import Installation
from bench.measure import Measured, run
from bench.report import Figure, Report

FIRST_SECONDS = 20
LISTING_SECONDS = 60
GROUPS_SECONDS = 10
# The matching, and the groups of what has changed.
NEXT_DAY_SECONDS = FIRST_SECONDS + GROUPS_SECONDS
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
    """The matching after a day's changes with its class groups, and these alone, which are made beside the rest."""
    took = _matched(installation)
    _add(report, f"next day's matching and groups, {kind}", took, NEXT_DAY_SECONDS)
    (told,) = json.loads(took.output)["districts"]
    note = "read, made beside other steps, and written"
    report.add(Figure(f"next day's groups alone, {kind}", told["seconds"]["groups"], "s", GROUPS_SECONDS, note=note))


def _matched(installation: Installation) -> Measured:
    return installation.command("people", "match", "--json")


def _add(report: Report, what: str, took: Measured, target: float) -> None:
    report.add(Figure(what, took.seconds, "s", target, note=took.words))
    if took.peak_bytes:
        report.add(Figure(f"peak memory, {what}", took.peak_bytes / 2**30, "GiB", PEAK_GIB, note="all processes"))
