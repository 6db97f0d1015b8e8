"""ClassLink as a test tells it to be: its list of districts, and a district's service behind it or on its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec
from oauthlib import oauth1

from rosterkeeper.sources.classlink.source import ClassLinkServer
from rosterkeeper.sources.http.retry import Patience
from rosterkeeper.sources.oneroster.service import Setup
from rosterkeeper.sources.spec import ClassLinkSpec
from tests.unit.sources.http.servers import HERE, Asked, HeldClock, Reply, Server
from tests.unit.sources.oneroster.services import OneRoster, district

KEY: Final = "partner-key"
TENANT: Final = "4711"
# Percent-escaped as it arrives: another escaping would make another path of it.
SEGMENT: Final = "MoYPlyQWmG0%3D%1F%5D"
BEARER: Final = "district-bearer"
WORDS: Final = b'{"private": "words of the server"}'


def row(tenant: object = 4711, **more: object) -> dict[str, object]:
    """A row of the list; the ids that are no path are there to be taken for one."""
    own = {
        "id": 9001,
        "application_id": 12,
        "oneroster_application_id": SEGMENT,
        "tenant_id": tenant,
        "tenant_name": "Elm County",
        "name": "Rosterkeeper",
        "bearer": BEARER,
        "enabled": "true",
        "tenant_status": "Active",
    }
    return own | more


@dataclass
class Proxy:
    """``path`` is where the data are, ``cap`` bounds a page of the list, ``headers`` go with every page of data."""

    rows: list[dict[str, object]]
    service: OneRoster = field(default_factory=lambda: OneRoster("1.1", district("1.1"), bearer=BEARER))
    path: str = "/" + SEGMENT
    cap: int = 1000
    headers: Mapping[str, str] = field(default_factory=dict)
    listed: int = 0

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/applications":
            return self._list(asked)
        if not asked.path.startswith(self.path + "/ims/"):
            return Reply(404, WORDS)
        inner = self.service(replace(asked, target=asked.target.removeprefix(self.path)))
        return replace(inner, headers={**inner.headers, **self.headers})

    def _list(self, asked: Asked) -> Reply:
        if asked.headers.get("Authorization") != f"Bearer {KEY}":
            return Reply(401, WORDS)
        self.listed += 1
        offset, limit = asked.number("offset"), min(asked.number("limit"), self.cap)
        page = self.rows[offset : offset + limit]
        return Reply(200, json.dumps({"status": 1, "applications": page}).encode())


class Quiet:
    """Follows a fetch."""

    def progress(self, step: str, what: str, done: int, total: int | None) -> None:
        """Nothing to note."""

    def check(self) -> None:
        """Never stops."""


def source(server: Server, **more: str) -> ClassLinkServer:
    """A source that never really waits."""
    spec = ClassLinkSpec(tenant_id=TENANT, secret=KEY, proxy=server.url, page_size=2)
    return ClassLinkServer(
        msgspec.structs.replace(spec, **more), Setup(patience=Patience(), pace=HeldClock().pace(), reach=HERE)
    )


class Signed:
    """The district's own server: the OneRoster service for whoever signs with ``method``."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.service = OneRoster("1.1", district("1.1"))
        self.url = ""

    def __call__(self, asked: Asked) -> Reply:
        if not asked.path.startswith("/ims/"):
            return Reply(404, WORDS)
        uri = self.url + asked.target
        header = asked.headers.get("Authorization", "")
        found = dict(part.strip().split("=", 1) for part in header.removeprefix("OAuth ").split(",") if "=" in part)
        if found.get("oauth_signature_method", "").strip('"') != self.method:
            return Reply(401, WORDS)
        signed = oauth1.Client(
            "the-key",
            client_secret="the-secret",
            signature_method=self.method,
            nonce=found["oauth_nonce"].strip('"'),
            timestamp=found["oauth_timestamp"].strip('"'),
        ).sign(uri)[1]["Authorization"]
        if signed != header:
            return Reply(401, WORDS)
        return self.service(replace(asked, headers={"Authorization": "Bearer static-bearer"}))


def direct(method: str, **more: str) -> tuple[Signed, ClassLinkSpec]:
    spec = ClassLinkSpec(client_id="the-key", secret="the-secret", page_size=2)
    return Signed(method), msgspec.structs.replace(spec, **more)


def opened(spec: ClassLinkSpec, url: str) -> ClassLinkServer:
    setup = Setup(patience=Patience(), pace=HeldClock().pace(), reach=HERE)
    return ClassLinkServer(msgspec.structs.replace(spec, url=url), setup)
