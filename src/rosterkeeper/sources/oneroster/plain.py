"""Pages of the plain shape, read by DuckDB: in less time than by way of Python's objects, and off Python's lock.

The plain shape is what nearly every server sends nearly always: texts for texts, objects for references, lists of
either, nothing nested in users. Any stranger makes the whole page one for Python, which gives the same tables; two
things that no roster has are told otherwise: a number with an exponent in place of a text, and a member that stands
twice in one record.
"""

import re
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from types import GenericAlias
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from rosterkeeper.oneroster.fields import USERS, Entity, Field, Kind
from rosterkeeper.scratch import Scratch, ScratchFault, quoted
from rosterkeeper.sources.contract import raw_fields
from rosterkeeper.sources.oneroster import columns
from rosterkeeper.sources.oneroster.records import METADATA

# Below so many records, Python is done before DuckDB has understood the question.
LEAST_RECORDS: Final = 1000
# A collection with so many pages that are not plain has its own ways; the rest of it is not tried.
_MOST_STRANGE: Final = 3
_METADATA: Final = b'"metadata"'
# Members of a user that become rows of their own.
_NESTED: Final = (b'"roles"', b'"userProfiles"')
_REF: Final = 'STRUCT("sourcedId" VARCHAR)'
_ODD: Final = "odd"


class _Strange(Exception):
    """The page is not of the plain shape."""


class Side:
    """Ways into a scratch database for as many threads as ``ways``, and names for files in its folder."""

    def __init__(self, scratch: Scratch, ways: int) -> None:
        self._folder = scratch.folder
        self._numbers = count()
        self._ways: SimpleQueue[Scratch] = SimpleQueue()
        for _ in range(ways):
            self._ways.put(scratch.beside())

    def ask(self, given: memoryview, query: Callable[[Path], str]) -> pa.Table:
        """The answer to a query over a file that holds ``given``; raises ScratchFault."""
        path = self._folder / f"page-{next(self._numbers)}.json"
        way = self._ways.get()
        try:
            path.write_bytes(given)
            return way.table(query(path))
        finally:
            self._ways.put(way)
            path.unlink(missing_ok=True)


class PlainReader:
    """Reads plain pages of one collection; usable from many threads.

    A page of fewer than ``least`` records is left to Python.
    """

    def __init__(self, entity: Entity, side: Side, *, least: int = LEAST_RECORDS) -> None:
        self._fields = raw_fields(entity)
        self._nested = _NESTED if entity is USERS else ()
        self._start = re.compile(rb'\s*(\{\s*"%s"\s*:\s*)?\[' % entity.name.encode())
        self._ids = _decoder(entity, "sourcedId", str | None)
        self._metadata = _decoder(entity, METADATA, dict[str, object] | None)
        self._select, self._options = _select(self._fields), _options(self._fields)
        self._side = side
        self._least = max(1, least)
        self._strange = 0

    def __call__(self, body: bytearray, offset: int) -> tuple[pa.Table, list[str], bool] | None:
        """The page's table, its ids, and whether it is a bare list; None where the page is not of the plain shape."""
        if self._strange >= _MOST_STRANGE:
            return None
        try:
            return self._read(body, offset)
        except (_Strange, ScratchFault, msgspec.MsgspecError, UnicodeError, RecursionError, OSError):
            # Threads may count one page too few, which costs no more than another try.
            self._strange += 1
            return None

    def _read(self, body: bytearray, offset: int) -> tuple[pa.Table, list[str], bool] | None:
        start = self._start.match(body)
        if start is None or any(name in body for name in self._nested):
            raise _Strange
        # Reads all of the page, so that what is no JSON is found: DuckDB forgives some of it.
        ids = [value if isinstance(value, str) else "" for value in _values(self._ids.decode(body))]
        if len(ids) < self._least:
            return None
        with memoryview(body)[start.end() - 1 : body.rindex(b"]") + 1] as listed:
            table = self._side.ask(listed, lambda path: self._question(path, len(listed), offset))
        if len(table) != len(ids) or pc.any(table[_ODD]).as_py() or any(_blank(table[each]) for each in self._lists()):
            raise _Strange
        return table.drop_columns(_ODD).append_column(METADATA, self._metadata_of(body, len(ids))), ids, not start[1]

    def _lists(self) -> list[str]:
        return [each.column for each in self._fields if each.is_list]

    def _question(self, path: Path, size: int, offset: int) -> str:
        first = offset + columns.FIRST_ROW - 1
        source = f"read_json({_literal(str(path))}, {self._options}, maximum_object_size = {size + 1})"
        return f"SELECT row_number() OVER () + {first} AS row, {self._select} FROM {source}"

    def _metadata_of(self, body: bytearray, length: int) -> pa.Array:
        if _METADATA not in body:
            return pa.nulls(length, pa.string())
        return columns.metadata(_values(self._metadata.decode(body)))


def _decoder(entity: Entity, member: str, kind: object) -> msgspec.json.Decoder[object]:
    """A decoder of one member of every record, as ``value``, in an answer or in a bare list."""
    record = msgspec.defstruct("Record", [("value", kind, None)], rename={"value": member}, gc=False)
    rows = GenericAlias(list, (record,))
    wrapper = msgspec.defstruct("Wrapper", [("rows", rows | None, None)], rename={"rows": entity.name}, gc=False)
    return msgspec.json.Decoder(wrapper | rows)


def _values(answer: object) -> list[object]:
    records = answer if isinstance(answer, list) else getattr(answer, "rows", None)
    if not isinstance(records, list):
        raise _Strange
    return [record.value for record in records]


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
    """From the records to the raw columns, and ``odd``: a text that was an object or a list."""
    cells = {each.column: _cell(each) for each in fields}
    odd = [_is_json(cell) for each, cell in zip(fields, cells.values(), strict=True) if not each.is_list]
    told = [f"{cell} AS {quoted(column)}" for column, cell in cells.items()]
    return ", ".join([*told, f"coalesce({' OR '.join(odd)}, false) AS {_ODD}"])


def _cell(each: Field) -> str:
    name = quoted(each.rest)
    if each.csv == "userIds":
        made = "concat('{', item.type, ':', item.identifier, '}')"
        wrong = f"{_is_json('item.type')} OR {_is_json('item.identifier')}"
        return _each(name, f"{wrong} OR coalesce(item.type, item.identifier) IS NULL", made)
    if each.is_list:
        item = 'item."sourcedId"' if each.kind is Kind.REFS else "item"
        return _each(name, _is_json(item), item)
    return f'{name}."sourcedId"' if each.kind is Kind.REF else name


def _each(name: str, wrong: str, made: str) -> str:
    """A list of texts, in which a stranger is null."""
    return f"list_transform({name}, lambda item: CASE WHEN {wrong} THEN NULL ELSE {made} END)"


def _is_json(text: str) -> str:
    return f"starts_with({text}, '{{') OR starts_with({text}, '[')"


def _blank(column: pa.ChunkedArray) -> bool:
    """Whether a list has blank items, which are left out, or strangers."""
    items = column.combine_chunks().flatten()
    blank: bool = items.null_count > 0 or pc.any(pc.equal(items, "")).as_py()
    return blank


def _literal(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
