"""An error as every call of the API tells it: a stable code, what happened, what to do, and a reference for our own."""

from dataclasses import asdict, dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse

from rosterkeeper.oneroster.errors import RosterkeeperError, RunRefused, SettingsError, SourceFailed, SourceRefused

ROOT: Final = "/api/"
# As JSON writes it: bare it is no JSON at all. PostgreSQL takes it for no text.
NUL_IN_JSON: Final = rb"\u0000"
# Beyond what the token may do.
_FORBIDDEN: Final = frozenset({"api.all_schools", "token.kind", "token.wider"})
# Settings that would be right if something else were not as it is.
_CONFLICTS: Final = (
    "account.in_use",
    "account.last_administrator",
    "connection.name_taken",
    "connection.other_district",
    "connection.other_source",
    "connection.second_source",
    "connection.switched_off",
    "district.name_taken",
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, under which HTTP status; ``retry_after`` is in seconds, 0 where waiting does not help."""

    status: int
    code: str
    what: str
    todo: str = ""
    reference: str = ""
    retry_after: int = 0


def is_call(request: HttpRequest) -> bool:
    """Whether the request is one of the API, so that its answer is JSON whatever happens."""
    return request.path.startswith(ROOT)


def answer(problem: Problem) -> HttpResponse:
    """The problem as JSON: ``{"code", "what", "todo", "reference"}``."""
    told = {name: text for name, text in asdict(problem).items() if name not in ("status", "retry_after")}
    made = JsonResponse(told, status=problem.status)
    if problem.retry_after:
        made["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        made["WWW-Authenticate"] = "Bearer"
    return made


def status_of(fault: RosterkeeperError) -> Problem:
    """An error of the product with the HTTP status that fits it."""
    match fault:
        case _ if fault.code.endswith((".unknown", ".unknown_record", ".no_snapshot")):
            status = 404
        case _ if fault.code in _FORBIDDEN:
            status = 403
        case RunRefused():
            status = 409
        case _ if fault.code in _CONFLICTS:
            status = 409
        case SettingsError():
            status = 400
        case SourceFailed() | SourceRefused():
            status = 502
        case _:
            status = 500
    return Problem(status, fault.code, fault.what, fault.todo, retry_after=round(fault.retry_after or 0))
