"""One fetch from a OneRoster service that has been found: each collection pulled to a proof and landed."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Final, Protocol

from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.oneroster.fields import CORE, DEMOGRAPHICS, ENTITIES, Entity
from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Collection, Fetched, Mark, Mode, Watch, drop_raw
from rosterkeeper.sources.http import faults
from rosterkeeper.sources.http.client import Answer
from rosterkeeper.sources.http.lanes import Lanes
from rosterkeeper.sources.http.paging import NotShared, Pull, Pulled, Request
from rosterkeeper.sources.http.retry import Pace
from rosterkeeper.sources.http.sockets import Deadline
from rosterkeeper.sources.oneroster import urls
from rosterkeeper.sources.oneroster.changes import Collecting, Got
from rosterkeeper.sources.oneroster.landing import RawShelf
from rosterkeeper.sources.oneroster.plain import Part, PlainReader, Side
from rosterkeeper.sources.oneroster.reading import PageReader, Sheet, Unstorable
from rosterkeeper.sources.oneroster.service import Service, Setup
from rosterkeeper.sources.oneroster.witness import PermissionsMoved, Witness, unstable

COLLECTIONS: Final = tuple(entity for entity in ENTITIES if not entity.nested)
# By these a server says that a collection is not for us; demographics are a share of their own, and optional.
_NOT_SHARED: Final = frozenset({403, 404})
_NOT_SHARED_DEMOGRAPHICS: Final = _NOT_SHARED | {501}


class Entrance(Protocol):
    """A way into a OneRoster service. ``lanes`` requests run at once, each for ``page_size`` records.

    ``counts_pages`` says that the server's X-Count is the number of records in a page.
    """

    deadline: Deadline
    pace: Pace
    lanes: int
    page_size: int
    counts_pages: bool

    def find(self) -> Service:
        """The service; SourceFailed or SourceRefused where it cannot be had."""

    def close(self) -> None:
        """End every exchange and close every connection."""


def fetch(entrance: Entrance, setup: Setup, scratch: Scratch, watch: Watch) -> Fetched:
    """Pull every collection that is shared; SourceFailed or SourceRefused where one is not whole.

    Begun anew, at most as often as ``setup.bounds.restarts``, where what the server shows moves meanwhile.
    """
    # Each lane carries out its own page's statement; one more thread for all would only stand in their way.
    with ExitStack() as last, scratch.threads(1), Lanes(entrance.lanes, entrance.deadline, watch.check) as lanes:
        service = lanes.wait(lanes.start(entrance.find))
        for _ in range(setup.bounds.restarts + 1):
            side = Side(scratch, entrance.lanes)
            # Once the lanes have stopped: a page of a try that was given up may still be on its way.
            last.callback(side.close)
            try:
                return _Fetch(entrance, setup, scratch, watch, side).run(lanes, service)
            except PermissionsMoved:
                _forget(scratch)
        raise unstable()


def _forget(scratch: Scratch) -> None:
    """Drop what a try that came to nothing has landed and found; nothing else has found anything so early."""
    for entity in ENTITIES:
        drop_raw(scratch, entity)
    scratch.run("DELETE FROM finding")


class _Turn:
    """What one collection needs to be pulled; ``pull`` is the pull of all of it, which may begin early."""

    def __init__(
        self,
        entity: Entity,
        place: str,
        request: Request,
        mark: Mark | None,
        shelf: RawShelf,
        pulling: Callable[[Request], Pull[Sheet | Part]],
    ) -> None:
        self.entity = entity
        self.place = place
        self.request = request
        self.mark = mark
        self.shelf = shelf
        self.pull = pulling(request)
        self._pulling = pulling

    def run(self, asked: Request) -> Pulled:
        """Pull what is asked: all of it, or a part."""
        return (self.pull if asked is self.request else self._pulling(asked)).run()


class _Fetch:
    """One try."""

    def __init__(self, entrance: Entrance, setup: Setup, scratch: Scratch, watch: Watch, side: Side) -> None:
        self._entrance = entrance
        self._setup = setup
        self._scratch = scratch
        self._watch = watch
        self._witness = Witness()
        self._collections: dict[str, Collection] = {}
        self._proofs: dict[str, str] = {}
        self._marks: dict[str, Mark] = {}
        self._side = side
        self._begun = datetime.fromtimestamp(entrance.pace.wall(), UTC)

    def run(self, lanes: Lanes, service: Service) -> Fetched:
        missing: list[int] = []
        wanted = [entity for entity in COLLECTIONS if entity.name not in self._setup.since.unread]
        turns: list[_Turn] = []
        try:
            for entity in wanted:
                turns.append(self._turn(entity, lanes, service))
                # A question for changes is small, and asked when its turn comes; all else begins meanwhile.
                lanes.offer([each.pull.begin for each in turns if each.mark is None])
                lanes.fill()
            for turn in turns:
                status = self._land(turn, service)
                if status is not None and turn.entity in CORE:
                    missing.append(status)
        finally:
            lanes.offer([])
            for turn in turns:
                turn.pull.give_up()
        if missing and len(missing) == sum(entity in CORE for entity in wanted):
            raise _nothing_shared(missing[0])
        return Fetched(service.version, "rest", self._collections, self._proof(), nested_roles=True, marks=self._marks)

    def _turn(self, entity: Entity, lanes: Lanes, service: Service) -> "_Turn":
        place = service.place(entity)
        request = self._request(entity, service)
        read = PageReader(entity, place, PlainReader(entity, self._side))
        shelf = RawShelf(self._scratch, entity)

        def pulling(asked: Request) -> Pull[Sheet | Part]:
            return Pull(asked, read, shelf, lanes, self._setup.bounds)

        return _Turn(entity, place, request, self._mark(entity, service), shelf, pulling)

    def _land(self, turn: "_Turn", service: Service) -> int | None:
        """Land one collection; the status where the server does not share it."""
        entity, place = turn.entity, turn.place
        try:
            with turn.shelf as shelf:
                collecting = Collecting(service.endpoint(entity), turn.request, shelf, turn.run)
                got = collecting.get(turn.mark, self._begun)
                nested = shelf.finish()
        except NotShared as fault:
            if fault.status not in (_NOT_SHARED_DEMOGRAPHICS if entity is DEMOGRAPHICS else _NOT_SHARED):
                raise faults.of_status(fault.status).error from None
            self._scratch.find([Finding("table.not_shared", file=place, entity=entity.name)])
            return fault.status
        except Unstorable as fault:
            self._scratch.find([fault.finding])
            raise _unstorable(fault.finding) from None
        self._note(turn, got, nested)
        return None

    def _note(self, turn: "_Turn", got: Got, nested: dict[str, int]) -> None:
        """What has landed, by what it is known to be whole, and what habits of the server it has shown."""
        entity, place = turn.entity, turn.place
        rows = {entity.name: got.pulled.rows} | nested
        self._collections |= {name: Collection(name, got.mode, count, place) for name, count in rows.items()}
        self._proofs[entity.name] = _proof_of(got)
        self._marks[entity.name] = got.mark
        habits = {
            "vendor.bare_list": turn.shelf.bare,
            "vendor.clamped_page": got.pulled.clamped,
            "vendor.masked_fields": self._witness.masked(entity.name),
        }
        habits |= {got.code: True} if got.code else {}
        self._scratch.find(Finding(code, file=place, entity=entity.name) for code, seen in habits.items() if seen)

    def _mark(self, entity: Entity, service: Service) -> Mark | None:
        """From where to ask for changes; a service of another version may have other ids."""
        since = self._setup.since
        return since.marks.get(entity.name) if since.version == service.version else None

    def _request(self, entity: Entity, service: Service) -> Request:
        endpoint = service.endpoint(entity)
        witness = self._witness

        def get(url: str, shrinkable: bool) -> Answer:
            answer = service.session.get(url, shrinkable=shrinkable)
            witness.see(answer, entity.name)
            return answer

        def address(offset: int, limit: int) -> str:
            return urls.page_address(endpoint, offset, limit)

        def progress(done: int, total: int | None) -> None:
            self._watch.progress("fetch", entity.name, done, total)

        entrance = self._entrance
        return Request(get, address, entrance.page_size, entrance.pace.clock, progress, entrance.counts_pages)

    def _proof(self) -> str:
        if len(set(self._proofs.values())) == 1:
            return f"every collection ended on {next(iter(self._proofs.values()))}"
        return "; ".join(f"{name} ended on {proof}" for name, proof in self._proofs.items())


def _proof_of(got: Got) -> str:
    return got.pulled.proof if got.mode is Mode.BULK else f"{got.pulled.proof}, of what changed"


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
