"""Pages of the plain shape, read by DuckDB: in less time than by way of Python's objects, and off Python's lock.

Each becomes a table of the scratch database where it is read; the raw table is made of them without another copy.

The plain shape is what nearly every server sends nearly always: texts for texts, objects for references, lists of
either, nothing nested in users. Any stranger makes the whole page one for Python, which gives the same tables; two
things that no roster has are told otherwise: a number with an exponent in place of a text, and a member that stands
twice in one record.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from operator import attrgetter
from pathlib import Path
from queue import SimpleQueue
from types import GenericAlias
from typing import Final

import msgspec
import pyarrow as pa

from rosterkeeper.oneroster.fields import USERS, Entity, Field, Kind
from rosterkeeper.scratch import Scratch, ScratchFault, quoted
from rosterkeeper.sources.contract import raw_fields, raw_part
from rosterkeeper.sources.oneroster import columns
from rosterkeeper.sources.oneroster.records import METADATA

# Below so many records, Python is done before DuckDB has understood the question.
LEAST_RECORDS: Final = 1000
# The longest record that DuckDB reads: by it it measures its buffers, and small ones stay in a processor's cache.
_MOST_BYTES: Final = 256 * 1024
# A collection with so many pages that are not plain has its own ways; the rest of it is not tried.
_MOST_STRANGE: Final = 3
# Members of a user that become rows of their own.
_NESTED: Final = {"roles": "roles", "profiles": "userProfiles"}
_REF: Final = 'STRUCT("sourcedId" VARCHAR)'
# Ends the statement at the first cell that is not plain.
_STOP: Final = "error('not plain')"
# The latest dateLastModified (in UTC) of records, and how many of them have none that can be read.
MODIFIED: Final = "try_cast(date_last_modified AS TIMESTAMPTZ)"
DATES: Final = f"strftime(max({MODIFIED})::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%gZ'), count(*) FILTER ({MODIFIED} IS NULL)"
_ID: Callable[[object], str | None] = attrgetter("id")
_METADATA: Callable[[object], object] = attrgetter(METADATA)
# Of the process, so that a pull that begins anew has no name in common with what is left of the one before.
_NUMBERS: Final = count()


class _Strange(Exception):
    """The page is not of the plain shape."""


@dataclass(frozen=True, slots=True)
class Part:
    """A page that is a table of the scratch database, with the columns of the raw table.

    ``bare``: the list came without its wrapper. ``latest`` and ``undated`` are what DATES asks.
    """

    table: str
    bare: bool
    latest: str
    undated: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """How many rows a page's table has, and what DATES says of them."""

    rows: int
    latest: str
    undated: int


@dataclass(slots=True)
class _Way:
    """A way into the scratch database, and the file that was last read by it; ``file`` None before the first."""

    scratch: Scratch
    file: Path | None = None

    def write(self, given: memoryview, path: Path) -> None:
        """A file of that name that holds ``given``, over the last one's room: room is dearer than the writing."""
        if self.file is None:
            path.touch(0o600)
        else:
            self.file.rename(path)
        self.file = path
        # Opened so that what is there stays until it is written over.
        with path.open("r+b") as out:
            out.write(given)
            out.truncate()


class Side:
    """Ways into a scratch database for as many threads as ``ways``, and files in its folder until `close`."""

    def __init__(self, scratch: Scratch, ways: int) -> None:
        self._folder = scratch.folder
        self._all = [_Way(scratch.beside()) for _ in range(ways)]
        self._ways: SimpleQueue[_Way] = SimpleQueue()
        for way in self._all:
            self._ways.put(way)

    def close(self) -> None:
        """Delete the files, once no thread reads any more."""
        for way in self._all:
            if way.file is not None:
                way.file.unlink(missing_ok=True)
                way.file = None

    def keep(self, given: memoryview, table: str, query: Callable[[Path], str], incoming: pa.Table | None) -> _Kept:
        """Make ``table`` of a query over a file that holds ``given`` and over ``incoming``.

        Raises ScratchFault, and then there is no table.
        """
        path = self._folder / f"{table}.json"
        way = self._ways.get()
        try:
            way.write(given, path)
            made = f"CREATE TABLE {table} AS {query(path)}"
            if incoming is None:
                way.scratch.run(made)
            else:
                way.scratch.land(made, incoming)
            # Where one side is the shorter, its last rows are blank.
            rows, latest, undated = way.scratch.rows(f"SELECT count(row), {DATES} FROM {table}")[0]
            return _Kept(int(rows or 0), str(latest or ""), int(undated or 0))
        finally:
            self._ways.put(way)

    def drop(self, table: str) -> None:
        """Drop a table that was made; raises ScratchFault."""
        way = self._ways.get()
        try:
            way.scratch.run(f"DROP TABLE {table}")
        finally:
            self._ways.put(way)


