"""A large district from CSV: first load, an unchanged day and a changed day, against the floors."""

import shutil
from collections.abc import Collection

from bench import console, pages, people, resync, scim, signin
from bench.ground import District, Ground, Installation
from bench.measure import Failed, Measured
from bench.report import Figure, Report

FIRST_LOAD = {"sqlite": 1.6, "postgresql": 2.0}
UNCHANGED = 2.5
NEXT_DAY_SECONDS = 45
PEAK_GIB = 3
# What the limits of the small district are.
SMALL = District(40_000, 5.23)
SMALL_FIRST_SECONDS, SMALL_UNCHANGED_SECONDS = 5, 3


class Floors:
    """The floors of one package, each measured when it is first asked for."""

    def __init__(self, ground: Ground, district: District, report: Report) -> None:
        self._ground = ground
        self._package = ground.package(district)
        self._report = report
        self._known: dict[str, float] = {}

    def seconds(self, what: str, kind: str = "") -> float:
        """A floor: inflate, parse, or ingest into a kind of database."""
        name = f"{what} {kind}".strip()
        if name not in self._known:
            figures = self._ground.floor(what, self._package, kind or "sqlite")
            self._known[name] = figures["seconds"]
            note = f"{figures['rows'] / figures['seconds']:,.0f} rows/s" if "rows" in figures else ""
            self._report.add(Figure(f"floor: {name}", figures["seconds"], "s", note=note))
        return self._known[name]

    @property
    def read(self) -> float:
        """Inflate and parse."""
        return self.seconds("inflate") + self.seconds("parse")

    def load(self, kind: str) -> float:
        """Everything a first load cannot do without."""
        return self.read + self.seconds("ingest", kind)


def measure(ground: Ground, report: Report, users: int, kinds: Collection[str], parts: Collection[str]) -> None:
    """Measure the wanted parts (floors, first-load, unchanged, pages, people, next-day) on each kind of database."""
    district = District(users)
    floors = Floors(ground, district, report)
    for kind in kinds:
        if "floors" in parts or "first-load" in parts:
            floors.load(kind)
    if not {"first-load", "unchanged", "next-day", "pages", "people", "console"} & set(parts):
        return
    for kind in kinds:
        with ground.installation(kind) as installation:
            _days(ground, report, floors, installation, (district, kind, parts))


def _days(
    ground: Ground,
    report: Report,
    floors: Floors,
    installation: Installation,
    asked: tuple[District, str, Collection[str]],
) -> None:
    district, kind, parts = asked
    shutil.copy(ground.package(district), installation.package)
    first = synced(installation, "applied")
    if "first-load" in parts:
        ratio = first.seconds / floors.load(kind)
        note = f"{first.words}; floors {floors.load(kind):.1f} s"
        report.add(Figure(f"first load, {kind}", ratio, "× floors", FIRST_LOAD[kind], note=note))
        _peak(report, f"first load, {kind}", first)
    if "unchanged" in parts:
        # The same bytes are known without reading them twice; what reading them costs is told beside it.
        for what, full in (("unchanged day", False), ("unchanged day, every row compared", True)):
            took = synced(installation, "unchanged", full=full)
            note = f"{took.words}; inflate + parse {floors.read:.1f} s"
            report.add(Figure(f"{what}, {kind}", took.seconds / floors.read, "× floors", UNCHANGED, note=note))
            _peak(report, f"{what}, {kind}", took)
    if "pages" in parts:
        pages.measure(report, installation, kind)
    if "people" in parts:
        people.measure(report, installation, kind)
    if "console" in parts:
        console.measure(report, installation, kind)
    if {"next-day", "pages", "people"} & set(parts):
        shutil.copy(ground.package(district, day=2), installation.package)
        took = synced(installation, "applied")
        report.add(
            Figure(f"next day, 5 % of users touched, {kind}", took.seconds, "s", NEXT_DAY_SECONDS, note=took.words)
        )
        _peak(report, f"next day, {kind}", took)
    if "people" in parts:
        people.measure_next_day(report, installation, kind)
        resync.measure(report, installation, kind)
        signin.measure(report, installation, kind)
        scim.measure(report, installation, kind)
    if "pages" in parts:
        pages.measure_refresh(report, installation, kind)
        pages.measure_idle(report, installation, kind)


def measure_small(ground: Ground, report: Report, kinds: Collection[str]) -> None:
    """A usual district: 40,000 users with 185,000 enrollments."""
    for kind in kinds:
        with ground.installation(kind) as installation:
            shutil.copy(ground.package(SMALL), installation.package)
            first, again = synced(installation, "applied"), synced(installation, "unchanged", full=True)
        report.add(
            Figure(f"40,000 users, first load, {kind}", first.seconds, "s", SMALL_FIRST_SECONDS, note=first.words)
        )
        report.add(
            Figure(
                f"40,000 users, unchanged, every row compared, {kind}",
                again.seconds,
                "s",
                SMALL_UNCHANGED_SECONDS,
                note=again.words,
            )
        )


def synced(installation: Installation, outcome: str, *, full: bool = False) -> Measured:
    """A sync that must come to the outcome; anything else would make the figure meaningless."""
    took, came_to = installation.sync(full=full)
    if came_to != outcome:
        raise Failed(f"the sync came to {came_to}, not to {outcome}")
    return took


def _peak(report: Report, what: str, took: Measured) -> None:
    if took.peak_bytes:
        report.add(Figure(f"peak memory, {what}", took.peak_bytes / 2**30, "GiB", PEAK_GIB, note="all processes"))
