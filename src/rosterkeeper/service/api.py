"""The API: every feature's operations under one address, their errors in one form, their description for programs."""

import logging
import secrets
from functools import cache
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.accounts import router as accounts
from rosterkeeper.features.api.calls import ERRORS, Bearer, Told
from rosterkeeper.features.api.problems import Problem, answer, status_of
from rosterkeeper.features.api.trail import router as trail
from rosterkeeper.features.connecting.api import router as connections
from rosterkeeper.features.connections.api_districts import router as districts
from rosterkeeper.features.console.api import router as console
from rosterkeeper.features.console.api_settings import router as console_settings
from rosterkeeper.features.groups.api import router as groups
from rosterkeeper.features.manage.api import router as manage
from rosterkeeper.features.notices.api import router as notices
from rosterkeeper.features.people.api import router as directories
from rosterkeeper.features.people.api_matching import router as matching
from rosterkeeper.features.people.api_parents import router as families
from rosterkeeper.features.people.api_trials import router as matching_previews
from rosterkeeper.features.people.api_uploads import router as directory_uploads
from rosterkeeper.features.roster.api import router as roster
from rosterkeeper.features.runs.api import router as runs
from rosterkeeper.features.runs.api_changes import router as changes
from rosterkeeper.features.runs.api_ids import router as new_ids
from rosterkeeper.features.runs.api_logs import router as logs
from rosterkeeper.features.schedules.api import router as schedules
from rosterkeeper.features.scim.api import router as scim_tokens
from rosterkeeper.features.signin.api import router as signin
from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.service.logs import places

_log = logging.getLogger("rosterkeeper.api")

api = NinjaAPI(
    title="Rosterkeeper",
    version="1",
    description="All that the pages do, for programs. An administrator makes tokens under API tokens.",
    auth=Bearer(),
    # The page of ninja that shows the description takes its scripts from another host.
    docs_url=None,
    openapi_url=None,
)
_ROUTERS = (
    districts,
    connections,
    runs,
    new_ids,
    logs,
    changes,
    roster,
    groups,
    console,
    console_settings,
    directories,
    matching,
    matching_previews,
    directory_uploads,
    families,
    scim_tokens,
    schedules,
    notices,
    manage,
    accounts,
    signin,
    trail,
)
for _each in _ROUTERS:
    api.add_router("", _each)


@api.get("/openapi.json", auth=None, include_in_schema=False, url_name="openapi-json")
@needs(Right.OPEN)
def openapi(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 -- an operation's signature
    """This description."""
    return description()


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document of all operations, with what each of them answers where something is wrong.

    Made once a process, for it takes more than a second and anybody may ask for it.
    """
    made = api.get_openapi_schema()
    made["components"]["schemas"][Told.__name__] = Told.model_json_schema()
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{Told.__name__}"}}}
    errors = {status: {"description": HTTPStatus(status).phrase, "content": content} for status in ERRORS}
    for operations in made["paths"].values():
        for operation in operations.values():
            operation["responses"] |= errors
    return made


@api.exception_handler(RosterkeeperError)
def _refused(request: HttpRequest, fault: RosterkeeperError) -> HttpResponse:  # noqa: ARG001
    return answer(status_of(fault))


@api.exception_handler(ValidationError)
def _misread(request: HttpRequest, fault: ValidationError) -> HttpResponse:  # noqa: ARG001
    # Places and kinds only: what was sent may be anybody's data.
    found = [f"{'.'.join(map(str, each['loc']))} ({each['type']})" for each in fault.errors]
    what = f"The call's input is wrong: {', '.join(found)}."
    return answer(Problem(400, "api.bad_input", what, "Compare it with /api/v1/openapi.json."))


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, fault: Http404) -> HttpResponse:  # noqa: ARG001
    return answer(Problem(404, "api.not_found", "There is nothing with this number.", "List what there is first."))


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, fault: AuthenticationError) -> HttpResponse:  # noqa: ARG001
    return answer(Problem(401, "api.no_token", "The call came without a token that is known.", "Send one."))


@api.exception_handler(HttpError)
def _wrong(request: HttpRequest, fault: HttpError) -> HttpResponse:  # noqa: ARG001
    what = "The call could not be understood."
    return answer(Problem(fault.status_code, "api.bad_request", what, "Compare it with /api/v1/openapi.json."))


@api.exception_handler(Exception)
def _broken(request: HttpRequest, fault: Exception) -> HttpResponse:
    reference = secrets.token_hex(4)
    match = request.resolver_match
    where = match.route if match else "?"
    _log.error("An error at %s has the reference number %s.\n%s", where, reference, "\n".join(places(fault)))
    todo = "Try again. If it happens again, give the reference to who runs this server."
    return answer(Problem(500, "program.fault", "The call could not be answered.", todo, reference))
