"""Two days of a small district as a run plans them: what DuckDB has read of the questions, a forked process knows.

Nothing is bound or carried out by that: each process that is forked has a scratch database of its own.
"""

import tempfile
from pathlib import Path
from typing import Final

from rosterkeeper.engine.guard_limits import Limits
from rosterkeeper.engine.live import EmptyRoster, LiveRoster
from rosterkeeper.engine.options import Options, Selection
from rosterkeeper.engine.run import Stopwatch, Terms, plan
from rosterkeeper.sample import write_sample
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.registry import open_source
from rosterkeeper.sources.spec import CsvSpec
from tests.unit.engine.tables import TODAY, KeptRoster, Quiet, applied

_USERS: Final = 40
_SEED: Final = 3


def rehearse() -> None:
    """Plan a first day, and a second as a change of it."""
    with tempfile.TemporaryDirectory(prefix="rk-rehearsal-") as folder:
        live: LiveRoster = EmptyRoster()
        for day in (1, 2):
            package = Path(folder) / f"{day}.zip"
            write_sample(package, users=_USERS, seed=_SEED, day=day, version="1.2")
            live = _planned(package, live)


def _planned(package: Path, live: LiveRoster) -> KeptRoster:
    selection = Selection(options=Options(parents=True, all_parents=True, demographics=True))
    terms = Terms(limits=Limits(), today=TODAY, selection=selection)
    with Scratch(package.with_suffix(".scratch"), threads=1) as scratch:
        source = open_source(CsvSpec(path=str(package)))
        plan(source, live, scratch, terms=terms, watch=Quiet(), stopwatch=Stopwatch())
        return applied(scratch)
