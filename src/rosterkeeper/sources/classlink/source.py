"""ClassLink as a source: one way in or the other, then a OneRoster pull like any (N01, N02, L10, L14-L16)."""

from contextlib import closing

from rosterkeeper.oneroster.fields import V1P1
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.classlink.proxy import ProxyDoor
from rosterkeeper.sources.contract import Fetched, Probe, Watch
from rosterkeeper.sources.oneroster import probing, urls
from rosterkeeper.sources.oneroster.fetching import Entrance, fetch
from rosterkeeper.sources.oneroster.service import Door, Setup
from rosterkeeper.sources.spec import CLASSLINK_PROXY, ClassLinkSpec, OneRosterSpec


class ClassLinkServer:
    """A district's roster at ClassLink, as a source."""

    def __init__(self, spec: ClassLinkSpec, setup: Setup | None = None) -> None:
        self._spec = spec
        self._setup = setup or Setup()

    def digest(self, scratch: Scratch, watch: Watch, known: str = "") -> str:  # noqa: ARG002 - the contract's shape
        """Nothing: a server says what it has only by giving it."""
        return ""

    def fetch(self, scratch: Scratch, watch: Watch) -> Fetched:
        """Pull every collection that is shared; SourceFailed or SourceRefused where one is not whole."""
        with closing(self._open(self._setup)) as entrance:
            return fetch(entrance, self._setup, scratch, watch)

    def test(self) -> list[Probe]:
        """The key, the district, and one small read of each collection, each tried once; nothing is written."""
        if not self._spec.url:
            return probing.probes(probing.Trial(self._open, self._spec.proxy or CLASSLINK_PROXY), self._setup)
        direct = direct_spec(self._spec)
        return probing.probes(probing.trial_of(direct, counts_pages=True), self._setup)

    def _open(self, setup: Setup) -> Entrance:
        if self._spec.url:
            return Door(direct_spec(self._spec), setup, counts_pages=True)
        return ProxyDoor(self._spec, setup)


def direct_spec(spec: ClassLinkSpec) -> OneRosterSpec:
    """The district's own server as a OneRoster server; its token endpoint, if there is one, is at the host's root."""
    address = urls.address(spec.url)
    version = spec.version if spec.version != "auto" else address.version or V1P1
    return OneRosterSpec(
        url=spec.url,
        client_id=spec.client_id,
        secret=spec.secret,
        token_url=f"{address.origin}/token",
        auth=spec.auth,
        version=version,
        page_size=spec.page_size,
        in_flight=spec.in_flight,
        auth_style="basic",
    )
