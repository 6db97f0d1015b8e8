"""Data health as it is read: the numbers of a connection's last catalog, and how they went before."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Max, Sum

from rosterkeeper.features.roster.models import Health
from rosterkeeper.features.roster.scope import Scope

# What is amiss with people, with classes, and between records; in the order in which pages show it.
OF_PEOPLE: Final = (
    "students_without_class",
    "teachers_without_class",
    "people_without_school",
    "people_without_email",
    "people_sharing_email",
)
OF_CLASSES: Final = ("classes_without_teacher", "classes_without_student")
OF_LINKS: Final = ("orphan_enrollments", "orphan_roles")
ISSUES: Final = (*OF_PEOPLE, *OF_CLASSES, *OF_LINKS)
TOTALS: Final = ("schools", "people", "students", "teachers", "classes", "enrollments")
# State versions that a trend shows.
_KEPT: Final = 60


@dataclass(frozen=True, slots=True)
class Trend:
    """One measure: its number now, and (state version, RFC 3339 time, number), the oldest first."""

    measure: str
    number: int
    points: list[tuple[int, str, int]] = field(default_factory=list)


def health(scope: Scope, connection: int) -> list[Trend]:
    """The measures of what is amiss, zero ones too; without a catalog there are none.

    A reader of single schools gets the sums over those (somebody of two counts twice), and no trend.
    """
    version = _last(connection)
    if version is None:
        return []
    mine = scope.of(connection)
    rows = Health.objects.filter(connection_id=connection)
    if mine is not None:
        return _of_schools(connection, version, mine)
    versions = rows.filter(school="").order_by("-version").values_list("version", flat=True).distinct()[:_KEPT]
    points: dict[str, list[tuple[int, str, int]]] = {}
    times: dict[int, str] = {}
    for at, measure, taken, number in (
        rows.filter(school="", version__in=list(versions))
        .order_by("version")
        .values_list("version", "measure", "taken_at", "number")
    ):
        points.setdefault(measure, []).append((at, taken, number))
        times[at] = taken
    return [_trend(measure, points.get(measure, []), times, version) for measure in ISSUES]


def totals(connection: int) -> dict[str, int]:
    """How many live records there are of each kind that is counted: for who sees all schools."""
    rows = Health.objects.filter(
        connection_id=connection, version=_last(connection) or 0, school="", measure__in=TOTALS
    )
    found = dict(rows.values_list("measure", "number"))
    return {measure: found[measure] for measure in TOTALS if measure in found}


def by_school(scope: Scope, connection: int) -> dict[str, dict[str, int]]:
    """The measures of each school in sight that has any, by the school's id."""
    rows = Health.objects.filter(connection_id=connection, version=_last(connection) or 0).exclude(school="")
    mine = scope.of(connection)
    found: dict[str, dict[str, int]] = {}
    for school, measure, number in rows.values_list("school", "measure", "number"):
        if mine is None or school in mine:
            found.setdefault(school, {})[measure] = number
    return found


def _last(connection: int) -> int | None:
    last: int | None = Health.objects.filter(connection_id=connection).aggregate(last=Max("version"))["last"]
    return last


def _of_schools(connection: int, version: int, schools: Iterable[str]) -> list[Trend]:
    rows = Health.objects.filter(connection_id=connection, version=version, school__in=list(schools))
    found = dict(rows.values_list("measure").annotate(number=Sum("number")))
    return [Trend(measure, found.get(measure, 0)) for measure in (*OF_PEOPLE, *OF_CLASSES)]


def _trend(measure: str, told: list[tuple[int, str, int]], times: dict[int, str], last: int) -> Trend:
    """A version of which a measure says nothing had none of it."""
    said = {version: number for version, _, number in told}
    points = [(version, taken, said.get(version, 0)) for version, taken in sorted(times.items())]
    return Trend(measure, said.get(last, 0), points)
