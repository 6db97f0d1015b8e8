"""Opens the source that a spec describes; the only place that knows every kind."""
# ruff: noqa: PLC0415 -- a source brings libraries of its own, which take longer to import than a small file to read

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rosterkeeper.sources.contract import Since, Source
from rosterkeeper.sources.spec import ClassLinkSpec, CsvSpec, OneRosterSpec, SourceSpec

if TYPE_CHECKING:
    from rosterkeeper.sources.oneroster.service import Setup


def open_source(spec: SourceSpec, *, allowed: Sequence[str] = (), since: Since | None = None) -> Source:
    """The source of the spec's kind, not yet read.

    ``allowed`` are hosts that the public internet does not have; ``since`` says what a server need not bring again.
    """
    match spec:
        case CsvSpec():
            return _open_csv(Path(spec.path))
        case ClassLinkSpec():
            from rosterkeeper.sources.classlink.source import ClassLinkServer

            return ClassLinkServer(spec, _setup(allowed, since))
        case OneRosterSpec():
            from rosterkeeper.sources.oneroster.source import OneRosterServer

            return OneRosterServer(spec, _setup(allowed, since))


def _open_csv(path: Path) -> Source:
    if path.is_dir():
        from rosterkeeper.sources.csvzip.newest import CsvFolder

        return CsvFolder(path, now=time.time())
    from rosterkeeper.sources.csvzip.source import CsvZip

    return CsvZip(path)


def _setup(allowed: Sequence[str], since: Since | None) -> "Setup":
    from rosterkeeper.sources.http.allowed import Allowed
    from rosterkeeper.sources.http.reach import Reach
    from rosterkeeper.sources.oneroster.service import Setup

    return Setup(reach=Reach(Allowed.of(allowed)), since=since or Since())