class PlainReader:
    """Reads plain pages of one collection; usable from many threads.

    A page of fewer than ``least`` records is left to Python.
    """

    def __init__(self, entity: Entity, side: Side, *, least: int = LEAST_RECORDS) -> None:
        self._entity = entity
        self._fields = raw_fields(entity)
        self._start = re.compile(rb'\s*(\{\s*"%s"\s*:\s*)?\[' % entity.name.encode())
        self._decoder = _decoder(entity)
        self._select, self._options = _select(self._fields), _options(self._fields)
        self._odd = _odd(self._fields)
        self._side = side
        self._least = max(1, least)
        self._strange = 0

    def __call__(self, body: bytearray, offset: int) -> tuple[Part, list[str]] | None:
        """The page and its ids; None where it is not of the plain shape."""
        if self._strange >= _MOST_STRANGE:
            return None
        try:
            return self._read(body, offset)
        except (_Strange, ScratchFault, msgspec.MsgspecError, UnicodeError, RecursionError, OSError):
            # Threads may count one page too few, which costs no more than another try.
            self._strange += 1
            return None

    def _read(self, body: bytearray, offset: int) -> tuple[Part, list[str]] | None:
        start = self._start.match(body)
        if start is None:
            raise _Strange
        ids, told = self._glance(body)
        if len(ids) < self._least:
            return None
        # Where no record has metadata, there is nothing to stand beside the rows.
        metadata = pa.table({METADATA: columns.metadata(told)}) if any(told) else None
        part = raw_part(self._entity, next(_NUMBERS))
        with memoryview(body)[start.end() - 1 : body.rindex(b"]") + 1] as listed:

            def question(path: Path) -> str:
                return self._question(path, offset, told=metadata is not None)

            kept = self._side.keep(listed, part, question, metadata)
        if kept.rows != len(ids):
            self._side.drop(part)
            raise _Strange
        return Part(part, not start[1], kept.latest, kept.undated), ids

    def _question(self, path: Path, offset: int, *, told: bool) -> str:
        """The page's rows in the file's order; with ``told`` the metadata stand beside them in ``incoming``."""
        first = offset + columns.FIRST_ROW - 1
        source = f"read_json({_literal(str(path))}, {self._options}, maximum_object_size = {_MOST_BYTES})"
        row = f"CASE WHEN {self._odd} THEN {_STOP} ELSE row_number() OVER () + {first} END AS row"
        if told:
            return f"SELECT * FROM (SELECT {row}, {self._select} FROM {source}) POSITIONAL JOIN incoming"
        return f"SELECT {row}, {self._select}, CAST(NULL AS VARCHAR) AS {METADATA} FROM {source}"

    def _glance(self, body: bytearray) -> tuple[list[str], list[object]]:
        """The records' ids and metadata. All the page is read, to find what is no JSON: DuckDB forgives some."""
        answer = self._decoder.decode(body)
        records = answer if isinstance(answer, list) else getattr(answer, "rows", None)
        if not isinstance(records, list):
            raise _Strange
        if self._entity is USERS and any(
            getattr(record, name) is not msgspec.UNSET for record in records for name in _NESTED
        ):
            raise _Strange
        return [each or "" for each in map(_ID, records)], list(map(_METADATA, records))


def _decoder(entity: Entity) -> msgspec.json.Decoder[object]:
    """A decoder of every record's ``id`` and ``metadata``, in an answer or in a bare list; of users what is nested."""
    members: list[tuple[str, object, object]] = [("id", str | None, None), (METADATA, dict[str, object] | None, None)]
    names = {"id": "sourcedId"}
    if entity is USERS:
        members += [(name, msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for name in _NESTED]
        names |= _NESTED
    record = msgspec.defstruct("Record", members, rename=names, gc=False)
    rows = GenericAlias(list, (record,))
    wrapper = msgspec.defstruct("Wrapper", [("rows", rows | None, None)], rename={"rows": entity.name}, gc=False)
    return msgspec.json.Decoder(wrapper | rows)


def _options(fields: Sequence[Field]) -> str:
    types = ", ".join(f"{_literal(each.rest)}: {_literal(_type(each))}" for each in fields)
    return f"format = 'array', columns = {{{types}}}"


def _type(each: Field) -> str:
    if each.csv == "userIds":
        return 'STRUCT("type" VARCHAR, "identifier" VARCHAR)[]'
    if each.kind is Kind.TEXTS:
        return "VARCHAR[]"
    return _REF if each.kind is Kind.REF else f"{_REF}[]" if each.kind is Kind.REFS else "VARCHAR"


def _select(fields: Sequence[Field]) -> str:
    """From the records to the raw columns."""
    return ", ".join(f"{_list(each) if each.is_list else _text(each)} AS {quoted(each.column)}" for each in fields)


def _odd(fields: Sequence[Field]) -> str:
    """Whether a text was an object or a list; NULL, if not false, where it was not."""
    return " OR ".join(_is_json(_text(each)) for each in fields if not each.is_list)


def _text(each: Field) -> str:
    name = quoted(each.rest)
    return f'{name}."sourcedId"' if each.kind is Kind.REF else name


def _list(each: Field) -> str:
    """A list of texts as JSON; a blank one stops it, for those are left out, and so does a stranger."""
    item, wrong = "item", _is_json("item")
    if each.csv == "userIds":
        item = "concat('{', item.type, ':', item.identifier, '}')"
        wrong = f"{_is_json('item.type')} OR {_is_json('item.identifier')} OR item.type IS NULL"
        wrong += " OR item.identifier IS NULL"
    elif each.kind is Kind.REFS:
        item = 'item."sourcedId"'
        wrong = _is_json(item)
    if each.csv != "userIds":
        wrong += f" OR coalesce({item}, '') = ''"
    name = quoted(each.rest)
    made = f"list_transform({name}, lambda item: CASE WHEN {wrong} THEN {_STOP} ELSE {item} END)"
    return f"CASE WHEN len({name}) > 0 THEN CAST(to_json({made}) AS VARCHAR) END"


def _is_json(text: str) -> str:
    return f"prefix({text}, '{{') OR prefix({text}, '[')"


def _literal(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
