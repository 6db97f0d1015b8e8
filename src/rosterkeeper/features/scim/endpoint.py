"""The endpoint: who calls, how often, and the protocol's form of every answer."""

import json
from functools import cache
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from scim2_models import Error, InvalidValueException, SCIMException
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import SCIM_MEDIA_TYPE, ScimResponse

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.problems import NUL_IN_JSON, Problem
from rosterkeeper.features.api.rate import Rate
from rosterkeeper.features.audit.callers import origin_of
from rosterkeeper.features.scim import tokens, words
from rosterkeeper.features.scim.capabilities import SERVICE
from rosterkeeper.features.scim.storage import DistrictStorage

ROOT: Final = "/scim/"
# One account is a few hundred bytes; a search is less.
_MOST_BYTES: Final = 256 * 1024
# A push of all accounts is many requests, one after the other.
_BURST: Final = 1000
_A_SECOND: Final = 100.0


def is_scim(request: HttpRequest) -> bool:
    """Whether the request is one of SCIM, so that its answer has SCIM's form whatever happens."""
    return request.path.startswith(ROOT)


def told(problem: Problem) -> HttpResponse:
    """A problem in SCIM's form."""
    error = Error(status=problem.status, detail=f"{problem.what} {problem.todo}".strip())
    answer = _answer(ScimResponse(HTTPStatus(problem.status), error.model_dump()))
    if problem.retry_after:
        answer["Retry-After"] = str(problem.retry_after)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = 'Bearer realm="SCIM"'
    return answer


@csrf_exempt
@needs(Right.DIRECTORY)
def scim(request: HttpRequest, district: int, rest: str = "") -> HttpResponse:
    """Answer a request of a district's identity provider, in its district alone."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    token = tokens.known(text.strip() if kind.lower() == "bearer" else "", district)
    if wait := _rate().wait(f"token:{token.pk}" if token else origin_of(request)):
        return told(Problem(429, "scim.rate", "There were too many requests.", f"Wait {wait} s.", retry_after=wait))
    if token is None:
        todo = "Send the header Authorization: Bearer TOKEN, with a token of this district that is still good."
        return told(Problem(401, "scim.no_token", "The request came without a token that is known.", todo))
    if int(request.headers.get("Content-Length") or 0) > _MOST_BYTES:
        return told(Problem(413, "scim.too_large", "The request is larger than any account.", "Send one account."))
    asked = ScimRequest(
        method=request.method or "",
        base_url=request.build_absolute_uri(f"{ROOT}v2/{district}"),
        path=f"/{rest}",
        query=request.GET.dict(),
        headers=dict(request.headers),
        body=request.body,
    )
    try:
        if NUL_IN_JSON in asked.body:
            raise InvalidValueException(detail=words.NUL)
        return _answer(ScimHandler(SERVICE, DistrictStorage(district, token.pk)).handle(asked))
    except SCIMException as fault:
        return _answer(SERVICE.error_response(fault))


def _answer(made: ScimResponse) -> HttpResponse:
    body = b"" if made.body is None else json.dumps(made.body, ensure_ascii=False).encode()
    headers = {**made.headers, "Content-Type": f"{SCIM_MEDIA_TYPE}; charset=utf-8", "Cache-Control": "no-store"}
    return HttpResponse(body, status=made.status.value, headers=headers)


@cache
def _rate() -> Rate:
    return Rate(burst=_BURST, a_second=_A_SECOND)
