"""Lands one checked text file in its raw table.

The fast way is one parse by DuckDB. It is taken as right only when it gives exactly one row for every line that was
counted while the file was unpacked; otherwise the file is mended first (see `mend`), which is slower and exact.
"""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from rosterkeeper.oneroster.fields import V1P0, Entity
from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.scratch import Cell, Scratch, ScratchFault, quoted
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


def land_and_tell(scratch: Scratch, text: TextFile, layout: Layout, mode: Mode, version: str, report: Report) -> int:
    """`land` a file of a package of that version, tell what its rows say against it, and remove the unpacked copy."""
    rows = land(scratch, text, layout, report)
    text.path.unlink()
    if not rows:
        report.note(Finding("table.no_rows", layout.file, 0, layout.entity.name))
    elif version != V1P0:
        check_mode(scratch, layout.entity, layout.file, mode, report)
    return rows


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
    if scratch.count(f"SELECT count(*) FROM {table} WHERE {gainsays(mode, 'status')}"):
        tell_mode(entity, file, mode, report)


def gainsays(mode: Mode, status: str) -> str:
    """Whether a row's status contradicts the mode (SQL)."""
    # Most are blank, and trimming costs more than looking.
    filled = f"{status} <> '' AND trim({status}) <> ''"
    return f"({filled}) IS TRUE" if mode is Mode.BULK else f"({filled}) IS NOT TRUE"


def tell_mode(entity: Entity, file: str, mode: Mode, report: Report) -> None:
    """Tell that rows contradict the manifest's mode."""
    code = "manifest.bulk_with_status" if mode is Mode.BULK else "manifest.delta_without_status"
    report.note(Finding(code, file, 0, entity.name, field="status"))


def _parsed(scratch: Scratch, path: Path, layout: Layout, *, mended: bool = False) -> int:
    """Make the raw table and parse the file into it; its rows, or -1 unless each is as wide as the header."""
    table = raw_table(layout.entity)
    scratch.run(f"DROP TABLE IF EXISTS {table}")
    create_raw(scratch, layout.entity)
    cells = list(raw_cells(layout))
    if layout.passwords:
        scratch.run(f"ALTER TABLE {table} ADD COLUMN {_FILLED} BOOLEAN")
        cells.append(password_filled(layout))
    row = "row::BIGINT" if mended else f"if({odd(layout)}, {_ODD}, {_FIT})"
    try:
        scratch.run(f"INSERT INTO {table} SELECT {row}, {', '.join(cells)} FROM {reading(path, layout, mended=mended)}")
    except ScratchFault as fault:
        if fault.is_machine:
            raise
        return -1
    if scratch.count(f"SELECT count(*) FROM {table} WHERE row = {_ODD}"):
        return -1
    return scratch.count(f"SELECT count(*) FROM {table}")


def reading(path: Path, layout: Layout, *, mended: bool = False) -> str:
    """The SQL that reads the file: columns c0, c1 … as many as the header has, and ``beyond``; or a mended ``row``."""
    cells = [f"c{at}" for at in range(layout.width)]
    # One column more than the header: in a row of the right width, that one alone is NULL.
    names = ["row", *cells] if mended else [*cells, "beyond"]
    form = "header = false" if mended else f"header = true, null_padding = true, nullstr = {_NO_CELL}"
    # A mended row carries its number, and the commas that it lacked.
    longest = LONGEST_RECORD * 2 if mended else LONGEST_RECORD
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    file = str(path).replace("'", "''")
    return (
        f"read_csv('{file}', auto_detect = false, columns = {{{columns}}}, {form}, delim = ',', quote = '\"',"
        f" escape = '\"', strict_mode = true, ignore_errors = true, max_line_size = {longest})"
    )


def odd(layout: Layout) -> str:
    """Whether a row that `reading` gives is not as wide as the header (SQL)."""
    return f"beyond IS NOT NULL OR c{layout.width - 1} IS NULL"


def password_filled(layout: Layout) -> str:
    """Whether a row that `reading` gives has a password in it (SQL)."""
    return " OR ".join(f"coalesce(trim(c{at}) <> '', false)" for at in layout.passwords)


def raw_cells(layout: Layout) -> Iterable[str]:
    """The SQL of each raw column behind ``row``, in the raw table's order, over what `reading` gives."""
    for field in raw_fields(layout.entity):
        at = layout.cells.get(field.column)
        cell = "NULL" if at is None else f"c{at}"
        yield _list(cell) if field.is_list and at is not None else cell
    yield _metadata(layout)


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
    check_lines(text, {row for (row,) in scratch.rows(f"SELECT row FROM {table} WHERE {' OR '.join(marks)}")}, report)


def check_lines(text: TextFile, suspects: Collection[Cell], report: Report) -> None:
    """SourceRefused where in one of the lines a quote stands where none may."""
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
        tell_password(layout, report)
    scratch.run(f"ALTER TABLE {table} DROP COLUMN {_FILLED}")


def tell_password(layout: Layout, report: Report) -> None:
    """Say that passwords were passed over."""
    report.note(Finding("vendor.password_dropped", layout.file, 0, layout.entity.name))
