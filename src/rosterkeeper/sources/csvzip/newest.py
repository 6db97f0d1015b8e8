"""A folder as a source: the newest complete zip in it."""

import os
from pathlib import Path

from rosterkeeper.oneroster.errors import SourceFailed
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Fetched, Probe, Watch
from rosterkeeper.sources.csvzip.folder import complete, dropped, nothing_there, unreadable
from rosterkeeper.sources.csvzip.source import CsvZip


class CsvFolder:
    """The newest complete zip of a folder, as a source that leaves it where it is: for a preview and a test."""

    def __init__(self, folder: Path, *, now: float) -> None:
        self._folder = folder
        self._now = now
        self._newest: CsvZip | None = None

    def digest(self, scratch: Scratch, watch: Watch, known: str = "") -> str:
        """As the zip's."""
        return self._open().digest(scratch, watch, known)

    def fetch(self, scratch: Scratch, watch: Watch) -> Fetched:
        """As the zip's; SourceRefused ``drop.nothing`` where there is none."""
        return self._open().fetch(scratch, watch)

    def test(self) -> list[Probe]:
        """Look into the folder, and into the newest complete zip, if there is one."""
        try:
            files = dropped(self._folder)
        except SourceFailed as fault:
            return [Probe("folder", ok=False, code=fault.code, says=fault.what, todo=fault.todo)]
        if not os.access(self._folder, os.W_OK):
            closed = unreadable(PermissionError())
            return [Probe("folder", ok=False, code=closed.code, says=closed.what, todo=closed.todo)]
        ready = complete(files, now=self._now)
        probes = [Probe("folder", ok=True, says=f"It can be used; {len(ready)} of {len(files)} zips are complete.")]
        return probes + (CsvZip(ready[-1].path).test() if ready else [])

    def _open(self) -> CsvZip:
        if self._newest is None:
            ready = complete(dropped(self._folder), now=self._now)
            if not ready:
                raise nothing_there()
            self._newest = CsvZip(ready[-1].path)
        return self._newest
