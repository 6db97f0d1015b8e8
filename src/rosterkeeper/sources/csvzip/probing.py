"""The connection test of a zip: each file read to its last byte, its header matched, and nothing written (N38)."""

import io

from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.sources.contract import Probe
from rosterkeeper.sources.csvzip.archive import Archive
from rosterkeeper.sources.csvzip.headers import read_layout
from rosterkeeper.sources.csvzip.package import Package, Table
from rosterkeeper.sources.csvzip.records import records
from rosterkeeper.sources.csvzip.report import Report
from rosterkeeper.sources.csvzip.unpack import count_rows, head


def file_probes(archive: Archive, package: Package) -> list[Probe]:
    """One probe for each rostering file of the package."""
    return [_probe(archive, package.version, table) for table in package.tables]


def _probe(archive: Archive, version: str, table: Table) -> Probe:
    report, file = Report(), table.entry.name
    try:
        first = next(records(io.BytesIO(head(archive, table.entry, report)), file, report), None)
        layout = read_layout(first, table.entity, file, version, report)
        rows = count_rows(archive, table.entry, report, lambda _: None).rows
    except RosterkeeperError as fault:
        return Probe(file, ok=False, code=fault.code, says=fault.what, todo=fault.todo)
    known = sum(version in field.versions for field in table.entity.fields)
    columns = f"columns of the standard: {len(layout.cells)} of {known}"
    return Probe(file, ok=True, says=f"{table.mode}, rows: {rows}, {columns}")
