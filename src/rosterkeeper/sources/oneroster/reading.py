"""One answer's body, read: JSON to records to Arrow tables, or a refusal that names the place."""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Final

import msgspec
import pyarrow as pa

from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.oneroster.fields import USERS, Entity
from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.sources.http import faults
from rosterkeeper.sources.http.paging import Page
from rosterkeeper.sources.oneroster import columns, loose
from rosterkeeper.sources.oneroster.plain import Part, PlainReader
from rosterkeeper.sources.oneroster.records import Shape, shape

# So many records at a time become columns: few enough to stay in a processor's cache meanwhile.
_PART_RECORDS: Final = 2000
_BOM: Final = b"\xef\xbb\xbf"
# An escaped NUL, unless its backslash is itself escaped.
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
# The one other wrapper that servers were seen to use.
_OTHER_WRAPPER: Final = "data"
_NUL_LETTERS: Final = b"\\u0000"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as tables: the entity's own, and for users the roles and profiles inside them (None: the page has none).

    ``bare``: the list came without its wrapper, or in another.
    """

    rows: pa.Table
    roles: pa.Table | None
    profiles: pa.Table | None
    bare: bool


class Unstorable(Exception):
    """A record holds what no database stores; ``finding`` is its place."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


class PageReader:
    """Reads the pages of one collection; ``place`` is the endpoint's path, for findings.

    ``plain`` is tried first; it gives the same rows, sooner.
    """

    def __init__(self, entity: Entity, place: str, plain: PlainReader | None = None) -> None:
        self._entity = entity
        self._place = place
        self._plain = plain

    @cached_property
    def _shape(self) -> Shape:
        """Made when a page is the first to need it: most collections have none."""
        return shape(self._entity)

    def __call__(self, body: bytearray, offset: int) -> Page[Sheet | Part]:
        """The page whose first record has ``offset`` before it; raises what `sheet` raises."""
        _unmark(body)
        if self._plain is not None and not _has_nul(body) and (quick := self._plain(body, offset)) is not None:
            part, ids = quick
            return Page(ids, part)
        page = self.sheet(body, offset)
        return Page(page.ids, page.content)

    def sheet(self, body: bytearray, offset: int) -> Page[Sheet]:
        """The page as Arrow tables; raises SourceFailed, SourceRefused or Unstorable."""
        _unmark(body)
        records, bare = _records(self._shape, body)
        if _has_nul(body):
            raise Unstorable(self._nul(records, offset))
        parts: list[Page[Sheet]] = []
        # From the end, so that what has become columns is let go of while it is near.
        while records or not parts:
            begin = max(0, (len(records) - 1) // _PART_RECORDS * _PART_RECORDS)
            parts.append(self._part(records[begin:], offset + begin, bare))
            del records[begin:]
        return _whole(parts[::-1])

    def _part(self, records: list[msgspec.Struct], offset: int, bare: bool) -> Page[Sheet]:
        cells = columns.split(self._shape, records)
        ids = columns.ids(cells)
        users = self._shape.entity is USERS
        sheet = Sheet(
            columns.main_table(self._shape, cells, offset),
            columns.role_table(ids, cells, offset) if users else None,
            columns.profile_table(ids, cells, offset) if users else None,
            bare,
        )
        return Page(ids, sheet)

    def _nul(self, records: list[msgspec.Struct], offset: int) -> Finding:
        name = self._shape.entity.name
        for place, record in enumerate(records):
            if _has_nul(msgspec.json.encode(record)):
                return Finding("table.nul_byte", file=self._place, row=offset + columns.FIRST_ROW + place, entity=name)
        return Finding("table.nul_byte", file=self._place, entity=name)


def _whole(parts: list[Page[Sheet]]) -> Page[Sheet]:
    """A page of its parts, in order."""
    sheets = [part.content for part in parts]
    made = Sheet(
        pa.concat_tables([sheet.rows for sheet in sheets]),
        _together([sheet.roles for sheet in sheets]),
        _together([sheet.profiles for sheet in sheets]),
        sheets[0].bare,
    )
    return Page(list(chain.from_iterable(part.ids for part in parts)), made)


def _together(tables: list[pa.Table | None]) -> pa.Table | None:
    """Tables one after another, without copying; None where there is none."""
    there = [table for table in tables if table is not None]
    return pa.concat_tables(there) if there else None


def _unmark(body: bytearray) -> None:
    if body.startswith(_BOM):
        del body[: len(_BOM)]


def _has_nul(json: bytes | bytearray) -> bool:
    """Whether a text of the JSON holds a NUL; plain searches first, for they are some hundred times as fast."""
    return b"\x00" in json or (b"\\" in json and _NUL_LETTERS in json and _NUL.search(json) is not None)


def _records(known: Shape, body: bytearray) -> tuple[list[msgspec.Struct], bool]:
    """The records, and whether they came as a bare list."""
    try:
        answer = known.decoder.decode(body)
    except msgspec.ValidationError:
        return _patiently(known, body)
    except (msgspec.DecodeError, UnicodeError):
        raise faults.not_json() from None
    except RecursionError:
        raise _too_deep() from None
    if isinstance(answer, list):
        return answer, True
    rows = getattr(answer, "rows", None)
    return (rows, False) if isinstance(rows, list) else _patiently(known, body)


def _patiently(known: Shape, body: bytearray) -> tuple[list[msgspec.Struct], bool]:
    try:
        answer: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError):
        raise faults.not_json() from None
    except RecursionError:
        raise _too_deep() from None
    bare = isinstance(answer, list)
    rows = answer
    if isinstance(answer, dict):
        bare = known.entity.name not in answer and _OTHER_WRAPPER in answer
        rows = answer.get(_OTHER_WRAPPER if bare else known.entity.name)
    if isinstance(rows, dict):
        rows = [rows]
    if not isinstance(rows, list):
        raise _no_collection(known.entity)
    return [loose.record(known, row) for row in rows], bare


def _no_collection(entity: Entity) -> SourceRefused:
    what = f"The server answered without the collection {entity.name}. {faults.UNCHANGED}"
    todo = "Check that the address is that of a OneRoster 1.1 or 1.2 service."
    return SourceRefused("source.not_oneroster", what, todo=todo)


def _too_deep() -> SourceRefused:
    what = f"The server's answer is nested far deeper than any roster. {faults.UNCHANGED}"
    return SourceRefused("source.not_oneroster", what, todo="Tell whoever runs the server.")
