"""Rewrites a file that the fast parser cannot take as it is: one line a record, each with its row number and all cells.

Short rows are filled up, blank cells beyond the header are cut off, line breaks inside cells become spaces, blank
lines go. A row with too many filled cells is kept out and told with its sourcedId; where that cannot be known the
file is refused, for the record would otherwise look as if the source had removed it.
"""

from itertools import islice
from pathlib import Path
from typing import Final

from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.sources.csvzip.headers import Layout
from rosterkeeper.sources.csvzip.records import Record, records, value
from rosterkeeper.sources.csvzip.report import Report
from rosterkeeper.sources.csvzip.text import TextFile

# How the second half of a text with a bare comma begins; its row's last, blank cell was then pushed out of place.
_AFTER_COMMA: Final = (b" ", b"\t")
# More than this is not a file with bad rows but a file whose header and rows do not belong together.
_MOST_UNREADABLE: Final = 10_000


def mend(text: TextFile, layout: Layout, target: Path, report: Report) -> int:
    """Write the mended copy to ``target`` and return its number of rows; SourceRefused where rows cannot be read."""
    commas = layout.width - 1
    rows = unreadable = blank = 0
    with text.path.open("rb") as source, target.open("wb") as out:
        for record in islice(records(source, text.file, report), 1, None):
            line: bytes | None = record.text
            last = record
            if record.is_quoted or record.text.count(b",") != commas:
                if record.is_blank:
                    blank = blank or record.row
                    continue
                line = _mended(record, layout, report)
            if blank:
                # Told only now: blank lines at the end stand between no rows.
                report.note(Finding("table.blank_line", text.file, blank, layout.entity.name))
                blank = 0
            if line is None:
                unreadable += 1
                if unreadable > _MOST_UNREADABLE:
                    raise _unreadable(layout, record.row, report)
                continue
            out.write(b"%d,%s\n" % (record.row, line))
            rows += 1
    if rows and not text.ended and not last.is_blank and len(last.cells()) < layout.width:
        raise report.refusal(
            Finding("table.cut_short", layout.file, last.row, layout.entity.name),
            f"{layout.file} ends in the middle of row {last.row}; it was cut short",
        )
    return rows


def _mended(record: Record, layout: Layout, report: Report) -> bytes | None:
    """The record with as many cells as the header; None where it has to be kept out."""
    if record.folded:
        report.note(Finding("table.line_break", layout.file, record.row, layout.entity.name))
    cells = record.cells()
    if len(cells) == layout.width:
        return record.text
    sourced_id = _sourced_id(cells, layout)
    if len(cells) < layout.width:
        if not sourced_id:
            raise _unreadable(layout, record.row, report)
        report.note(Finding("table.too_few_columns", layout.file, record.row, layout.entity.name, sourced_id))
        return record.text + b"," * (layout.width - len(cells))
    is_split = any(cell.startswith(_AFTER_COMMA) for cell in cells)
    if not is_split and not any(cell.strip(b' "\t') for cell in cells[layout.width :]):
        report.note(Finding("table.extra_blanks", layout.file, record.row, layout.entity.name, sourced_id))
        return b",".join(cells[: layout.width])
    # With a comma too many, only the first cell is sure to stand where the header says.
    if not sourced_id or layout.cells["sourced_id"] != 0:
        raise _unreadable(layout, record.row, report)
    report.note(Finding("table.too_many_columns", layout.file, record.row, layout.entity.name, sourced_id))
    return None


def _sourced_id(cells: list[bytes], layout: Layout) -> str:
    at = layout.cells["sourced_id"]
    return value(cells[at]) if at < len(cells) else ""


def _unreadable(layout: Layout, row: int, report: Report) -> Exception:
    return report.refusal(
        Finding("table.unreadable_row", layout.file, row, layout.entity.name),
        f"{layout.file} cannot be read from row {row} on: its cells do not fit its header",
    )
