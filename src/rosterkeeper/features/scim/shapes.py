"""What of a person SCIM speaks about here: the schemas, as models of the library.

Only what matching has a use for is among it. What an identity provider sends beyond that (telephone numbers, addresses,
passwords) is passed over and kept nowhere, as RFC 7644 (3.3) allows.
"""

from typing import Annotated, Any, Final

from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    CaseExact,
    ComplexAttribute,
    Extension,
    Mutability,
    Reference,
    Required,
    Resource,
    Uniqueness,
)

CORE: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
# Identity providers want own attributes under this prefix.
ROSTER: Final = "urn:ietf:params:scim:schemas:extension:rosterkeeper:2.0:User"


class Name(ComplexAttribute):
    """A person's name."""

    family_name: str | None = None
    given_name: str | None = None


class Email(ComplexAttribute):
    """An e-mail address. One a person is kept: the primary one, else the one for work, else the first."""

    # Not checked more closely: schools have addresses such as ada@school.local, and a wrong one only matches nobody.
    value: str | None = None
    type: Annotated[str | None, Field(examples=["work", "home", "other"])] = None
    primary: bool | None = None


class User(Resource[AnyExtension]):
    """An account of the district's directory."""

    __schema__ = URN(CORE)

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: Name | None = None
    display_name: str | None = None
    user_type: Annotated[str | None, Field(examples=["Staff", "Student", "Parent"])] = None
    active: bool | None = None
    emails: list[Email] | None = None


class EnterpriseUser(Extension):
    """What of the enterprise extension is kept: the number by which the district knows somebody."""

    __schema__ = URN(ENTERPRISE)

    employee_number: str | None = None


class RosterUser(Extension):
    """Ids of the roster, for an identity provider that knows them."""

    __schema__ = URN(ROSTER)

    sourced_id: Annotated[str | None, CaseExact.true] = None
    user_master_identifier: Annotated[str | None, CaseExact.true] = None


class GroupMember(ComplexAttribute):
    """Somebody in a group who has an account."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    ref: Annotated[Reference["User[Any]"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )


class Group(Resource[Any]):
    """A class's group, made of the roster; nothing can be changed about it from here."""

    __schema__ = URN(GROUP)

    display_name: Annotated[str | None, Mutability.read_only, Required.true] = None
    members: Annotated[list[GroupMember] | None, Mutability.read_only] = None


WholeUser = User[EnterpriseUser | RosterUser]
