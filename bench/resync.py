"""One person's groups made anew over a large district, for staff and students by turns.

Runs in a process of its own over the installation that the environment names, once its people were matched:
`python -m bench.resync 200`; prints JSON.
"""

import json
import sys
from typing import TYPE_CHECKING

from bench.ground import Installation
from bench.inside import Watch, enter
from bench.pages import make_catalog
from bench.report import Figure, Report

if TYPE_CHECKING:
    from rosterkeeper.features.people.models import Person

PEOPLE = 200
RESYNC_MILLISECONDS = 100
_KINDS = ("staff", "student")


def measure(report: Report, installation: Installation, kind: str, people: int = PEOPLE) -> None:
    """Resync so many people of each kind, over the catalog of the present roster."""
    make_catalog(installation)
    for each in installation.inside("bench.resync", str(people)):
        note = f"{each['many']:,}; worst {each['worst']:.0f} ms; {each['processor']:.0f} ms of processor"
        report.add(Figure(f"resync, {each['what']}, {kind}", each["median"], "ms", RESYNC_MILLISECONDS, note=note))


def main() -> int:
    """Resync people of each kind and print what each took."""
    many = int(sys.argv[1])
    enter()
    from rosterkeeper.features.groups.resync import resync  # noqa: PLC0415 -- models are not ready earlier

    groups = 0
    watches = [Watch(f"one {kind}") for kind in _KINDS]
    for kind, watch in zip(_KINDS, watches, strict=True):
        for person in _some(kind, many):
            with watch.running():
                done = resync(person)
            groups += done.groups
            if not done.is_current:
                raise SystemExit("the catalog is not of the present roster")
    if groups < many:
        raise SystemExit(f"there was too little to make anew: {groups} groups")
    print(json.dumps([each.told() for each in watches]))
    return 0


def _some(kind: str, many: int) -> "list[Person]":
    """People of the kind from all over the district."""
    from rosterkeeper.features.people.models import Person  # noqa: PLC0415

    numbers = Person.objects.filter(status="active", kind=kind).order_by("id").values_list("id", flat=True)
    step = max(1, numbers.count() // many)
    return list(Person.objects.filter(id__in=list(numbers[::step])[:many]))


if __name__ == "__main__":
    sys.exit(main())
