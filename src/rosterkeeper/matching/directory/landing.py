"""Lands a directory's CSV in the scratch database: one row an account, each field as it will be kept.

The fast way is one parse by DuckDB, taken as right where it gives one row for every line. Otherwise the file is first
gone through record by record, which is slower and exact.
"""

import csv
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Final

from rosterkeeper.engine.forms import literal, trimmed
from rosterkeeper.matching.directory.headings import FIELDS, has_key, is_turned
from rosterkeeper.matching.directory.text import LONGEST, WINDOWS, Shape, lines_of, rewritten, shape_of, unreadable
from rosterkeeper.matching.keys import BLANKS, key_macros
from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.scratch import Scratch, ScratchFault

# More records with too many cells are not bad records but a file whose heading and records do not belong together.
_MOST_ODD: Final = 10_000
# What a role, a job title or a place in the tree of units says; whatever says two kinds, such as a student teacher,
# says none, for an account of the wrong kind would be nobody's.
_KINDS: Final = {
    "student": "(students?|pupils?|learners?)\\b",
    "staff": (
        "teach|staff|faculty|employee|principal|admin|counsel|librarian|instruct|coach|aide|assistant|coordinat|liaison"
        "|director|specialist|secretary|clerk|nurse|support|manager|advis|substitute|contractor"
    ),
    "parent": "(parents?|guardians?|relatives?)\\b",
}
_ACTIVE: Final = ("active", "enabled", "true", "yes", "y", "1", "provisioned", "staged", "recovery", "live")
_SUSPENDED: Final = ("suspended", "disabled", "inactive", "false", "no", "n", "0", "deprovisioned", "deleted")
_ARCHIVED: Final = ("archived", "blocked", "locked", "closed")
# What DuckDB says when the machine, not the file, is the reason.
_MACHINE_FAULTS: Final = ("OutOfMemoryException", "IOException", "FatalException", "InternalException")
# Stands for a cell that is not there; no real one is this control character.
_NO_CELL: Final = "chr(1)"
# Given to the parser as a last line of its own: what it becomes a part of is a cell whose quote was never closed.
_END: Final = "\x03\x03\x03"


def land(scratch: Scratch, path: Path, columns: Mapping[str, str]) -> None:
    """Make `listed`: line, the fields ('' for none; status `active`, `suspended` or ''), their keys; findings beside.

    ``columns`` says which heading of the file is which field. SourceRefused where the file cannot be read whole.
    """
    shape, lines = rewritten(path, shape_of(path), text := scratch.folder / "directory.csv")
    if not has_key(columns) or not set(columns.values()) <= set(shape.headings):
        raise SourceRefused(
            "directory.columns",
            "It is not known which columns of the file name the accounts.",
            todo="Choose the columns of the username, the e-mail address or the account's id, then look again.",
        )
    if shape.encoding == WINDOWS:
        scratch.find([Finding("directory.windows_1252")])
    if not _parsed(scratch, text, shape, lines - 1):
        _land_exactly(scratch, text, shape)
    text.unlink(missing_ok=True)
    for statement in key_macros():
        scratch.run(statement)
    _make_listed(scratch, shape, columns)
    scratch.run("DROP TABLE cells")
    _leave_out(scratch)


def _parsed(scratch: Scratch, text: Path, shape: Shape, rows: int, *, numbered: bool = False) -> bool:
    """Make `cells` by one parse; False where it does not have a row for each line, or rows of another width."""
    width = len(shape.headings)
    names = ["number", *_cells(width)] if numbered else [*_cells(width), "beyond"]
    form = "header = false" if numbered else f"header = true, null_padding = true, nullstr = {_NO_CELL}"
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    separator = "," if numbered else shape.separator
    line = "number::BIGINT" if numbered else "NULL::BIGINT"
    scratch.run("DROP TABLE IF EXISTS cells")
    try:
        scratch.run(
            f"CREATE TABLE cells AS SELECT {line} AS line, * EXCLUDE ({names[0] if numbered else 'beyond'}),"
            f" {'false' if numbered else f'beyond IS NOT NULL OR c{width - 1} IS NULL'} AS odd"
            f" FROM read_csv(?, auto_detect = false, columns = {{{columns}}}, {form}, delim = {literal(separator)},"
            f" quote = '\"', escape = '\"', strict_mode = true, max_line_size = {2 * LONGEST})",
            [str(text)],
        )
    except ScratchFault as fault:
        if fault.kind in _MACHINE_FAULTS:
            raise
        return False
    if scratch.count("SELECT count(*) FROM cells WHERE odd") or scratch.count("SELECT count(*) FROM cells") != rows:
        return False
    if not numbered:
        # One row a line, in the file's order, behind the line of headings.
        scratch.run(f"UPDATE cells SET line = rowid + {shape.before + 2}")
    return True


def _land_exactly(scratch: Scratch, text: Path, shape: Shape) -> None:
    target = text.with_suffix(".exact")
    with target.open("w", encoding="utf-8", newline="") as out:
        write = csv.writer(out, quoting=csv.QUOTE_ALL)
        rows = 0
        for line, cells in _records(scratch, text, shape):
            write.writerow([line, *cells])
            rows += 1
    landed = _parsed(scratch, target, shape, rows, numbered=True)
    target.unlink(missing_ok=True)
    if not landed:
        raise unreadable(1)


