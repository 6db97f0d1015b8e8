"""A OneRoster service found and opened: which version it speaks, and how requests to it are signed."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from rosterkeeper.oneroster.errors import SettingsError, SourceRefused
from rosterkeeper.oneroster.fields import ORGS, V1P1, V1P2, Entity
from rosterkeeper.sources.http import faults
from rosterkeeper.sources.http.auth import Auth, Bearer
from rosterkeeper.sources.http.client import Client, Limits
from rosterkeeper.sources.http.oauth2 import OAuth2
from rosterkeeper.sources.http.paging import Bounds
from rosterkeeper.sources.http.retry import Pace, Patience, Session
from rosterkeeper.sources.http.wire import Deadline
from rosterkeeper.sources.oneroster import urls
from rosterkeeper.sources.oneroster.reading import PageReader, Unstorable
from rosterkeeper.sources.spec import AUTHS, VERSIONS, OneRosterSpec

_SCOPE_ROOT: Final = "https://purl.imsglobal.org/spec/or"
# Reading only, and no more than the pull needs; a token without a scope is what some servers refuse.
SCOPES: Final = {
    version: tuple(
        f"{_SCOPE_ROOT}/{word}/scope/{name}.readonly" for name in ("roster-core", "roster", "roster-demographics")
    )
    for version, word in ((V1P1, "v1p1"), (V1P2, "v1p2"))
}
_MISSING: Final = (404, 410)


@dataclass(frozen=True, slots=True)
class Setup:
    """How patient and how large a pull may be; tests give it other clocks and smaller bounds.

    ``limits.body_bytes`` is shared by the pages in flight, so that it bounds the memory of a pull.
    """

    limits: Limits = field(default_factory=Limits)
    patience: Patience = field(default_factory=Patience)
    bounds: Bounds = field(default_factory=Bounds)
    pace: Pace | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A service of one version: its base address and a session that may read it."""

    version: str
    base: str
    session: Session

    def endpoint(self, entity: Entity) -> str:
        """The address of an entity's collection."""
        return f"{self.base}/{entity.name}"

    def place(self, entity: Entity) -> str:
        """The collection's path, as findings name it."""
        return f"{urls.SERVICE_PATHS[self.version]}/{entity.name}"


class Door:
    """Opens services of the server that a spec names; SettingsError where the spec cannot be right."""

    def __init__(self, spec: OneRosterSpec, setup: Setup) -> None:
        if spec.auth not in AUTHS or spec.version not in VERSIONS:
            raise SettingsError(
                "settings.connection",
                "The connection has an unknown authentication or version.",
                todo="Choose one that connection add lists (--auth, --version).",
            )
        if spec.auth != "bearer" and not spec.client_id.strip():
            raise SettingsError("settings.client_id", "The connection has no client id.", todo="Set it (--client-id).")
        self._spec = spec
        self._setup = setup
        self._address = urls.address(spec.url)
        self.deadline = Deadline()
        self.pace = setup.pace or Pace(sleep=self.deadline.sleep)
        self.lanes = min(max(1, spec.in_flight), 8)
        share = replace(setup.limits, body_bytes=setup.limits.body_bytes // self.lanes)
        self._client = Client(self._address.origin, share, self.deadline, connections=self.lanes)

    def close(self) -> None:
        """End every exchange and close every connection."""
        self.deadline.stop()
        self._client.close()

    def find(self) -> Service:
        """The service of the spec's version; for ``auto`` the first of 1.2 and 1.1 that is there."""
        versions = self._address.versions(self._spec.version)
        if self._spec.version != "auto":
            return self.open(versions[0])
        for version in versions:
            service = self.open(version)
            answer = service.session.get(urls.page_address(service.endpoint(ORGS), 0, 1))
            if answer.status in _MISSING:
                continue
            if answer.ok:
                _require_collection(answer.body, service.place(ORGS))
            elif answer.status != 403:
                raise faults.of_status(answer.status).error
            return service
        raise no_service()

    def open(self, version: str) -> Service:
        """The service of ``version``, not yet asked anything."""
        session = Session(self._client, self._auth(version), self._setup.patience, self.pace)
        return Service(version, self._address.service(version), session)

    def _auth(self, version: str) -> Auth:
        spec = self._spec
        makers: dict[str, Callable[[], Auth]] = {
            "oauth1": lambda: _oauth1(spec),
            "oauth1-sha1": lambda: _oauth1(spec),
            "oauth2": lambda: OAuth2(
                self._client,
                self._address.token_urls(spec.token_url, version),
                (spec.client_id.strip(), spec.secret),
                SCOPES[version],
                self.pace.clock,
            ),
            "bearer": lambda: Bearer(spec.secret),
        }
        return makers[spec.auth]()


def _oauth1(spec: OneRosterSpec) -> Auth:
    # Its library is loaded only by those who sign with it.
    from rosterkeeper.sources.http.oauth1 import SHA1, SHA256, OAuth1  # noqa: PLC0415

    return OAuth1(spec.client_id.strip(), spec.secret, SHA1 if spec.auth == "oauth1-sha1" else SHA256)


def _require_collection(body: bytearray, place: str) -> None:
    """Refuse what is no page of orgs; what a record holds is told where the collection is read."""
    with suppress(Unstorable):
        PageReader(ORGS, place)(body, 0)


def no_service() -> SourceRefused:
    """Neither version is there."""
    what = f"No OneRoster 1.1 or 1.2 service answers at the address. {faults.UNCHANGED}"
    return SourceRefused("source.not_found", what, todo="Check the address; it may also be an invalid Tenant ID.")
