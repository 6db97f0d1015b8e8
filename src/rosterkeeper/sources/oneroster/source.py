"""The REST source: OneRoster 1.1 and 1.2 collections, each pulled to a proof and landed as raw tables (R01, R02)."""

from contextlib import closing
from dataclasses import replace
from typing import Final

from rosterkeeper.oneroster.errors import RosterkeeperError, SourceRefused
from rosterkeeper.oneroster.fields import CORE, DEMOGRAPHICS, ENTITIES, Entity
from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Collection, Fetched, Mode, Probe, Watch
from rosterkeeper.sources.http import faults
from rosterkeeper.sources.http.client import Answer
from rosterkeeper.sources.http.lanes import Lanes
from rosterkeeper.sources.http.paging import NotShared, Proof, Pull, Request
from rosterkeeper.sources.oneroster import probing, urls
from rosterkeeper.sources.oneroster.landing import RawShelf
from rosterkeeper.sources.oneroster.reading import PageReader, Unstorable
from rosterkeeper.sources.oneroster.service import Door, Service, Setup
from rosterkeeper.sources.spec import OneRosterSpec

_COLLECTIONS: Final = tuple(entity for entity in ENTITIES if not entity.nested)
# By these a server says that a collection is not for us; demographics are a share of their own, and optional.
_NOT_SHARED: Final = frozenset({403, 404})
_NOT_SHARED_DEMOGRAPHICS: Final = _NOT_SHARED | {501}


class OneRosterServer:
    """Any OneRoster 1.1 or 1.2 server, as a source."""

    def __init__(self, spec: OneRosterSpec, setup: Setup | None = None) -> None:
        self._spec = spec
        self._setup = setup or Setup()

    def digest(self, scratch: Scratch, watch: Watch) -> str:  # noqa: ARG002 - the contract's shape
        """Nothing: a server says what it has only by giving it."""
        return ""

    def fetch(self, scratch: Scratch, watch: Watch) -> Fetched:
        """Pull every collection that is shared; SourceFailed or SourceRefused where one is not whole."""
        with closing(Door(self._spec, self._setup)) as door, Lanes(door.lanes, door.deadline, watch.check) as lanes:
            service = lanes.wait(lanes.start(door.find))
            return _Fetch(self._spec, self._setup, scratch, watch).run(door, lanes, service)

    def test(self) -> list[Probe]:
        """One small read of each collection, each tried once; nothing is written."""
        hasty = replace(self._setup, patience=replace(self._setup.patience, tries=1))
        try:
            door = Door(self._spec, hasty)
        except RosterkeeperError as fault:
            return [probing.failed("settings", fault)]
        with closing(door):
            return probing.probes(door, _COLLECTIONS)


class _Fetch:
    """One fetch under way."""

    def __init__(self, spec: OneRosterSpec, setup: Setup, scratch: Scratch, watch: Watch) -> None:
        self._spec = spec
        self._setup = setup
        self._scratch = scratch
        self._watch = watch
        self._collections: dict[str, Collection] = {}
        self._proofs: dict[str, Proof] = {}

    def run(self, door: Door, lanes: Lanes, service: Service) -> Fetched:
        missing: list[int] = []
        for entity in _COLLECTIONS:
            status = self._pull(entity, door, lanes, service)
            if status is not None and entity in CORE:
                missing.append(status)
        if len(missing) == len(CORE):
            raise _nothing_shared(missing[0])
        return Fetched(service.version, "rest", self._collections, self._proof(), nested_roles=True)

    def _pull(self, entity: Entity, door: Door, lanes: Lanes, service: Service) -> int | None:
        """Land one collection; the status where the server does not share it."""
        place = service.place(entity)
        request, read = self._request(entity, door, service), PageReader(entity, place)
        try:
            with RawShelf(self._scratch, entity) as shelf:
                pulled = Pull(request, read, shelf, lanes, self._setup.bounds).run()
                nested = shelf.finish()
        except NotShared as fault:
            if fault.status not in (_NOT_SHARED_DEMOGRAPHICS if entity is DEMOGRAPHICS else _NOT_SHARED):
                raise faults.of_status(fault.status).error from None
            self._scratch.find([Finding("table.not_shared", file=place, entity=entity.name)])
            return fault.status
        except Unstorable as fault:
            self._scratch.find([fault.finding])
            raise _unstorable(fault.finding) from None
        rows = {entity.name: pulled.rows} | nested
        self._collections |= {name: Collection(name, Mode.BULK, count, place) for name, count in rows.items()}
        self._proofs[entity.name] = pulled.proof
        habits = {"vendor.bare_list": shelf.bare, "vendor.clamped_page": pulled.clamped}
        self._scratch.find(Finding(code, file=place, entity=entity.name) for code, seen in habits.items() if seen)
        return None

    def _request(self, entity: Entity, door: Door, service: Service) -> Request:
        endpoint = service.endpoint(entity)

        def get(url: str, shrinkable: bool) -> Answer:
            return service.session.get(url, shrinkable=shrinkable)

        def address(offset: int, limit: int) -> str:
            return urls.page_address(endpoint, offset, limit)

        def progress(done: int, total: int | None) -> None:
            self._watch.progress("fetch", entity.name, done, total)

        return Request(get, address, self._spec.page_size, door.pace.clock, progress)

    def _proof(self) -> str:
        if len(set(self._proofs.values())) == 1:
            return f"every collection ended on {next(iter(self._proofs.values()))}"
        return "; ".join(f"{name} ended on {proof}" for name, proof in self._proofs.items())


def _nothing_shared(status: int) -> SourceRefused:
    """No collection at all: the address or the client id is another's (N37)."""
    error = faults.of_status(status).error
    what = f"The server shares no roster (HTTP {status}): invalid Tenant ID or Key. {faults.UNCHANGED}"
    todo = "Check the address and the client id, and that the district shares its roster with it."
    return SourceRefused(error.code, what, todo=todo)


def _unstorable(finding: Finding) -> SourceRefused:
    where = f"{finding.file}, row {finding.row}" if finding.row else finding.file
    what = f"A text holds a NUL character ({where}). {faults.UNCHANGED}"
    return SourceRefused(finding.code, what, todo="Have the record corrected at the provider.")
