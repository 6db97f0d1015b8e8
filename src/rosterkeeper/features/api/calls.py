"""How the API's operations are grouped and documented; who may call what is said by `needs`, as with pages."""

from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Path, Router, Schema
from ninja.security import HttpBearer
from pydantic import BaseModel, ConfigDict, Field

from rosterkeeper.features.accounts.models import Account
from rosterkeeper.features.accounts.scope import schools_of
from rosterkeeper.oneroster.errors import RunRefused

# What a row's number can be in either database.
HIGHEST = 2**63 - 1
Number = Annotated[int, Path(ge=1, le=HIGHEST)]
# An id of the source, in an address or a body.
Id = Annotated[str, Field(min_length=1, max_length=255)]


class Bearer(HttpBearer):
    """A token in the header ``Authorization: Bearer TOKEN``."""

    def authenticate(self, request: HttpRequest, token: str) -> Account | None:  # noqa: ARG002 -- ninja's signature
        """The account of the token that `service.access` has found; it has let nobody else come so far."""
        return request.user if isinstance(request.user, Account) else None


class Given(BaseModel):
    """What a call's body states; a member that is not known is refused, for it was meant to do something."""

    model_config = ConfigDict(extra="forbid")


class Told(Schema):
    """An error."""

    code: str = Field(description="Stable; see docs/errors.md.")
    what: str = Field(description="What happened, in one sentence.")
    todo: str = Field(description="What to do next.")
    reference: str = Field(description="For errors of the server itself: the number that stands in its log.")


# What every operation may answer besides.
ERRORS: Final = (400, 401, 403, 404, 409, 413, 429, 500)


def group(name: str) -> Router:
    """A router for the operations of one feature."""
    return Router(tags=[name])


def answers(shape: Any, status: int = 200) -> dict[int, Any]:
    """What an operation answers with: its own shape.

    Every error's is the same, `Told`, and is put into the description as a whole: ninja would make a class for each
    status of each operation, a third of what loading the API takes.
    """
    return {status: shape}


def need_all_schools(request: HttpRequest) -> None:
    """RunRefused where the caller is limited to schools and the call tells of all of them at once."""
    if schools_of(request) is not None:
        raise RunRefused(
            "api.all_schools",
            "This tells of every school's people, and the token is limited to some schools.",
            todo="Use a token that is not limited to schools.",
        )
