"""A OneRoster service found and opened: which version it speaks, and how requests to it are signed."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from rosterkeeper.oneroster.errors import SettingsError, SourceRefused
from rosterkeeper.oneroster.fields import ORGS, V1P1, V1P2, Entity
from rosterkeeper.sources.contract import Since
from rosterkeeper.sources.http import faults
from rosterkeeper.sources.http.auth import Auth, Bearer
from rosterkeeper.sources.http.client import Client, Limits
from rosterkeeper.sources.http.oauth2 import Manner, OAuth2, Style
from rosterkeeper.sources.http.paging import Bounds
from rosterkeeper.sources.http.reach import Reach
from rosterkeeper.sources.http.retry import Pace, Patience, Session
from rosterkeeper.sources.http.sockets import Deadline
from rosterkeeper.sources.oneroster import presets, urls
from rosterkeeper.sources.oneroster.reading import PageReader, Unstorable
from rosterkeeper.sources.spec import AUTH_STYLES, AUTHS, GRANTS, NO_SCOPE, VERSIONS, OneRosterSpec

_SCOPE_ROOT: Final = "https://purl.imsglobal.org/spec/or"
# Reading only, and no more than the pull needs; a token without a scope is what some servers refuse.
SCOPES: Final = {
    version: tuple(
        f"{_SCOPE_ROOT}/{word}/scope/{name}.readonly" for name in ("roster-core", "roster", "roster-demographics")
    )
    for version, word in ((V1P1, "v1p1"), (V1P2, "v1p2"))
}
MISSING: Final = (404, 410)


@dataclass(frozen=True, slots=True)
class Setup:
    """How patient and how large a pull may be, and how far it may reach; tests give it other clocks and smaller bounds.

    ``limits.body_bytes`` is shared by the pages in flight, so that it bounds the memory of a pull. ``token_calls``
    bounds the calls to a token endpoint altogether; None bounds those for each token alone. ``since`` is from where
    each collection's changes are asked for; those it does not name are pulled whole.
    """

    limits: Limits = field(default_factory=Limits)
    patience: Patience = field(default_factory=Patience)
    bounds: Bounds = field(default_factory=Bounds)
    pace: Pace | None = None
    reach: Reach = field(default_factory=Reach)
    token_calls: int | None = None
    since: Since = field(default_factory=Since)


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
    """Opens services of the server that a spec names; SettingsError where the spec cannot be right.

    ``counts_pages`` is `Request.counts_pages`.
    """

    def __init__(self, spec: OneRosterSpec, setup: Setup, *, counts_pages: bool = False) -> None:
        _check(spec)
        self._spec = spec
        self._setup = setup
        self._address = urls.address(spec.url)
        self.deadline = Deadline()
        self.pace = setup.pace or Pace(sleep=self.deadline.sleep)
        self.lanes = min(max(1, spec.in_flight), 8)
        self.page_size = spec.page_size
        self.counts_pages = counts_pages
        share = replace(setup.limits, body_bytes=setup.limits.body_bytes // self.lanes)
        self._client = Client(self._address.origin, share, self.deadline, connections=self.lanes, reach=setup.reach)
        self._tokens: OAuth2 | None = None

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
            if answer.status in MISSING:
                continue
            if answer.ok:
                require_collection(answer.body, service.place(ORGS))
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
        if spec.auth == "bearer":
            return Bearer(spec.secret)
        if spec.auth != "oauth2":
            return _oauth1(spec)
        scopes = _scopes(spec, version)
        if self._tokens is None:
            given = self._address.token_urls(spec.token_url, version)
            known = () if spec.token_url.strip() else presets.token_urls(spec.preset, self._address)
            credentials = (spec.client_id.strip(), spec.secret)
            manner = _manner(spec, self._setup.token_calls)
            self._tokens = OAuth2(self._client, known or given, credentials, scopes, self.pace.clock, manner)
        self._tokens.rescope(scopes)
        return self._tokens


def _check(spec: OneRosterSpec) -> None:
    words = ((spec.auth, AUTHS), (spec.version, VERSIONS), (spec.auth_style, AUTH_STYLES), (spec.grant, GRANTS))
    if any(word not in known for word, known in words):
        raise SettingsError(
            "settings.connection",
            "The connection has an unknown authentication or version.",
            todo="Choose one that connection add lists (--auth, --version, --auth-style, --grant).",
        )
    if spec.auth != "bearer" and not spec.client_id.strip():
        raise SettingsError("settings.client_id", "The connection has no client id.", todo="Set it (--client-id).")


def _scopes(spec: OneRosterSpec, version: str) -> tuple[str, ...]:
    stated = spec.scope.strip()
    if not stated:
        return SCOPES[version]
    return () if stated == NO_SCOPE else tuple(stated.split())


def _manner(spec: OneRosterSpec, most_calls: int | None) -> Manner:
    styles = (Style.BASIC, Style.BODY) if spec.auth_style == "auto" else (Style(spec.auth_style),)
    person = (spec.username.strip(), spec.password) if spec.grant == "password" else None
    return Manner(styles, person, bool(spec.scope.strip()), most_calls)


def _oauth1(spec: OneRosterSpec) -> Auth:
    # Its library is loaded only by those who sign with it.
    from rosterkeeper.sources.http.oauth1 import SHA1, SHA256, OAuth1  # noqa: PLC0415

    return OAuth1(spec.client_id.strip(), spec.secret, SHA1 if spec.auth == "oauth1-sha1" else SHA256)


def require_collection(body: bytearray, place: str) -> None:
    """Refuse what is no page of orgs; what a record holds is told where the collection is read."""
    with suppress(Unstorable):
        PageReader(ORGS, place)(body, 0)


def no_service() -> SourceRefused:
    """Neither version is there."""
    what = f"No OneRoster 1.1 or 1.2 service answers at the address. {faults.UNCHANGED}"
    return SourceRefused("source.not_found", what, todo="Check the address; it may also be an invalid Tenant ID.")
