"""A district's first weeks: taken over, changed on its second day, and then held, for half of the students are gone."""

import shutil
from pathlib import Path

from rosterkeeper.engine.options import Options
from rosterkeeper.features.connections import workflow as connections
from rosterkeeper.features.connections.choosing import choose
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs import workflow
from rosterkeeper.features.runs.models import Run
from rosterkeeper.job.words import Progress
from rosterkeeper.sources.spec import CsvSpec

FIRST, SECOND, HELD = 1, 2, 3


def unheard(_: Progress) -> None:
    """Nobody follows the runs of these tests."""


def connect(package: Path, first: Path) -> Connection:
    """The connection `north` to ``package``, which holds the first day; everything of it is taken over."""
    shutil.copyfile(first, package)
    made = connections.add("north", CsvSpec(path=str(package)))
    choose(made, Options(parents=True, all_parents=True, demographics=True))
    return made


def pull(connection: Connection, package: Path, today: Path) -> Run:
    """A sync of what the source has today."""
    shutil.copyfile(today, package)
    return workflow.find(workflow.sync(connection, on_progress=unheard).run)
