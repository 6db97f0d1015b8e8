"""A stand-in for ClassLink: the proxy with its list of districts, and beside it the district's own server.

What is where, and which headers go with it, is what integrators recorded of the real ones:

    /applications                                  the districts of a partner key, page by page, without a total
    /applications/{application}/server             where a district's own server is
    /{application}/ims/oneroster/v1p1/…            a district's roster by its bearer
    /ims/oneroster/v1p1/…                          the same roster from its own server, by OAuth 1.0a

One district has the roster; the others are there to be told apart from it.
"""

import uuid
from dataclasses import replace
from typing import Final

import msgspec

from rosterkeeper.sample.answers import JSON, Answer, Asked, refusal
from rosterkeeper.sample.desk import BASE_PATHS, Desk
from rosterkeeper.sample.gate import BearerGate, SignatureGate
from rosterkeeper.sample.shelf import Library

TENANT_ID: Final = 4711
# Arrives percent-escaped, and is the path segment exactly as it arrives.
APPLICATION: Final = "MoYPlyQWmG0%3D%2Fw%5D"
APPLICATIONS_PATH: Final = "/applications"
_APP: Final = "1048"
_DECOYS: Final = 250
# Beyond a default page, so that whoever reads one page alone does not find it.
_PLACE: Final = 137
_DEFAULT_LIMIT: Final = 100
_LONGEST_PAGE: Final = 10_000
_PERMISSION: Final = "7"

Row = dict[str, object]


class Proxy:
    """Answers as the proxy and as the district's own server do; ``secret`` is the partner key, and OAuth 1's secret."""

    def __init__(self, version: str, client_id: str, secret: str, page_cap: int) -> None:
        self._version = version
        self._client_id = client_id
        self._secret = secret
        self._partner = BearerGate(secret)
        self._bearer = own_bearer(secret)
        self._direct = Desk(version, SignatureGate(client_id, secret, "HMAC-SHA256", "HMAC-SHA1"), page_cap)
        self._through = Desk(version, BearerGate(self._bearer), page_cap)
        self._rows = [_own(self._bearer) if at == _PLACE else _decoy(at, secret) for at in range(_DECOYS)]

    def answer(self, asked: Asked, library: Library) -> Answer:
        """The answer to a request, its media type included."""
        if asked.path.startswith(f"/{APPLICATION}{BASE_PATHS[self._version]}/"):
            return _told(self._through.answer(_inside(asked), library))
        if asked.path == APPLICATIONS_PATH or asked.path.startswith(APPLICATIONS_PATH + "/"):
            answer = self._listed(asked)
            answer.headers.setdefault("Content-Type", JSON)
            return answer
        return self._direct.answer(asked, library)

    def _listed(self, asked: Asked) -> Answer:
        if not self._partner.admits(asked):
            return refusal(self._version, "unauthorized", "The key is missing or wrong.")
        if asked.path != APPLICATIONS_PATH:
            return self._server(asked)
        limit, offset = (asked.parameters.get(*each) for each in (("limit", str(_DEFAULT_LIMIT)), ("offset", "0")))
        if not (limit.isdigit() and offset.isdigit() and 1 <= int(limit) <= _LONGEST_PAGE):
            return refusal(self._version, "invalid_data", "The page cannot be given.")
        page = self._rows[int(offset) : int(offset) + int(limit)]
        return Answer(200, msgspec.json.encode({"status": 1, "applications": page}))

    def _server(self, asked: Asked) -> Answer:
        if asked.path != f"{APPLICATIONS_PATH}/{APPLICATION}/server":
            return refusal(self._version, "unknown", "There is no such application.")
        host = asked.url.removesuffix(asked.target)
        told = {"client_id": self._client_id, "client_secret": self._secret, "endpoint_url": f"{host}/ims/oneroster"}
        return Answer(200, msgspec.json.encode(told))


def own_bearer(secret: str) -> str:
    """The bearer of the one district that has a roster."""
    return _bearer(secret, _PLACE)


def _bearer(secret: str, place: int) -> str:
    """The bearer of the district at ``place`` in the list: a UUID, another for another partner key."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{secret}/{place}"))


def _inside(asked: Asked) -> Asked:
    """The request as the district's server gets it from the proxy."""
    return replace(asked, path=asked.path.removeprefix(f"/{APPLICATION}"))


def _told(answer: Answer) -> Answer:
    """The answer with the proxy's headers, and without the server's Link."""
    answer.headers.pop("Link", None)
    answer.headers |= {"x-perm-rev": _PERMISSION, "x-obfuscated": "", "x-modified": "", "x-next-page-token": ""}
    answer.headers |= {"x-host-name": "undefined", "x-page-generation-time-ms": "365"}
    return answer


def _own(token: str) -> Row:
    return _row(_PLACE, TENANT_ID, APPLICATION, token)


def _decoy(place: int, secret: str) -> Row:
    """A district that is not ours: many could be, some have not switched the application on, some are closed."""
    row = _row(
        place, 20_000 + place, f"{uuid.uuid5(uuid.NAMESPACE_URL, str(place)).hex[:11]}%3D", _bearer(secret, place)
    )
    if place % 5 == 0:
        row["enabled"] = "false"
    if place % 7 == 0:
        row["tenant_status"] = "Inactive"
    if place % 11 == 0:
        row["bearer"] = None
    if place == _PLACE - 1:
        # Our tenant's number where it does not count.
        row |= {"id": str(TENANT_ID), "tenant_id": TENANT_ID * 10}
    return row


def _row(place: int, tenant: int, application: str, token: str) -> Row:
    return {
        "id": str(90_000 + place),
        "application_id": _APP,
        "oneroster_application_id": application,
        "tenant_id": tenant,
        "tenant_name": f"Sample District {place + 1}",
        "name": "Rosterkeeper",
        "bearer": token,
        "enabled": "true",
        "tenant_status": "Active",
    }
