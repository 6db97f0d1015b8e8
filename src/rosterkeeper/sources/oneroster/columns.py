"""Records as columns: a page becomes Arrow tables, text cell by text cell, lists still as lists.

Each column is first made as if every cell had the standard's form, which Arrow checks as fast as it copies; only a
column that has a stranger is gone through cell by cell.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
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

# The header of a CSV file is row 1, so the first record is row 2 everywhere.
FIRST_ROW = 2
_METADATA = msgspec.json.Encoder(order="sorted")
_TEXT = pa.string()
_TEXTS = pa.list_(pa.string())
_ID: Callable[[object], object] = attrgetter("id")
Cells = Mapping[str, list[object]]


def split(shape: Shape, records: Sequence[msgspec.Struct]) -> Cells:
    """The records' values by column."""
    return dict(zip(shape.record.__struct_fields__, shape.split(records), strict=True))


def ids(cells: Cells) -> list[str]:
    """The records' ids in order, blank where one has none."""
    return [value if type(value) is str else loose.text(value) for value in cells["sourced_id"]]


def main_table(shape: Shape, cells: Cells, offset: int) -> pa.Table:
    """The entity's own columns, with ``row`` and ``metadata``."""
    first = offset + FIRST_ROW
    columns = {"row": numbers(range(first, first + len(cells["sourced_id"])))}
    for each in shape.fields:
        columns[each.column] = _column(each, cells[each.column])
    columns[METADATA] = metadata(cells[METADATA])
    return pa.table(columns)


def role_table(users: Sequence[str], cells: Cells, offset: int) -> pa.Table | None:
    """The roles nested in users: the user's row and id beside each role's own fields; None where there are none."""
    rows, owners, roles = _nested(users, cells[ROLES_MEMBER], offset)
    if not roles:
        return None
    columns = {"row": numbers(rows), "user_sourced_id": pa.array(owners, _TEXT)}
    for each in ROLE_FIELDS:
        columns[each.column] = _column(each, list(map(attrgetter(each.column), roles)))
    return pa.table(columns)


def profile_table(users: Sequence[str], cells: Cells, offset: int) -> pa.Table | None:
    """The profiles nested in users, a row for each credential; ``place`` counts a profile's credentials from 1."""
    made: list[tuple[int, str, Profile, int, Credential]] = []
    for row, user, profile in zip(*_nested(users, cells[PROFILES_MEMBER], offset), strict=True):
        if isinstance(profile, Profile):
            listed = profile.credentials or [Credential()]
            made.extend((row, user, profile, place, each) for place, each in enumerate(listed, 1))
    if not made:
        return None
    columns = {
        "row": numbers([row for row, *_ in made]),
        "user_sourced_id": pa.array([user for _, user, *_ in made], _TEXT),
        "place": numbers([place for *_, place, _ in made]),
    }
    for name in ("profile_id", "profile_type", "vendor_id", "application_id", "description"):
        columns[name] = _texts(list(map(attrgetter(name), (profile for _, _, profile, *_ in made))))
    columns["credential_type"] = _texts([each.type for *_, each in made])
    columns["username"] = _texts([each.username for *_, each in made])
    return pa.table(columns)


def _nested(
    users: Sequence[str], member: list[object], offset: int
) -> tuple[list[int], list[str], list[msgspec.Struct]]:
    rows: list[int] = []
    owners: list[str] = []
    found: list[msgspec.Struct] = []
    for place, inside in enumerate(member):
        if isinstance(inside, list):
            rows.extend([offset + FIRST_ROW + place] * len(inside))
            owners.extend([users[place]] * len(inside))
            found.extend(inside)
    return rows, owners, found


def numbers(values: Iterable[int]) -> pa.Array:
    """Whole numbers through one buffer: several times as fast as number by number."""
    held = array("q", values)
    return pa.Array.from_buffers(pa.int64(), len(held), [None, pa.py_buffer(held)])


def _column(each: Field, values: list[object]) -> pa.Array:
    if each.csv == "userIds":
        return _lists(_user_ids(values))
    if each.kind is Kind.REFS:
        return _lists(_ref_lists(values))
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
    try:
        return _texts(list(map(_ID, values)))
    except AttributeError:
        return pa.array([loose.ref_text(value) for value in values], _TEXT)


def _ref_lists(values: list[object]) -> list[object]:
    try:
        return [list(map(_ID, value)) if isinstance(value, list) else None for value in values]
    except AttributeError:
        return [_inside(value, loose.ref_text) for value in values]


def _lists(values: list[object]) -> pa.Array:
    """Lists of texts; blank items say nothing and are left out."""
    try:
        made = pa.array(values, _TEXTS)
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        made = pa.array([_inside(value, loose.text) for value in values], _TEXTS)
    flat = made.flatten()
    if flat.null_count or pc.any(pc.equal(flat, "")).as_py():
        kept = ([item for item in cell if item] if cell else None for cell in made.to_pylist())
        made = pa.array(kept, _TEXTS)
    return made


def _inside(value: object, say: Callable[[object], str]) -> list[str] | None:
    return [say(item) for item in value] if isinstance(value, list) and value else None


def _user_ids(values: list[object]) -> list[object]:
    """Identifiers as the CSV binding writes them: ``{type:identifier}``."""
    try:
        return [
            [f"{{{item.type}:{item.identifier}}}" for item in value] if isinstance(value, list) and value else None
            for value in values
        ]
    except AttributeError:
        return [_inside(value, _user_id) for value in values]


def _user_id(value: object) -> str:
    return f"{{{value.type}:{value.identifier}}}" if isinstance(value, UserId) else loose.text(value)


def metadata(values: list[object]) -> pa.Array:
    """Metadata as JSON with its names in order; null for none."""
    if not any(values):
        return pa.nulls(len(values), _TEXT)
    return pa.array([_METADATA.encode(value).decode() if value else None for value in values], _TEXT)