def _records(scratch: Scratch, text: Path, shape: Shape) -> Iterator[tuple[int, list[str]]]:
    """The records behind the headings, each with the line it begins on and as many cells as there are headings."""
    width, odd, begins = len(shape.headings), 0, 1 + shape.before
    csv.field_size_limit(LONGEST)
    reader = csv.reader(chain(lines_of(text), [_END]), delimiter=shape.separator)
    try:
        for cells in reader:
            line, begins = begins, reader.line_num + 1 + shape.before
            if cells == [_END]:
                return
            if cells and cells[-1].endswith(_END):
                raise unreadable(line)
            if line == 1 + shape.before or not any(each.strip() for each in cells):
                continue
            if any(each.strip() for each in cells[width:]):
                odd += 1
                if odd > _MOST_ODD:
                    raise unreadable(line)
                scratch.find([Finding("directory.too_many_cells", row=line)])
                continue
            # A line break inside a cell is a blank.
            yield line, [" ".join(each.splitlines()) for each in (cells + [""] * width)[:width]]
    except csv.Error:
        raise unreadable(begins) from None


def _cells(width: int) -> list[str]:
    return [f"c{at}" for at in range(width)]


def _make_listed(scratch: Scratch, shape: Shape, columns: Mapping[str, str]) -> None:
    blanks = ", ".join(literal(each) for each in BLANKS)
    told = {
        field: trimmed(f"c{shape.headings.index(columns[field])}") if field in columns else "''" for field in FIELDS
    }
    bare = ", ".join(
        f"CASE WHEN lower({cell}) IN ({blanks}) THEN '' ELSE {cell} END AS {field}" for field, cell in told.items()
    )
    turned = is_turned(columns.get("status", ""))
    scratch.run(f"CREATE TABLE told AS SELECT line, {bare} FROM cells")
    kept = ", ".join(each for each in FIELDS if each not in _MADE)
    scratch.run(
        f"CREATE TABLE listed AS SELECT *, lookup_key(email) AS email_key, lookup_key(username) AS username_key,"
        " name_key(family_name, given_name, display_name, username) AS sort_key FROM ("
        f"SELECT line, {kept}, CASE WHEN {_BAD_EMAIL} THEN '' ELSE email END AS email, {_kind()} AS kind,"
        f" {_status(turned=turned)} AS status, {_list('user_ids')} AS user_ids, {_list('grades')} AS grades FROM told)"
    )
    scratch.run(
        f"INSERT INTO finding SELECT 'directory.bad_email', '', line, '', '', 'email' FROM told WHERE {_BAD_EMAIL}"
    )
    scratch.run(
        "INSERT INTO finding SELECT 'directory.unknown_status', '', t.line, '', '', 'status' FROM told t"
        " JOIN listed l USING (line) WHERE t.status <> '' AND l.status = ''"
    )
    scratch.run("DROP TABLE told")


_MADE: Final = ("email", "kind", "status", "user_ids", "grades")
_BAD_EMAIL: Final = r"email <> '' AND NOT regexp_full_match(email, '[^@\s]+@[^@\s]+')"


def _kind() -> str:
    says = {kind: f"regexp_matches(fold(kind), '\\b({words})')" for kind, words in _KINDS.items()}
    number = " + ".join(f"({each})::INT" for each in says.values())
    cases = " ".join(f"WHEN {each} THEN '{kind}'" for kind, each in says.items())
    return f"CASE WHEN kind = '' OR {number} <> 1 THEN '' {cases} END"


def _status(*, turned: bool) -> str:
    yes, no = ("suspended", "active") if turned else ("active", "suspended")
    one, other = (", ".join(literal(each) for each in words) for words in (_ACTIVE, (*_SUSPENDED, *_ARCHIVED)))
    # "true" in a column named "suspended" suspends, "suspended" in it does, too.
    plain = "'suspended', 'disabled', 'blocked'"
    return (
        f"CASE WHEN lower(status) IN ({plain}) THEN 'suspended' WHEN lower(status) IN ({one}) THEN '{yes}'"
        f" WHEN lower(status) IN ({other}) THEN '{no}' ELSE '' END"
    )


def _list(column: str) -> str:
    """A cell with commas or semicolons as the roster keeps lists: a JSON array, '' for none."""
    items = f"list_transform(string_split(replace({column}, ';', ','), ','), lambda item: trim(item))"
    filled = f"list_filter({items}, lambda item: item <> '')"
    return f"CASE WHEN {column} = '' THEN '' ELSE to_json({filled})::VARCHAR END"


def _leave_out(scratch: Scratch) -> None:
    """Take out rows that name no account, and those that name one for a second time."""
    filled = "external_id <> '' OR username_key <> '' OR email_key <> ''"
    # The kind of key before it, so that an id and a username that read alike are two.
    key = (
        "CASE WHEN external_id <> '' THEN 'i' || external_id WHEN username_key <> '' THEN 'u' || username_key"
        " ELSE 'e' || email_key END"
    )
    scratch.run(f"INSERT INTO finding SELECT 'directory.no_key', '', line, '', '', '' FROM listed WHERE NOT ({filled})")
    scratch.run(f"DELETE FROM listed WHERE NOT ({filled})")
    scratch.run(
        f"CREATE TABLE again AS SELECT line FROM (SELECT line, row_number() OVER (PARTITION BY {key} ORDER BY line) AS"
        " time FROM listed) WHERE time > 1"
    )
    scratch.run("INSERT INTO finding SELECT 'directory.listed_twice', '', line, '', '', '' FROM again")
    scratch.run("DELETE FROM listed WHERE line IN (SELECT line FROM again)")
    scratch.run(
        "INSERT INTO finding SELECT 'directory.shared_email', '', line, '', '', 'email' FROM"
        " (SELECT line, count(*) OVER (PARTITION BY email_key) AS number FROM listed WHERE email_key <> '')"
        " WHERE number > 1"
    )
