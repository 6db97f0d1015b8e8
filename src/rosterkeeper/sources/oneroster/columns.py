"""Records as columns: a page becomes Arrow tables, text cell by text cell, lists still as lists.

Each column is first made as if every cell had the standard's form, which Arrow checks as fast as it copies; only a
column that has a stranger is gone through cell by cell.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from rosterkeeper.oneroster.fields import Field, Kind
from rosterkeeper.sources.oneroster import loose
from rosterkeeper.sources.oneroster.records import (
    METADATA,
    PROFILES_MEMBER,
    ROLE_FIELDS,
    ROLES_MEMBER,
    Credential,
    Profile,
    Shape,
    UserId,
)

_METADATA = msgspec.json.Encoder(order="sorted")
_TEXT = pa.string()
_TEXTS = pa.list_(pa.string())
_Records = Sequence[msgspec.Struct]


def ids(records: _Records) -> list[str]:
    """The records' ids in order, blank where one has none."""
    return [value if type(value) is str else loose.text(value) for value in _values(records, "sourced_id")]


def main_table(shape: Shape, records: _Records, offset: int) -> pa.Table:
    """The entity's own columns, with ``row`` and ``metadata``."""
    columns = {"row": pa.array(range(offset + 2, offset + 2 + len(records)), pa.int64())}
    for each in shape.fields:
        columns[each.column] = _column(each, _values(records, each.column))
    columns[METADATA] = pa.array([_metadata(value) for value in _values(records, METADATA)], _TEXT)
    return pa.table(columns)


def role_table(records: _Records, offset: int) -> pa.Table:
    """The roles nested in users: the user's row and id beside each role's own fields."""
    rows, users, roles = _nested(records, ROLES_MEMBER, offset)
    columns = {"row": pa.array(rows, pa.int64()), "user_sourced_id": pa.array(users, _TEXT)}
    for each in ROLE_FIELDS:
        columns[each.column] = _column(each, _values(roles, each.column))
    return pa.table(columns)


def profile_table(records: _Records, offset: int) -> pa.Table:
    """The profiles nested in users, a row for each credential; ``place`` counts a profile's credentials from 1."""
    rows, users, profiles = _nested(records, PROFILES_MEMBER, offset)
    made: list[tuple[int, str, Profile, int, Credential]] = []
    for row, user, profile in zip(rows, users, profiles, strict=True):
        if isinstance(profile, Profile):
            listed = profile.credentials or [Credential()]
            made.extend((row, user, profile, place, each) for place, each in enumerate(listed, 1))
    columns = {
        "row": pa.array([row for row, *_ in made], pa.int64()),
        "user_sourced_id": pa.array([user for _, user, *_ in made], _TEXT),
        "place": pa.array([place for *_, place, _ in made], pa.int64()),
    }
    for name in ("profile_id", "profile_type", "vendor_id", "application_id", "description"):
        columns[name] = _texts(_values([profile for _, _, profile, *_ in made], name))
    columns["credential_type"] = _texts([each.type for *_, each in made])
    columns["username"] = _texts([each.username for *_, each in made])
    return pa.table(columns)


def _nested(records: _Records, member: str, offset: int) -> tuple[list[int], list[str], list[msgspec.Struct]]:
    rows: list[int] = []
    users: list[str] = []
    found: list[msgspec.Struct] = []
    for place, (user, inside) in enumerate(zip(ids(records), _values(records, member), strict=True)):
        if isinstance(inside, list):
            rows.extend([offset + 2 + place] * len(inside))
            users.extend([user] * len(inside))
            found.extend(inside)
    return rows, users, found


def _values(records: _Records, column: str) -> list[object]:
    get: Callable[[msgspec.Struct], object] = attrgetter(column)
    return list(map(get, records))


def _column(each: Field, values: list[object]) -> pa.Array:
    if each.csv == "userIds":
        return _lists([_inside(value, _user_id) for value in values])
    if each.kind is Kind.REFS:
        return _lists([_inside(value, loose.ref_text) for value in values])
    if each.kind is Kind.TEXTS:
        return _lists(values)
    if each.kind is Kind.REF:
        return _refs(values)
    return _texts(values)


def _texts(values: list[object]) -> pa.Array:
    try:
        return pa.array(values, _TEXT)
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([loose.text(value) for value in values], _TEXT)


def _refs(values: list[object]) -> pa.Array:
    get: Callable[[object], object] = attrgetter("id")
    try:
        return _texts(list(map(get, values)))
    except AttributeError:
        return pa.array([loose.ref_text(value) for value in values], _TEXT)


def _lists(values: Iterable[object]) -> pa.Array:
    """Lists of texts; blank items say nothing and are left out."""
    made = pa.array(values, _TEXTS)
    flat = made.flatten()
    if flat.null_count or pc.any(pc.equal(flat, "")).as_py():
        kept = ([item for item in cell if item] if cell else None for cell in made.to_pylist())
        made = pa.array(kept, _TEXTS)
    return made


def _inside(value: object, say: Callable[[object], str]) -> list[str] | None:
    return [say(item) for item in value] if isinstance(value, list) and value else None


def _user_id(value: object) -> str:
    if isinstance(value, UserId):
        return f"{{{loose.text(value.type)}:{loose.text(value.identifier)}}}"
    return loose.text(value)


def _metadata(value: object) -> str | None:
    return _METADATA.encode(value).decode() if value else None
