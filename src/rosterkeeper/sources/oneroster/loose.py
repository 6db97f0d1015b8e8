"""The patient reader: any JSON at all becomes the records that the quick one would have made of well-formed JSON.

What it survives: null or one object or one text for a list, a number, a boolean or an object for a text, anything
for a reference. Nothing is lost silently: a value of a strange form becomes its JSON text, and normalize finds it.
"""

from typing import Final

import msgspec

from rosterkeeper.oneroster.fields import USERS, Field, Kind
from rosterkeeper.sources.oneroster.records import (
    METADATA,
    PROFILES_MEMBER,
    ROLE,
    ROLE_FIELDS,
    ROLES_MEMBER,
    Credential,
    Profile,
    Ref,
    Shape,
    UserId,
)

_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def text(value: object) -> str:
    """A value as text: what JSON writes for it, without quotes."""
    if isinstance(value, str):
        return value
    return "" if value is None else _ENCODER.encode(value).decode()


def ref_text(value: object) -> str:
    """The id that a reference carries, in whichever form it is written."""
    if isinstance(value, Ref):
        return text(value.id)
    if isinstance(value, dict):
        return text(value.get("sourcedId"))
    if isinstance(value, list):
        return ref_text(value[0]) if value else ""
    return text(value)


def items(value: object) -> list[object]:
    """A list, of one where the server left out the brackets, of none where there is nothing."""
    if isinstance(value, list):
        return [item for item in value if item is not None]
    return [] if value in (None, "", {}) else [value]


def record(shape: Shape, value: object) -> msgspec.Struct:
    """One record of the shape; a value that is no object has no field filled."""
    given = value if isinstance(value, dict) else {}
    members: dict[str, object] = {each.column: _member(each, given.get(each.rest)) for each in shape.fields}
    metadata = given.get("metadata")
    members[METADATA] = metadata if isinstance(metadata, dict) else None
    if shape.entity is USERS:
        members[ROLES_MEMBER] = [_role(item) for item in items(given.get("roles"))]
        members[PROFILES_MEMBER] = [_profile(item) for item in items(given.get("userProfiles"))]
    return shape.record(**members)


def _member(each: Field, value: object) -> object:
    if each.csv == "userIds":
        return [_user_id(item) for item in items(value)]
    if each.kind is Kind.REFS:
        return [Ref(ref_text(item)) for item in items(value)]
    if each.kind is Kind.TEXTS:
        return [text(item) for item in items(value)]
    if each.kind is Kind.REF:
        return Ref(ref_text(value))
    return text(value)


def _role(value: object) -> msgspec.Struct:
    given = value if isinstance(value, dict) else {}
    return ROLE(**{each.column: _member(each, given.get(each.rest)) for each in ROLE_FIELDS})


def _user_id(value: object) -> UserId | str:
    if isinstance(value, dict):
        return UserId(text(value.get("type")), text(value.get("identifier")))
    return text(value)


def _profile(value: object) -> Profile:
    given = value if isinstance(value, dict) else {}
    return Profile(
        profile_id=text(given.get("profileId")),
        profile_type=text(given.get("profileType")),
        vendor_id=text(given.get("vendorId")),
        application_id=text(given.get("applicationId")),
        description=text(given.get("description")),
        credentials=[
            Credential(text(item.get("type")), text(item.get("username")))
            for item in items(given.get("credentials"))
            if isinstance(item, dict)
        ],
    )
