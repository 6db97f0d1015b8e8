"""Lands one checked text file in its raw table.

The fast way is one parse by DuckDB. It is taken as right only when it gives exactly one row for every line that was
counted while the file was unpacked; otherwise the file is mended first (see `mend`), which is slower and exact.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rosterkeeper.oneroster.fields import Entity
from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.scratch import Scratch, ScratchFault, quoted
from rosterkeeper.sources.contract import Mode, create_raw, raw_fields, raw_table
from rosterkeeper.sources.csvzip.headers import Layout
from rosterkeeper.sources.csvzip.mend import mend
from rosterkeeper.sources.csvzip.records import LONGEST_RECORD, lines, stray_quote, well_quoted
from rosterkeeper.sources.csvzip.report import Report
from rosterkeeper.sources.csvzip.text import TextFile

_FILLED: Final = "password_filled"
# What stands for the row's number, until it is known, in a row that is as wide as the header and in one that is not.
_FIT: Final = 0
_ODD: Final = -1
# Stands for a cell that is not there, so that it is told from a blank one; no real cell is this control character.
_NO_CELL: Final = "chr(1)"
# What DuckDB says when the machine, not the file, is the reason.
_MACHINE_FAULTS: Final = ("OutOfMemoryException", "IOException", "FatalException", "InternalException")


def land(scratch: Scratch, text: TextFile, layout: Layout, report: Report) -> int:
    """Fill the entity's raw table and return its rows; SourceRefused where the file cannot be read whole."""
    rows = text.lines - 1
    if _parsed(scratch, text.path, layout) == rows:
        # One row a line, in the file's order: the row's number is its line, the header's being 1.
        scratch.run(f"UPDATE {raw_table(layout.entity)} SET row = rowid + 2")
        if text.quoted:
            _check_quotes(scratch, text, layout, report)
    else:
        rows = _land_mended(scratch, text, layout, report)
    _tell_passwords(scratch, layout, report)
    return rows


def _land_mended(scratch: Scratch, text: TextFile, layout: Layout, report: Report) -> int:
    target = text.path.with_suffix(".mended")
    try:
        rows = mend(text, layout, target, report)
        landed = _parsed(scratch, target, layout, mended=True)
    finally:
        target.unlink(missing_ok=True)
    if landed != rows:
        raise report.refusal(
            Finding("table.unreadable_row", text.file, 0, layout.entity.name),
            f"{text.file} holds {rows} rows, and not all of them can be read",
        )
    return rows


def check_mode(scratch: Scratch, entity: Entity, file: str, mode: Mode, report: Report) -> None:
    """Tell when the rows contradict the manifest's mode; the mode stays what the manifest says."""
    table = raw_table(entity)
    # Most are blank, and trimming costs more than looking.
    filled = "status <> '' AND trim(status) <> ''"
    if mode is Mode.BULK and scratch.count(f"SELECT count(*) FROM {table} WHERE {filled}"):
        report.note(Finding("manifest.bulk_with_status", file, 0, entity.name, field="status"))
    if mode is Mode.DELTA and scratch.count(f"SELECT count(*) FROM {table} WHERE ({filled}) IS NOT TRUE"):
        report.note(Finding("manifest.delta_without_status", file, 0, entity.name, field="status"))


