"""Opens the source that a spec describes; the only place that knows every kind."""
# ruff: noqa: PLC0415 -- a source brings libraries of its own, which take longer to import than a small file to read

from pathlib import Path

from rosterkeeper.sources.contract import Source
from rosterkeeper.sources.spec import CsvSpec, SourceSpec


def open_source(spec: SourceSpec) -> Source:
    """The source of the spec's kind, not yet read."""
    match spec:
        case CsvSpec():
            from rosterkeeper.sources.csvzip.source import CsvZip

            return CsvZip(Path(spec.path))
        case _:
            from rosterkeeper.sources.oneroster.source import OneRosterServer

            return OneRosterServer(spec)
