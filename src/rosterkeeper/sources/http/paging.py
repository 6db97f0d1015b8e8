"""One collection, page by page, to a proof that it is whole.

The proof is one of three: the rows that X-Total-Count announced have come; a chain of Link headers has no next;
a page is empty. A short page proves nothing, because servers cap pages as they like. Whatever contradicts itself
(a total that moves, a page that repeats, rows that stand on two pages) restarts the pull of the collection.

A proof that comes at the end of a full page is looked behind, because a server may count or link less than it has, or
answer blank for a moment; an end that rows follow is not believed again.

Rows that stand on two pages can be a server's habit, which the next try tells: they are its own when other page borders
bring exactly the same ids, each as often; a server whose order moves repeats and loses others each time. Where a total
was reached, each must also stand beside its like, for else another may be missing in its place.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from operator import lt
from typing import Final, Generic, Protocol, TypeVar

from rosterkeeper.oneroster.errors import SourceFailed
from rosterkeeper.sources.http import faults, links
from rosterkeeper.sources.http.client import Answer
from rosterkeeper.sources.http.early import Early
from rosterkeeper.sources.http.faults import TooHeavy
from rosterkeeper.sources.http.lanes import Lanes

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

SMALLEST_PAGE: Final = 100
# Pages asked for at once, for each lane: one that is fetched, one for when that is done but not yet its turn.
_PER_LANE: Final = 2


class Proof(StrEnum):
    """By what a collection was known to be whole."""

    TOTAL = "X-Total-Count"
    LINK = "the end of its Link chain"
    EMPTY = "an empty page"


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page as read: its records' ids in order, and its content in whatever form the shelf takes."""

    ids: Sequence[str]
    content: T


class Reader(Protocol[T]):
    """Makes a page of an answer's body; called in the fetching threads."""

    def __call__(self, body: bytearray, offset: int) -> "Page[T]":
        """``offset`` is the number of rows before the page."""


class Shelf(Protocol[T_contra]):
    """Where pages are put; called in one thread only."""

    def clear(self) -> None:
        """Forget every page: the pull begins anew."""

    def put(self, content: T_contra) -> None:
        """Keep a page's content."""

    def distinct(self) -> int:
        """How many different ids, blank ones apart, all kept pages hold together."""

    def scattered(self) -> int:
        """How many ids stand in several rows that are not side by side."""

    def fingerprint(self) -> str:
        """A hash over the ids of all kept pages, each as often as it is there, in whatever order."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a pull ends even if the server never does; ``seconds`` is for one collection with its restarts."""

    pages: int = 200_000
    rows: int = 20_000_000
    restarts: int = 3
    seconds: float = 4 * 3600.0


@dataclass(frozen=True, slots=True)
class Request:
    """One collection to pull: how to read an answer to ``address(offset, limit)``, and how many rows at once.

    ``counts_pages``: the server's X-Count is the number of rows in the page, so that a page cut short is seen.
    """

    get: Callable[[str, bool], Answer]
    address: Callable[[int, int], str]
    limit: int
    clock: Callable[[], float]
    progress: Callable[[int, int | None], None]
    counts_pages: bool = False


@dataclass(frozen=True, slots=True)
class Pulled:
    """A whole collection: its rows, the proof, and whether the server sends smaller pages than asked."""

    rows: int
    proof: Proof
    clamped: bool


