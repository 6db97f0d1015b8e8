"""ClassLink's proxy as a test tells it to be: a list of districts, and one district's OneRoster service behind it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tests.unit.sources.http.servers import Asked, Reply
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