def _parsed(scratch: Scratch, path: Path, layout: Layout, *, mended: bool = False) -> int:
    """Make the raw table and parse the file into it; its rows, or -1 unless each is as wide as the header."""
    table = raw_table(layout.entity)
    scratch.run(f"DROP TABLE IF EXISTS {table}")
    create_raw(scratch, layout.entity)
    if layout.passwords:
        scratch.run(f"ALTER TABLE {table} ADD COLUMN {_FILLED} BOOLEAN")
    cells = [f"c{at}" for at in range(layout.width)]
    # One column more than the header: in a row of the right width, that one alone is NULL.
    names = ["row", *cells] if mended else [*cells, "beyond"]
    row = "row::BIGINT" if mended else f"if(beyond IS NOT NULL OR {cells[-1]} IS NULL, {_ODD}, {_FIT})"
    form = "header = false" if mended else f"header = true, null_padding = true, nullstr = {_NO_CELL}"
    # A mended row carries its number, and the commas that it lacked.
    longest = LONGEST_RECORD * 2 if mended else LONGEST_RECORD
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    try:
        scratch.run(
            f"""
            INSERT INTO {table} SELECT {row}, {", ".join(_cells(layout))}
            FROM read_csv(?, auto_detect = false, columns = {{{columns}}}, {form}, delim = ',',
                quote = '"', escape = '"', strict_mode = true, ignore_errors = true, max_line_size = {longest})
            """,
            [str(path)],
        )
    except ScratchFault as fault:
        if fault.kind in _MACHINE_FAULTS:
            raise
        return -1
    if scratch.count(f"SELECT count(*) FROM {table} WHERE row = {_ODD}"):
        return -1
    return scratch.count(f"SELECT count(*) FROM {table}")


def _cells(layout: Layout) -> Iterable[str]:
    """The SQL of each raw column behind ``row``, in the raw table's order, and of the passwords' flag."""
    for field in raw_fields(layout.entity):
        at = layout.cells.get(field.column)
        cell = "NULL" if at is None else f"c{at}"
        yield _list(cell) if field.is_list and at is not None else cell
    yield _metadata(layout)
    if layout.passwords:
        yield " OR ".join(f"coalesce(trim(c{at}) <> '', false)" for at in layout.passwords)


def _list(cell: str) -> str:
    items = f"list_filter(list_transform(string_split({cell}, ','), lambda item: trim(item)), lambda item: item <> '')"
    # Most lists are blank or of one item, and taking those apart costs the most of the whole parse.
    return (
        f"CASE WHEN {cell} IS NULL OR trim({cell}) = '' THEN ''"
        f" WHEN NOT contains({cell}, ',') THEN '[' || to_json(trim({cell}))::VARCHAR || ']'"
        f" ELSE to_json({items})::VARCHAR END"
    )


def _metadata(layout: Layout) -> str:
    if not layout.metadata:
        return "''"
    pairs = ", ".join(
        f"'{key.replace(chr(39), chr(39) * 2)}', nullif(trim(c{at}), '')" for key, at in layout.metadata.items()
    )
    # Merging into {} leaves out the keys that have no value.
    return f"nullif(json_merge_patch('{{}}', json_object({pairs}))::VARCHAR, '{{}}')"


def _check_quotes(scratch: Scratch, text: TextFile, layout: Layout, report: Report) -> None:
    """DuckDB reads a stray quote as text. Only rows whose cells hold a quote can have one: look at those as written."""
    columns = [field for field in raw_fields(layout.entity) if field.column in layout.cells]
    marks = [f"contains({quoted(field.column)}, '{_mark(json=field.is_list)}')" for field in columns]
    if layout.metadata:
        marks.append(f"contains(metadata, '{_mark(json=True)}')")
    table = raw_table(layout.entity)
    suspects = {row for (row,) in scratch.rows(f"SELECT row FROM {table} WHERE {' OR '.join(marks)}")}
    if not suspects:
        return
    with text.path.open("rb") as source:
        for row, line in enumerate(lines(source, text.file, report), start=1):
            if row in suspects and not well_quoted(line):
                raise stray_quote(text.file, row, report)


def _mark(*, json: bool) -> str:
    """How a quote inside a cell is written in the raw table."""
    return '\\"' if json else '"'


def _tell_passwords(scratch: Scratch, layout: Layout, report: Report) -> None:
    """Say once that passwords were passed over, and take the parse's own flag off the table."""
    if not layout.passwords:
        return
    table = raw_table(layout.entity)
    if scratch.count(f"SELECT count(*) FROM {table} WHERE {_FILLED}"):
        report.note(Finding("vendor.password_dropped", layout.file, 0, layout.entity.name))
    scratch.run(f"ALTER TABLE {table} DROP COLUMN {_FILLED}")