class NotShared(Exception):
    """The first answer was not a page; ``status`` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class _Moved(Exception):
    """The pages contradict one another: the data moved, or the server lies."""


@dataclass(frozen=True, slots=True)
class _Leaf(Generic[T]):
    page: Page[T]
    url: str
    asked: int
    total: int | None
    linked: bool
    next: str
    counted: int | None

    @property
    def rows(self) -> int:
        return len(self.page.ids)

    @property
    def needs_look(self) -> bool:
        return bool(self.next) or self.rows >= min(SMALLEST_PAGE, self.asked)

    @property
    def edges(self) -> tuple[str, str]:
        return (self.page.ids[0], self.page.ids[-1])


class Pull(Generic[T]):
    """Pulls one collection; ``run`` is the whole of it."""

    def __init__(self, request: Request, read: Reader[T], shelf: Shelf[T], lanes: Lanes, bounds: Bounds) -> None:
        self._request = request
        self._read = read
        self._shelf = shelf
        self._lanes = lanes
        self._bounds = bounds
        self._limit = max(1, request.limit)
        self._ahead = lanes.count * _PER_LANE
        self._clamped = False
        self._believes_total = self._believes_chain = True
        self._repeated = ""
        self._early: Early[_Leaf[T]] = Early(self._start, request.clock, self._ahead)
        self._forget()

    def begin(self, free: int) -> None:
        """Ask for at most ``free`` pages already, because so many lanes are; `run` tells what came of it."""
        self._early.go_on(free)

    def give_up(self) -> None:
        """Begin no page that was only asked for ahead of its turn."""
        self._early.close()
        self._early.drop()

    def run(self) -> Pulled:
        """Every row, proven; NotShared where the first answer is not a page, SourceFailed where no proof comes."""
        end = self._request.clock() + self._bounds.seconds
        self._early.close()
        for restart in range(self._bounds.restarts + 1):
            self._shelf.clear()
            self._forget()
            self._end = end
            try:
                proof = self._once()
                self._look_for_repeats(proof)
            except _Moved:
                self._early.drop()
                continue
            except NotShared as fault:
                if restart:
                    raise faults.lost(fault.status) from None
                raise
            return Pulled(self._received, proof, self._clamped)
        raise faults.incomplete()

    def _look_for_repeats(self, proof: Proof) -> None:
        if self._ascends or self._shelf.distinct() == self._distinct:
            return
        self._require(proof is not Proof.TOTAL or not self._shelf.scattered())
        before, self._repeated = self._repeated, self._shelf.fingerprint()
        if before != self._repeated:
            # Another size than pages really had, so that what their borders have repeated is not repeated again.
            self._limit = max(1, self._largest * 2 // 3)
            raise _Moved
        self._look_past()

    def _forget(self) -> None:
        self._received = 0
        self._pages = 0
        self._distinct = 0
        self._last_id = ""
        self._ascends = True
        self._largest = 0
        self._end = float("inf")
        self._edges: set[tuple[str, str]] = set()

    def _once(self) -> Proof:
        first = self._fetch(0)
        if first.total is None or not self._believes_total:
            return self._follow(first)
        self._request.progress(0, first.total)
        self._require(bool(first.rows) == bool(first.total))
        if first.total:
            self._take(first, first.total)
            self._count_to(first.total, first)
        return Proof.TOTAL

    # Where the total is known: several pages at once, landed in order.

    def _count_to(self, total: int, first: _Leaf[T]) -> None:
        last = first
        window: deque[tuple[int, Future[_Leaf[T]]]] = deque()
        self._fit(first, total)
        while self._received < total:
            at = window[-1][0] + self._limit if window else self._received
            while len(window) < self._ahead and at < total:
                window.append((at, self._begun(at)))
                at += self._limit
            _, future = window.popleft()
            try:
                last = self._lanes.wait(future)
            except TooHeavy as fault:
                self._halve(fault)
                _drop(window)
                continue
            except NotShared as fault:
                raise faults.lost(fault.status) from None
            self._require(last.total in (total, None) and last.rows > 0)
            self._take(last, total)
            if self._fit(last, total):
                _drop(window)
        self._require(self._received == total)
        if last.next or self._is_full(last):
            self._believes_total = not self._goes_on()
            self._require(self._believes_total)

    def _fit(self, leaf: _Leaf[T], total: int) -> bool:
        """Whether the page was of another size than asked, so that what is on its way has wrong offsets."""
        if leaf.rows == leaf.asked or self._received >= total:
            return False
        self._early.drop()
        if leaf.rows < leaf.asked:
            # A second surprise: this server's pages have no size to count on, so one at a time.
            self._ahead = 1 if self._clamped else self._ahead
            self._clamped = True
            self._limit = max(leaf.rows, min(SMALLEST_PAGE, self._limit))
        return True

    def _is_full(self, leaf: _Leaf[T]) -> bool:
        """Whether the page is one that others usually follow: as large as any, and no small collection's only one."""
        return leaf.rows == self._largest and (self._pages > 1 or leaf.rows >= min(SMALLEST_PAGE, leaf.asked))

    def _goes_on(self) -> bool:
        """Whether rows follow those that came; a server that does not page, or begins anew, gives known ones again.

        Where there is no answer behind the end, its proof stands: some servers fail at what they do not have.
        """
        try:
            beyond = self._fetch(self._received)
        except (NotShared, SourceFailed):
            return False
        return beyond.rows > 0 and beyond.edges not in self._edges

    def _look_past(self) -> None:
        """Rows were repeated, so a total that was reached may have come too early: nothing may follow."""
        with suppress(NotShared):
            self._require(self._fetch(self._received).rows == 0)

    # Where it is not: one page after another.

    def _follow(self, leaf: _Leaf[T]) -> Proof:
        chained = False
        while leaf.rows:
            self._take(leaf, None)
            chained = chained or leaf.linked
            if chained and not leaf.next and self._believes_chain:
                self._believes_chain = not (self._is_full(leaf) and self._goes_on())
                self._require(self._believes_chain)
                return Proof.LINK
            self._require(leaf.next != leaf.url)
            short, full = leaf.rows < leaf.asked, self._is_full(leaf)
            follow = leaf.next if leaf.next and links.is_cursor(leaf.next, leaf.url) else ""
            try:
                leaf = self._fetch(self._received, follow)
                # Blank where more was likely: asked once more, and taken if it has rows after all.
                leaf = self._fetch(self._received, follow) if full and not leaf.rows else leaf
            except NotShared as fault:
                raise faults.lost(fault.status) from None
            self._clamped = self._clamped or (short and leaf.rows > 0)
        self._require(leaf.counted in (None, 0))
        return Proof.EMPTY

    # Both.

    def _fetch(self, offset: int, follow: str = "") -> _Leaf[T]:
        while True:
            try:
                return self._lanes.wait(self._start(offset, follow) if follow else self._begun(offset))
            except TooHeavy as fault:
                self._halve(fault)

    def _begun(self, offset: int) -> "Future[_Leaf[T]]":
        return self._early.take(offset) or self._start(offset)

    def _start(self, offset: int, follow: str = "") -> "Future[_Leaf[T]]":
        limit = self._limit
        url = follow or self._request.address(offset, limit)
        shrinkable = limit > SMALLEST_PAGE and not follow
        if self._request.clock() > self._end:
            raise faults.timed_out().error

        def work() -> _Leaf[T]:
            answer = self._request.get(url, shrinkable)
            if not answer.ok:
                raise NotShared(answer.status)
            return self._leaf(answer, offset, limit)

        return self._lanes.start(work)

    def _leaf(self, answer: Answer, offset: int, limit: int) -> _Leaf[T]:
        header = answer.headers.get("Link", "")
        relations = links.relations(header, answer.url)
        return _Leaf(
            self._read(answer.body, offset),
            answer.url,
            limit,
            _number(answer, "X-Total-Count"),
            bool(relations),
            relations.get("next", ""),
            _number(answer, "X-Count") if self._request.counts_pages else None,
        )

    def _take(self, leaf: _Leaf[T], total: int | None) -> None:
        self._require(leaf.edges not in self._edges and leaf.counted in (None, leaf.rows))
        self._edges.add(leaf.edges)
        self._pages += 1
        self._received += leaf.rows
        self._largest = max(self._largest, leaf.rows)
        self._count_ids(leaf.page.ids)
        self._require(self._pages <= self._bounds.pages and self._received <= self._bounds.rows)
        self._shelf.put(leaf.page.content)
        self._request.progress(self._received, total)

    def _count_ids(self, ids: Sequence[str]) -> None:
        """Count different ids page by page; where all ascend, as we ask for them, no two pages have one in common."""
        rises = all(map(lt, ids, islice(ids, 1, None))) and ids[0] != ""
        self._distinct += len(ids) if rises else len(set(ids) - {""})
        self._ascends = self._ascends and rises and ids[0] > self._last_id
        self._last_id = ids[-1]

    def _halve(self, fault: TooHeavy) -> None:
        if self._limit <= SMALLEST_PAGE:
            raise fault.error
        self._early.drop()
        self._limit = max(SMALLEST_PAGE, self._limit // 2)

    def _require(self, holds: bool) -> None:
        if not holds:
            raise _Moved


def _number(answer: Answer, header: str) -> int | None:
    """The whole number that a header states; None where it states none."""
    text = answer.headers.get(header, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _drop(window: "deque[tuple[int, Future[_Leaf[T]]]]") -> None:
    for _, future in window:
        future.cancel()
    window.clear()
