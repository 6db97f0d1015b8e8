"""OneRoster CSV rows as the JSON objects of the REST bindings 1.1 and 1.2, whichever version they came in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from rosterkeeper.oneroster.fields import (
    BASE_FIELDS,
    BY_NAME,
    METADATA_PREFIX,
    PASSWORD_FIELDS,
    V1P1,
    V1P2,
    Field,
    Kind,
)
from rosterkeeper.oneroster.vocabulary import EXTENSION_PREFIX, ROLE_PRECEDENCE, ROLE_TO_V1P1, ROLE_TO_V1P2
from rosterkeeper.sample.unpack import Package, Row

Json = dict[str, object]
Shape = Callable[[str], object]

# What a 1.1 reader is told of a role that 1.1 has no word for.
_LEAST_ROLE: Final = "aide"


@dataclass(frozen=True, slots=True)
class Held:
    """One role of one person in one org."""

    role: str
    role_type: str
    org: str
    begin: str = ""
    end: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """One object without its base fields; ``tags`` are its type, or a user's roles."""

    sourced_id: str
    status: str
    modified: str
    content: Json
    tags: tuple[str, ...]


class Former:
    """Makes the objects of ``version`` from a package; ``base`` is the service's URL, which the hrefs begin with."""

    def __init__(self, package: Package, version: str, base: str) -> None:
        self._package = package
        self._version = version
        self._base = base
        self._roles: dict[str, list[Held]] = {}
        self._profiles: dict[str, list[Json]] = {}
        self._children: dict[str, dict[str, list[str]]] = {"orgs": {}, "academicSessions": {}}

    def objects(self, entity: str) -> Iterator[Made]:
        """The entity's objects in the order of its file."""
        shapes = self._shapes(entity)
        rows = self._package.rows[entity]
        if entity == "users":
            self._gather_people()
        if entity in self._children:
            for row in rows:
                if parent := row.get("parentSourcedId"):
                    self._children[entity].setdefault(parent, []).append(row["sourcedId"])
        for row in rows:
            content: Json = {}
            for column, (name, shape) in shapes.items():
                if cell := row.get(column):
                    content[name] = shape(cell)
            tags = self._complete(entity, row, content)
            metadata = {key.removeprefix(METADATA_PREFIX): row[key] for key in row if key.startswith(METADATA_PREFIX)}
            if metadata:
                content["metadata"] = metadata
            yield Made(row["sourcedId"], row.get("status", ""), row.get("dateLastModified", ""), content, tags)

    def reference(self, target: str, sourced_id: str) -> Json:
        """A GUIDRef."""
        return {
            "href": f"{self._base}/{target}/{quote(sourced_id, safe='')}",
            "sourcedId": sourced_id,
            "type": BY_NAME[target].singular,
        }

    def _shapes(self, entity: str) -> dict[str, tuple[str, Shape]]:
        left_out = (*BASE_FIELDS, *PASSWORD_FIELDS, "role" if entity == "users" else "", "orgSourcedIds")
        return {
            each.csv: (each.rest, self._shape(each))
            for each in BY_NAME[entity].fields
            if self._version in each.versions and each.csv not in left_out
        }

    def _shape(self, field: Field) -> Shape:
        if field.kind is Kind.REF:
            return lambda cell: self.reference(field.target, cell)
        if field.kind is Kind.REFS:
            return lambda cell: [self.reference(field.target, each) for each in _items(cell)]
        if field.csv == "userIds":
            return lambda cell: [_user_id(each) for each in _items(cell)]
        if field.kind is Kind.TEXTS:
            return _items
        return str

    def _complete(self, entity: str, row: Row, content: Json) -> tuple[str, ...]:
        """Add what a file does not say in the row itself; return the object's tags."""
        if entity == "users":
            return self._add_roles(row, content)
        if entity in self._children:
            if children := self._children[entity].get(row["sourcedId"]):
                content["children"] = [self.reference(entity, each) for each in children]
            return (row["type"],)
        return ()

    def _add_roles(self, row: Row, content: Json) -> tuple[str, ...]:
        held = self._roles.get(row["sourcedId"], [])
        if self._version == V1P1:
            told = one_role(held, row.get("primaryOrgSourcedId", ""))
            content["role"] = told
            content["orgs"] = [self.reference("orgs", org) for org in dict.fromkeys(each.org for each in held)]
            return (told,)
        content["roles"] = [self._role(each) for each in held]
        if profiles := self._profiles.get(row["sourcedId"]):
            content["userProfiles"] = profiles
        return tuple(each.role for each in held)

    def _role(self, held: Held) -> Json:
        role: Json = {"roleType": held.role_type, "role": held.role, "org": self.reference("orgs", held.org)}
        role |= {"userProfile": held.profile} if held.profile else {}
        role |= {"beginDate": held.begin} if held.begin else {}
        role |= {"endDate": held.end} if held.end else {}
        return role

    def _gather_people(self) -> None:
        if self._package.version == V1P1:
            for row in self._package.rows["users"]:
                role = row.get("role", "")
                role = ROLE_TO_V1P2.get(role, role) if self._version == V1P2 else role
                self._roles[row["sourcedId"]] = [
                    Held(role, "primary", org) for org in _items(row.get("orgSourcedIds", ""))
                ]
            return
        for row in self._package.rows["roles"]:
            held = Held(
                role=row["role"],
                role_type=row.get("roleType", ""),
                org=row["orgSourcedId"],
                begin=row.get("beginDate", ""),
                end=row.get("endDate", ""),
                profile=row.get("userProfileSourcedId", ""),
            )
            self._roles.setdefault(row["userSourcedId"], []).append(held)
        for row in self._package.rows["userProfiles"]:
            self._profiles.setdefault(row["userSourcedId"], []).append(_profile(row))


def one_role(held: list[Held], primary_org: str) -> str:
    """The one role that 1.1 tells of a person: of the primary roles in the primary org, else of the primary roles,
    else of all, the first by the order of precedence; '' for someone without a role."""
    primary = [each for each in held if each.role_type == "primary"]
    at_home = [each for each in primary if each.org == primary_org]
    told = {_told(each.role) for each in (at_home or primary or held)}
    return next((role for role in ROLE_PRECEDENCE if role in told), "")


def _told(role: str) -> str:
    if role.startswith(EXTENSION_PREFIX):
        return _LEAST_ROLE
    return ROLE_TO_V1P1.get(role, role)


def _items(cell: str) -> list[str]:
    return [item.strip() for item in cell.split(",") if item.strip()]


def _user_id(item: str) -> Json:
    kind, _, identifier = item.strip("{}").partition(":")
    return {"type": kind, "identifier": identifier}


def _profile(row: Row) -> Json:
    """A user profile; its password is never served."""
    told = ("profileType", "vendorId", "applicationId", "description")
    profile: Json = {"profileId": row["sourcedId"]}
    profile |= {name: row[name] for name in told if row.get(name)}
    if row.get("credentialType"):
        profile["credentials"] = [{"type": row["credentialType"], "username": row.get("username", "")}]
    return profile
