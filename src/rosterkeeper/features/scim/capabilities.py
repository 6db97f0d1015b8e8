"""What the SCIM endpoint says about itself, and how much it lets identity providers depart from the standard.

Not named `provider`: allauth loads every app's module of that name into every process, commands too, and the libraries
here take a second.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    Error,
    ETag,
    Filter,
    ForbiddenException,
    Patch,
    PatchOp,
    Resource,
    ResourceType,
    SCIMException,
    ScimPolicy,
    ScimProvider,
    SearchRequest,
    ServiceProviderConfig,
    Sort,
)
from scim2_server.conditions import Conditions
from scim2_server.requests import ScimRequest
from scim2_server.routing import Operation, Target
from scim2_server.service import ScimService

from rosterkeeper.features.scim import words
from rosterkeeper.features.scim.shapes import EnterpriseUser, Group, RosterUser, User, WholeUser

# Accounts an answer lists at most.
MOST: Final = 200
USERS: Final = "User"
GROUPS: Final = "Group"
# A comparison with a part of a selected entry; the standard knows this form in paths alone.
_SELECTED: Final = re.compile(
    r"""([\w:.-]+) \[ ([^\[\]]+) \] \. (\w+ \s+ (?: pr \b | \w\w \s+ (?: "(?: [^"\\] | \\. )*" | [\w.-]+ ) ))""",
    re.VERBOSE,
)
_READS: Final = (Operation.query, Operation.search, Operation.search_with_body)


class Service(ScimService):
    """The library's protocol, with groups that can only be read, and with what Entra ID and others make of PATCH."""

    def authorize(self, request: ScimRequest, target: Target, resource_type: ResourceType) -> None:  # noqa: ARG002
        """ForbiddenException where a group would be changed."""
        if resource_type.name == GROUPS and target.operation not in _READS:
            raise ForbiddenException(detail=words.GROUPS_FIXED)

    def read_patch(self, resource_type: ResourceType, body: bytes, content_type: str | None) -> "PatchOp[Any]":
        """The operations of a PATCH; a value that has a path for a name becomes an operation of its own."""
        return super().read_patch(resource_type, _with_paths(body), content_type)

    def read_search(self, resource_types: list[ResourceType], payload: Any) -> tuple[SearchRequest[Any], Any]:
        """What is searched for; Entra ID also asks by ``emails[type eq "work"].value eq "…"``."""
        if isinstance(payload, dict) and isinstance(payload.get("filter"), str):
            payload = {**payload, "filter": _SELECTED.sub(r"\1[\2 and \3]", payload["filter"])}
        return super().read_search(resource_types, payload)

    def apply_patch(
        self, current: Resource[Any], patch_op: "PatchOp[Any]", conditions: Conditions
    ) -> Resource[Any] | None:
        """The user as changed; ``active`` is None where the PATCH says nothing about it."""
        return _unsaid(current, super().apply_patch, patch_op, conditions)

    def apply_replacement(
        self, current: Resource[Any], replacement: Resource[Any], conditions: Conditions
    ) -> Resource[Any] | None:
        """The user as replaced; ``active`` is None where the request says nothing about it."""
        return _unsaid(current, super().apply_replacement, replacement, conditions)

    @staticmethod
    def error_of(exception: Exception) -> Error:
        """The error of an exception, which never quotes what was sent."""
        if isinstance(exception, SCIMException):
            return words.error_of(exception)
        return ScimService.error_of(exception)


def _unsaid(
    current: Resource[Any],
    apply: Callable[[Resource[Any], Any, Conditions], Resource[Any] | None],
    stated: Any,
    conditions: Conditions,
) -> Resource[Any] | None:
    """Apply a change to an account of which it is not said whether it is active.

    What is shown may be somebody else's doing; only what the identity provider says now is its own word.
    """
    shown = current.active  # type: ignore[attr-defined]
    current.active = None  # type: ignore[attr-defined]
    made = apply(current, stated, conditions)
    if made is None:
        current.active = shown  # type: ignore[attr-defined]
    return made


def _with_paths(body: bytes) -> bytes:
    """A PATCH in which no operation without a path has values named ``emails[type eq "work"].value``."""
    try:
        stated = json.loads(body)
        operations = stated["Operations"]
        made = [each for operation in operations for each in _taken_apart(operation)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return body
    return json.dumps({**stated, "Operations": made}).encode()


def _taken_apart(operation: dict[str, Any]) -> list[dict[str, Any]]:
    value = operation.get("value")
    if operation.get("path") or not isinstance(value, dict):
        return [operation]
    paths = {name: each for name, each in value.items() if "[" in name}
    rest = {name: each for name, each in value.items() if name not in paths}
    made = [{**operation, "path": path, "value": each} for path, each in paths.items()]
    return [*([{**operation, "value": rest}] if rest or not made else []), *made]


def _described() -> ScimProvider:
    bearer = AuthenticationScheme(
        type=AuthenticationScheme.Type.oauthbearertoken,
        name="Bearer token",
        description="A token that is made on the page SCIM of the district's directory.",
        primary=True,
    )
    config = ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        authentication_schemes=[bearer],
    )
    # Entra ID takes its own liberties with PATCH, and everybody sends attributes that are of no use here.
    policy = ScimPolicy(
        unknown=ScimPolicy.Unknown.ignore,
        remove_value_as_filter=ScimPolicy.RemoveValue.apply,
        unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
    )
    kinds: list[type[Resource[Any]]] = [WholeUser, Group]
    types = [ResourceType.from_resource(kind) for kind in kinds]
    return ScimProvider([User, EnterpriseUser, RosterUser, Group], types, config, policy)


PROVIDER: Final = _described()
SERVICE: Final = Service(PROVIDER)
