"""What the sample server answers: a status, headers and a body, in the forms of OneRoster 1.1 and 1.2."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from rosterkeeper.oneroster.fields import V1P1

JSON: Final = "application/json"

# A kind of refusal: its HTTP status, and codeMinor in 1.1 and in 1.2.
_KINDS: Final = {
    "invalid_filter_field": (400, "invalid_filter_field", "invalid_filter_field"),
    "blank_selection": (400, "invalid_blank_selection_field", "invalid_selection_field"),
    "invalid_data": (400, "invalid data", "invaliddata"),
    "unauthorized": (401, "unauthorized", "unauthorisedrequest"),
    "forbidden": (403, "forbidden", "forbidden"),
    "unknown": (404, "unknown object", "unknownobject"),
    "not_allowed": (405, "unsupported", "unsupported"),
    "busy": (429, "server_busy", "server_busy"),
    "fault": (500, "internal_server_error", "internal_server_error"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. ``target`` is its path and query as they were sent; header names are in lower case."""

    method: str
    url: str
    target: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(slots=True)
class Answer:
    """One response. The last four are for fault plans: wait that many seconds first, hang up after that many bytes of
    the body (None: send all of it), by tearing the connection down, and send a byte each ``drip`` seconds."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    cut_after: int | None = None
    reset: bool = False
    drip: float = 0.0


class Hook(Protocol):
    """Whoever may spoil an answer before it is sent."""

    def __call__(self, asked: Asked, answer: Answer) -> Answer:
        """The answer to send instead, or the same."""


def as_it_is(asked: Asked, answer: Answer) -> Answer:  # noqa: ARG001 - the Hook's shape
    """The hook of a server that never fails."""
    return answer


def refusal(version: str, kind: str, says: str) -> Answer:
    """An error in the form of ``version``."""
    status, minor_v1p1, minor_v1p2 = _KINDS[kind]
    if version == V1P1:
        entry = {
            "imsx_codeMajor": "failure",
            "imsx_severity": "error",
            "imsx_codeMinor": minor_v1p1,
            "imsx_description": says,
        }
        body = msgspec.json.encode({"statusInfoSet": [entry]})
    else:
        named = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor_v1p2}
        body = msgspec.json.encode(
            {
                "imsx_codeMajor": "failure",
                "imsx_severity": "error",
                "imsx_description": says,
                "imsx_CodeMinor": {"imsx_codeMinorField": [named]},
            }
        )
    return Answer(status, body)


def warning(minor: str, says: str) -> bytes:
    """A 1.1 warning as a member that stands beside the data."""
    entry = {
        "imsx_codeMajor": "success",
        "imsx_severity": "warning",
        "imsx_codeMinor": minor,
        "imsx_description": says,
    }
    return b',"statusInfoSet":' + msgspec.json.encode([entry])
