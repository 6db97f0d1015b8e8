"""OneRoster's records as JSON carries them: Struct types made of the field table.

The types take the standard's shapes and the commonest dialects (numbers and booleans for text, a reference as plain
text). What they cannot take, `loose` reads; both give the same records. A password has no member anywhere, so that
it is never decoded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import GenericAlias
from typing import Final

import msgspec

from rosterkeeper.oneroster.fields import BASE_FIELDS, ROLES, USERS, Entity, Field, Kind
from rosterkeeper.sources.contract import raw_fields

# How a text, a number or a boolean may be written.
Scalar = str | int | float | bool | None


class Ref(msgspec.Struct, frozen=True, gc=False, rename={"id": "sourcedId"}):
    """A reference to another record; href and type are not followed and not kept."""

    id: str | int | None = ""


class UserId(msgspec.Struct, frozen=True, gc=False):
    """One identifier of a user in some other system."""

    type: str | int = ""
    identifier: str | int = ""


class Credential(msgspec.Struct, frozen=True, gc=False):
    """One credential of a user's profile, without its password."""

    type: str | int | None = ""
    username: str | int | None = ""


class Profile(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One of a user's profiles (OneRoster 1.2)."""

    profile_id: str | int | None = ""
    profile_type: str | int | None = ""
    vendor_id: str | int | None = ""
    application_id: str | int | None = ""
    description: str | int | None = ""
    credentials: list[Credential] | None = None


NO_REF: Final = Ref()
# Members beside the table's fields.
METADATA: Final = "metadata"
ROLES_MEMBER: Final = "roles"
PROFILES_MEMBER: Final = "user_profiles"

# A role's fields inside a user: without an id, a status and a user of its own.
ROLE_FIELDS: Final = tuple(each for each in ROLES.fields if each.csv not in (*BASE_FIELDS, "userSourcedId"))


@dataclass(frozen=True, slots=True)
class Shape:
    """How one entity is decoded: the type of a record, and a decoder of whole answers.

    The decoder gives an object whose ``rows`` is the list of records (UNSET where the answer lacks the collection),
    or the list itself where the server leaves out the wrapper. ``split`` turns records into columns, one a member.
    """

    entity: Entity
    fields: tuple[Field, ...]
    record: type[msgspec.Struct]
    decoder: msgspec.json.Decoder[object] = field(repr=False)
    split: Callable[[Sequence[msgspec.Struct]], Sequence[list[object]]] = field(repr=False)


def shape(entity: Entity) -> Shape:
    """The entity's shape."""
    fields = raw_fields(entity)
    members = [_member(each) for each in fields]
    names = {each.column: each.rest for each in fields}
    members.append((METADATA, dict[str, object] | None, None))
    if entity is USERS:
        members.append((ROLES_MEMBER, GenericAlias(list, (ROLE,)) | None, None))
        members.append((PROFILES_MEMBER, list[Profile] | None, None))
        names[PROFILES_MEMBER] = "userProfiles"
    record = msgspec.defstruct(entity.singular, members, rename=names, gc=False)
    rows = GenericAlias(list, (record,))
    wrapper = msgspec.defstruct(
        "Wrapper", [("rows", rows | msgspec.UnsetType, msgspec.UNSET)], rename={"rows": entity.name}, gc=False
    )
    return Shape(entity, fields, record, msgspec.json.Decoder(wrapper | rows), _splitter(record))


def _splitter(record: type[msgspec.Struct]) -> Callable[[Sequence[msgspec.Struct]], Sequence[list[object]]]:
    """A function that reads every member of many records: spelt out, twice as fast as by attrgetter."""
    columns = ", ".join(f"[record.{name} for record in records]" for name in record.__struct_fields__)
    source = f"lambda records: [{columns}]"
    made: Callable[[Sequence[msgspec.Struct]], Sequence[list[object]]] = eval(source)  # noqa: S307 - the table's names
    return made


def _member(each: Field) -> tuple[str, object, object]:
    """A field of the table as a Struct member: attribute, type, default."""
    if each.csv == "userIds":
        return (each.column, list[UserId | str] | None, None)
    if each.kind is Kind.REFS:
        return (each.column, list[Ref | str] | None, None)
    if each.kind is Kind.TEXTS:
        return (each.column, list[str] | None, None)
    if each.kind is Kind.REF:
        return (each.column, Ref | str | int | None, NO_REF)
    return (each.column, Scalar, None)


ROLE: Final = msgspec.defstruct(
    "role",
    [_member(each) for each in ROLE_FIELDS],
    rename={each.column: each.rest for each in ROLE_FIELDS},
    gc=False,
)
