"""The way through ClassLink's proxy: one API key, the district found in its list, and then its own bearer."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError
from rosterkeeper.oneroster.fields import ORGS, V1P1, V1P2
from rosterkeeper.sources.classlink import refusals
from rosterkeeper.sources.classlink.applications import Directory, District
from rosterkeeper.sources.http import faults
from rosterkeeper.sources.http.auth import Bearer, sendable
from rosterkeeper.sources.http.client import Client
from rosterkeeper.sources.http.retry import Pace, Session
from rosterkeeper.sources.http.sockets import Deadline
from rosterkeeper.sources.oneroster import urls
from rosterkeeper.sources.oneroster.service import MISSING, Service, Setup, require_collection
from rosterkeeper.sources.spec import CLASSLINK_PROXY, ClassLinkSpec

# Both are in use; which one a proxy has is found by asking.
_PATHS: Final = ("/{segment}{service}", "/proxy/v1p0/{segment}{service}")


class DistrictBearer:
    """A district's bearer. After a 401 the list is read again: a new bearer is tried once, the old one is no use."""

    def __init__(self, find: Callable[[], District], district: District) -> None:
        self._find = find
        self._lock = threading.Lock()
        self._bearer = district.bearer
        self._headers = Bearer(district.bearer).headers("")

    def headers(self, url: str) -> Mapping[str, str]:  # noqa: ARG002 - the proof is the same for every address
        """The bearer."""
        return self._headers

    def accepted(self) -> None:
        """Nothing to remember."""

    def renew(self, refused: Mapping[str, str]) -> bool:
        """True with a changed bearer; SourceFailed ``classlink.withdrawn`` where the district shares no more."""
        with self._lock:
            if self._headers is not refused:
                return True
            district = self._found()
            if district.bearer == self._bearer:
                raise refusals.withdrawn()
            self._bearer = district.bearer
            self._headers = Bearer(district.bearer).headers("")
            return True

    def _found(self) -> District:
        try:
            return self._find()
        except RosterkeeperError as fault:
            # It was in the list a while ago.
            gone = fault.code in (refusals.unknown_tenant().code, refusals.empty_list().code)
            raise refusals.withdrawn() if gone else fault from None


class ProxyDoor:
    """Opens the service of the spec's tenant through the proxy; SettingsError where the spec cannot be right."""

    counts_pages = True

    def __init__(self, spec: ClassLinkSpec, setup: Setup) -> None:
        self._tenant_id = spec.tenant_id.strip()
        if not self._tenant_id:
            raise SettingsError("settings.tenant_id", "The connection has no Tenant ID.", todo="Set it (--tenant-id).")
        self._version = V1P2 if spec.version == V1P2 else V1P1
        self._key = sendable(spec.secret)
        self._setup = setup
        found = urls.normalised(spec.proxy or CLASSLINK_PROXY)
        self._proxy = found.origin + found.path.rstrip("/")
        self.deadline = Deadline()
        self.pace = setup.pace or Pace(sleep=self.deadline.sleep)
        self.lanes = min(max(1, spec.in_flight), 8)
        self.page_size = spec.page_size
        share = replace(setup.limits, body_bytes=setup.limits.body_bytes // self.lanes)
        self._client = Client(found.origin, share, self.deadline, connections=self.lanes, reach=setup.reach)

    def close(self) -> None:
        """End every exchange and close every connection."""
        self.deadline.stop()
        self._client.close()

    def find(self) -> Service:
        """The district's service, at whichever of the paths it is."""
        listing = Session(self._client, Bearer(self._key), self._setup.patience, self.pace)
        directory = Directory(listing, self._proxy, self._tenant_id, self._key)
        district = directory.find()
        bearer = DistrictBearer(directory.find, district)
        session = Session(self._client, bearer, self._setup.patience, self.pace)
        for path in _PATHS:
            base = self._proxy + path.format(segment=district.segment, service=urls.SERVICE_PATHS[self._version])
            service = Service(self._version, base, session)
            answer = session.get(urls.page_address(service.endpoint(ORGS), 0, 1))
            if answer.status in MISSING:
                continue
            if answer.ok:
                require_collection(answer.body, service.place(ORGS))
            elif answer.status != 403:
                raise faults.of_status(answer.status).error
            return service
        raise refusals.no_data_path()
