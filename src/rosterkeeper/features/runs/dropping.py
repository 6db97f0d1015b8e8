"""A watched folder: each complete zip is synced once, in order of time, and moved where its run's outcome belongs.

done      the run applied it, or found nothing to change
held      the change waits: `approve` or `discard` the run; the file is kept for whoever must look
refused   the zip cannot be used; the report beside it says why

Where it was not the zip that was at fault (a database that is away, a full disk, a run that was stopped), the file
stays in ``working`` and the next round takes it up again.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.specs import spec_of
from rosterkeeper.features.runs import recover, workflow
from rosterkeeper.features.runs.drop import DONE, HELD, REFUSED, WORKING, Drop, Note, Taken
from rosterkeeper.features.runs.lease import folder_taken
from rosterkeeper.features.runs.models import Run
from rosterkeeper.features.runs.telling import report_of, told_run
from rosterkeeper.job.launch import Follow
from rosterkeeper.job.words import Action, Result
from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError
from rosterkeeper.oneroster.findings import FAMILIES
from rosterkeeper.sources.csvzip.folder import SETTLE_SECONDS, complete, dropped
from rosterkeeper.sources.spec import CsvSpec

# Failures that are the zip's own: it is not a package, cannot be read, or nothing of it is of use.
_OWN_CODES: Final = ("source.file_unreadable", "run.nothing_usable")


@dataclass(frozen=True, slots=True)
class Passed:
    """One zip of a round: the name it came under, its run (0: none), what that came to, and where the file is now."""

    name: str
    run: int
    result: Result
    path: Path

    @property
    def place(self) -> str:
        """The word for where the file is: done, held, refused or working."""
        return self.path.parent.name


def folder_of(connection: Connection) -> Path | None:
    """The folder that the connection's zips are put into; None where it is a connection of another kind."""
    spec = spec_of(connection)
    path = Path(spec.path) if isinstance(spec, CsvSpec) else None
    return path if path is not None and path.is_dir() else None


def require_folder(connection: Connection) -> Path:
    """The same; SettingsError where there is none."""
    folder = folder_of(connection)
    if folder is None:
        raise SettingsError(
            "drop.no_folder",
            f"The connection {connection.name} has no folder to watch.",
            todo="Give it one: rosterkeeper connection add NAME --kind csv --path FOLDER. It must be there.",
        )
    return folder


def take_up(
    connection: Connection,
    wish: workflow.Wish,
    *,
    settle: float,
    on_progress: Follow,
    clock: Callable[[], float] = time.time,
    order: int = 0,
) -> Iterator[Passed]:
    """One round: what was left in the middle, then every complete zip in order of time; each told when it has passed.

    RunRefused ``run.busy`` where another process is at it, SourceFailed ``drop.folder`` where the folder is no use.
    """
    drop = Drop(require_folder(connection))
    # Before a zip is moved: it would lie in ``working`` until the refusal is settled.
    workflow.check_pull(connection, wish)
    with folder_taken(connection.pk):
        recover.recover()
        for taken in drop.left():
            passed = _recovered(connection, drop, taken) or _run(connection, drop, taken, wish, on_progress, order)
            yield passed
            if passed.place == WORKING:
                return
        for file in complete(dropped(require_folder(connection)), now=clock(), settle=settle):
            passed = _run(connection, drop, drop.take(file), wish, on_progress, order)
            yield passed
            if passed.place == WORKING:
                return


def take_all(connection: Connection, wish: workflow.Wish, *, on_progress: Follow, order: int) -> workflow.Ended:
    """A round for an order; what the last zip's run came to, and nothing changed where no zip is there in full."""
    last = workflow.Ended(0, Result(outcome=Outcome.UNCHANGED, what="No complete zip waits in the folder."))
    for passed in take_up(connection, wish, settle=SETTLE_SECONDS, on_progress=on_progress, order=order):
        last = workflow.Ended(passed.run, passed.result)
    return last


def has_work(connection: Connection) -> bool:
    """Whether a zip waits in the connection's folder, in full; False where it has none or it cannot be read."""
    try:
        folder = folder_of(connection)
        return folder is not None and bool(complete(dropped(folder), now=time.time()))
    except RosterkeeperError:
        return False


def _run(
    connection: Connection, drop: Drop, taken: Taken, wish: workflow.Wish, on_progress: Follow, order: int
) -> Passed:
    last = Run.objects.filter(connection_id=connection.pk).order_by("-id").values_list("id", flat=True).first()
    drop.begin(taken, Note(after=last or 0))
    ended = workflow.sync(connection, replace(wish, package=str(taken.path)), on_progress=on_progress, order=order)
    return _moved(connection, drop, taken, ended.run, ended.result)


def _recovered(connection: Connection, drop: Drop, taken: Taken) -> Passed | None:
    """End what a process that died had run already; None where its run did not come to anything.

    All runs of a watched folder go through here, so the first after the note is the file's.
    """
    note = taken.note
    if note is None:
        return None
    later = Run.objects.filter(connection_id=connection.pk, action=Action.SYNC, id__gt=note.after)
    run = later.order_by("id").first()
    if run is None or not run.outcome:
        return None
    result = told_run(run)
    return _moved(connection, drop, taken, run.pk, result) if _place(result) != WORKING else None


def _moved(connection: Connection, drop: Drop, taken: Taken, run: int, result: Result) -> Passed:
    place = _place(result)
    path = taken.path
    if place != WORKING:
        path = drop.end(taken, place, run, report_of(connection, taken.name, run, result))
    return Passed(taken.name, run, result, path)


def _place(result: Result) -> str:
    if result.outcome == Outcome.HELD:
        return HELD
    if result.outcome == Outcome.INTERRUPTED:
        return WORKING
    if result.outcome == Outcome.FAILED:
        own = result.code.split(".")[0] in FAMILIES or result.code in _OWN_CODES
        return REFUSED if own else WORKING
    return DONE
