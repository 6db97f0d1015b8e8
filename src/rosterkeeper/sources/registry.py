"""Opens the source that a spec describes; the only place that knows every kind."""

from pathlib import Path

from rosterkeeper.sources.contract import Source
from rosterkeeper.sources.csvzip.source import CsvZip
from rosterkeeper.sources.oneroster.source import OneRosterServer
from rosterkeeper.sources.spec import CsvSpec, SourceSpec


def open_source(spec: SourceSpec) -> Source:
    """The source of the spec's kind, not yet read."""
    match spec:
        case CsvSpec():
            return CsvZip(Path(spec.path))
        case _:
            return OneRosterServer(spec)
