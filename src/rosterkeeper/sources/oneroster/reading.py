"""One answer's body, read: JSON to records to Arrow tables, or a refusal that names the place."""

import re
from dataclasses import dataclass
from typing import Final

import msgspec
import pyarrow as pa

from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.oneroster.fields import USERS, Entity
from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.sources.http import faults
from rosterkeeper.sources.http.paging import Page
from rosterkeeper.sources.oneroster import columns, loose
from rosterkeeper.sources.oneroster.records import Shape, shape

_BOM: Final = b"\xef\xbb\xbf"
# An escaped NUL, unless its backslash is itself escaped.
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as tables: the entity's own, and for users the roles and profiles inside them (None: the page has none).

    ``bare``: the list came without its wrapper.
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
    """Reads the pages of one collection; ``place`` is the endpoint's path, for findings."""

    def __init__(self, entity: Entity, place: str) -> None:
        self._shape = shape(entity)
        self._place = place

    def __call__(self, body: bytearray, offset: int) -> Page[Sheet]:
        """The page whose first record has ``offset`` before it; raises SourceFailed, SourceRefused or Unstorable."""
        records, bare = _records(self._shape, body)
        if b"\x00" in body or _NUL.search(body):
            raise Unstorable(self._nul(records, offset))
        users = self._shape.entity is USERS
        roles = columns.role_table(records, offset) if users else None
        profiles = columns.profile_table(records, offset) if users else None
        sheet = Sheet(
            columns.main_table(self._shape, records, offset),
            roles if roles is not None and roles.num_rows else None,
            profiles if profiles is not None and profiles.num_rows else None,
            bare,
        )
        return Page(columns.ids(records), sheet)

    def _nul(self, records: list[msgspec.Struct], offset: int) -> Finding:
        name = self._shape.entity.name
        for place, record in enumerate(records):
            if _NUL.search(msgspec.json.encode(record)):
                return Finding("table.nul_byte", file=self._place, row=offset + 2 + place, entity=name)
        return Finding("table.nul_byte", file=self._place, entity=name)


def _records(known: Shape, body: bytearray) -> tuple[list[msgspec.Struct], bool]:
    """The records, and whether they came as a bare list."""
    if body.startswith(_BOM):
        del body[: len(_BOM)]
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
    if not isinstance(rows, list):
        raise _no_collection(known.entity)
    return rows, False


def _patiently(known: Shape, body: bytearray) -> tuple[list[msgspec.Struct], bool]:
    try:
        answer: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError):
        raise faults.not_json() from None
    except RecursionError:
        raise _too_deep() from None
    bare = isinstance(answer, list)
    rows = answer if not isinstance(answer, dict) else answer.get(known.entity.name)
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
