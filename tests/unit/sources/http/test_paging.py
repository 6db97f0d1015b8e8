"""A collection is whole only when it is proven; every lie of a server restarts the pull or ends it."""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from rosterkeeper.oneroster.errors import SourceFailed
from rosterkeeper.sources.http.client import Answer, Limits
from rosterkeeper.sources.http.lanes import Lanes
from rosterkeeper.sources.http.paging import Bounds, NotShared, Page, Proof, Pull, Pulled, Request
from rosterkeeper.sources.http.retry import Patience, Session
from rosterkeeper.sources.http.wire import Deadline
from tests.unit.sources.http.servers import Asked, HeldClock, Reply, Server, Signed, client_of, reply, serving


class _Shelf:
    """Keeps the ids of a pull."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.cleared = 0

    def clear(self) -> None:
        self.ids = []
        self.cleared += 1

    def put(self, content: Sequence[str]) -> None:
        self.ids += content

    def distinct(self) -> int:
        return len(set(self.ids) - {""})


def _read(body: bytearray, offset: int) -> Page[Sequence[str]]:
    ids: list[str] = json.loads(body)
    return Page(ids, ids)


@dataclass
class _Collection:
    """A server's collection and its habits: what it says of totals and links, and how it caps."""

    ids: list[str]
    total: bool = True
    link: str = ""
    cap: int = 10_000
    url: str = ""
    spoil: dict[int, Callable[[Reply], Reply]] = field(default_factory=dict)
    served: int = 0

    def __call__(self, asked: Asked) -> Reply:
        offset, limit = asked.number("offset"), min(asked.number("limit"), self.cap)
        rows = self.ids[offset : offset + limit]
        headers = {"X-Total-Count": str(len(self.ids))} if self.total else {}
        more = offset + len(rows) < len(self.ids)
        if self.link == "always" or (self.link and more):
            named = f'<{self.url}/c?limit={limit}&offset={offset + limit}>; rel="next"' if more else ""
            headers["Link"] = named or f'<{self.url}/c?limit={limit}&offset=0>; rel="first"'
        made = Reply(200, json.dumps(rows).encode(), headers)
        self.served += 1
        spoil = self.spoil.get(self.served)
        return spoil(made) if spoil else made


@dataclass
class _Bench:
    """One pull and what came of it."""

    shelf: _Shelf
    run: Callable[[], Pulled]
    server: Server
    steps: list[tuple[int, int | None]]


@contextmanager
def _pulling(
    answer: Callable[[Asked], Reply], limit: int = 100, bounds: Bounds | None = None, idle_seconds: float = 5
) -> Iterator[_Bench]:
    clock, shelf, steps = HeldClock(), _Shelf(), []
    with (
        serving(answer) as server,
        client_of(server.url, Limits(idle_seconds=idle_seconds)) as client,
        Lanes(4, Deadline(), lambda: None) as lanes,
    ):
        if isinstance(answer, _Collection):
            answer.url = server.url
        session = Session(client, Signed(), Patience(), clock.pace())

        def get(url: str, shrinkable: bool) -> Answer:
            return session.get(url, shrinkable=shrinkable)

        request = Request(
            get,
            lambda offset, limit: f"{server.url}/c?limit={limit}&offset={offset}",
            limit,
            lambda: clock.now,
            lambda done, total: steps.append((done, total)),
        )
        pull: Pull[Sequence[str]] = Pull(request, _read, shelf, lanes, bounds or Bounds())
        yield _Bench(shelf, pull.run, server, steps)


def _ids(count: int) -> list[str]:
    return [f"id{number:06}" for number in range(count)]


# The proofs.


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 1000, 1234])
def test_a_total_that_is_reached_proves_the_whole(count: int) -> None:
    with _pulling(_Collection(_ids(count))) as bench:
        assert bench.run() == Pulled(count, Proof.TOTAL, clamped=False)
        assert bench.shelf.ids == _ids(count)
        assert bench.steps[-1] == (count, count)


@pytest.mark.parametrize(("count", "link"), [(250, "always"), (300, "always"), (250, "next"), (1, "always")])
def test_the_end_of_a_link_chain_proves_the_whole(count: int, link: str) -> None:
    with _pulling(_Collection(_ids(count), total=False, link=link)) as bench:
        assert bench.run() == Pulled(count, Proof.LINK, clamped=False)
        assert bench.shelf.ids == _ids(count)


@pytest.mark.parametrize("count", [0, 1, 250, 300])
def test_an_empty_page_proves_the_whole(count: int) -> None:
    with _pulling(_Collection(_ids(count), total=False)) as bench:
        assert bench.run() == Pulled(count, Proof.EMPTY, clamped=False)
        assert bench.shelf.ids == _ids(count)


def test_a_short_page_proves_nothing() -> None:
    with _pulling(_Collection(_ids(250), total=False, cap=30)) as bench:
        assert bench.run() == Pulled(250, Proof.EMPTY, clamped=True)
        assert bench.shelf.ids == _ids(250)


def test_a_cursor_is_followed() -> None:
    ids = _ids(5)

    def answer(asked: Asked) -> Reply:
        at = int(asked.target.rpartition("after=")[2] or 0) if "after=" in asked.target else 0
        link = f'<{asked.path}?after={at + 2}>; rel="next"' if at + 2 < len(ids) else '</c>; rel="first"'
        return reply(ids[at : at + 2], Link=link)

    with _pulling(answer) as bench:
        assert (bench.run().rows, bench.shelf.ids) == (5, ids)


# Sizes.


@pytest.mark.parametrize("cap", [100, 137, 30])
def test_a_server_that_caps_its_pages_is_read_to_the_end(cap: int) -> None:
    with _pulling(_Collection(_ids(1500), cap=cap), limit=1000) as bench:
        assert bench.run() == Pulled(1500, Proof.TOTAL, clamped=True)
        assert bench.shelf.ids == _ids(1500)


def test_pages_of_no_size_to_count_on_are_read_to_the_end() -> None:
    collection = _Collection(_ids(900))
    sizes = itertools.cycle([70, 100, 31])

    def answer(asked: Asked) -> Reply:
        collection.cap = next(sizes)
        return collection(asked)

    with _pulling(answer) as bench:
        assert (bench.run().rows, bench.shelf.ids) == (900, _ids(900))


@pytest.mark.parametrize("status", [413, 502, 504])
def test_a_page_that_is_too_heavy_is_halved(status: int) -> None:
    collection = _Collection(_ids(3000))

    def answer(asked: Asked) -> Reply:
        return Reply(status) if asked.number("limit") > 300 else collection(asked)

    with _pulling(answer, limit=1000) as bench:
        assert bench.run() == Pulled(3000, Proof.TOTAL, clamped=False)
        assert bench.shelf.ids == _ids(3000)
        assert min(asked.number("limit") for asked in bench.server.asked) == 250


def test_a_page_that_becomes_too_heavy_on_the_way_is_halved() -> None:
    collection = _Collection(_ids(2000))

    def answer(asked: Asked) -> Reply:
        heavy = asked.number("offset") >= 800 and asked.number("limit") > 200
        return Reply(502) if heavy else collection(asked)

    with _pulling(answer, limit=400) as bench:
        assert (bench.run().rows, bench.shelf.ids) == (2000, _ids(2000))


def test_a_page_that_takes_too_long_is_halved() -> None:
    collection = _Collection(_ids(400))

    def answer(asked: Asked) -> Reply:
        if asked.number("limit") > 100:
            time.sleep(0.5)
        return collection(asked)

    with _pulling(answer, limit=200, idle_seconds=0.2) as bench:
        assert bench.run().rows == 400


def test_a_server_that_cannot_give_the_smallest_page_fails() -> None:
    with _pulling(lambda _: Reply(502), limit=1000) as bench:
        with pytest.raises(SourceFailed) as caught:
            bench.run()
        assert caught.value.code == "source.server_error"
        assert [asked.number("limit") for asked in bench.server.asked] == [1000, 500, 250, 125, *[100] * 5]


def test_a_server_that_pages_nothing_gives_everything_at_once() -> None:
    everything = reply(_ids(500), X_Total_Count="500")
    with _pulling(lambda _: everything) as bench:
        assert (bench.run().rows, bench.shelf.ids) == (500, _ids(500))


def test_several_pages_are_asked_for_at_once_where_the_total_is_known() -> None:
    collection = _Collection(_ids(900))
    under_way, most = itertools.count(), 0
    open_now: set[int] = set()

    def answer(asked: Asked) -> Reply:
        nonlocal most
        mine = next(under_way)
        open_now.add(mine)
        most = max(most, len(open_now))
        time.sleep(0.05)
        open_now.discard(mine)
        return collection(asked)

    with _pulling(answer) as bench:
        assert bench.run().rows == 900
        assert 2 <= most <= 4


# Lies. Each is told three times more, and then the pull fails with nothing changed.


def _moving_total(asked: Asked) -> Reply:
    offset = asked.number("offset")
    return reply(_ids(1000)[offset : offset + 100], X_Total_Count=str(1000 + offset))


def _repeating(asked: Asked) -> Reply:
    return reply(_ids(100), X_Total_Count="1000")


def _repeating_without_total(asked: Asked) -> Reply:
    return reply(_ids(100))


def _next_to_itself(asked: Asked) -> Reply:
    return reply(_ids(10), Link=f'<{asked.target}>; rel="next"')


def _rows_short_of_the_total(asked: Asked) -> Reply:
    offset = asked.number("offset")
    return reply(_ids(950)[offset : offset + 100], X_Total_Count="1000")


def _rows_beyond_the_total(asked: Asked) -> Reply:
    offset = asked.number("offset")
    return reply(_ids(200)[offset : offset + 100], X_Total_Count="150")


def _a_total_of_the_page_alone(asked: Asked) -> Reply:
    offset = asked.number("offset")
    return reply(_ids(500)[offset : offset + 100], X_Total_Count="100")


def _a_total_against_a_next_link(asked: Asked) -> Reply:
    offset = asked.number("offset")
    rows = _ids(90)[offset : offset + 30]
    return reply(rows, X_Total_Count="30", Link=f'</c?offset={offset + 30}>; rel="next"')


def _nothing_of_a_total(asked: Asked) -> Reply:
    return reply([], X_Total_Count="1000")


def _rows_of_no_total(asked: Asked) -> Reply:
    return reply(_ids(5), X_Total_Count="0")


def _rows_on_two_pages(asked: Asked) -> Reply:
    offset = asked.number("offset")
    shifted = [*_ids(150)[:120], "id000007", *_ids(150)[121:]]
    return reply(shifted[offset : offset + 50], X_Total_Count="150")


_LIES = [
    _moving_total,
    _repeating,
    _repeating_without_total,
    _next_to_itself,
    _rows_short_of_the_total,
    _rows_beyond_the_total,
    _a_total_of_the_page_alone,
    _a_total_against_a_next_link,
    _nothing_of_a_total,
    _rows_of_no_total,
    _rows_on_two_pages,
]


@pytest.mark.parametrize("lie", _LIES)
def test_a_server_that_contradicts_itself_is_given_up_after_three_restarts(lie: Callable[[Asked], Reply]) -> None:
    with _pulling(lie) as bench:
        with pytest.raises(SourceFailed) as caught:
            bench.run()
        assert caught.value.code == "source.incomplete"
        assert "Nothing was changed" in caught.value.what
        assert bench.shelf.cleared == 4


@pytest.mark.parametrize("bounds", [Bounds(pages=20), Bounds(rows=2000)])
@pytest.mark.parametrize("link", [False, True])
def test_endless_pages_end_at_the_bound(bounds: Bounds, link: bool) -> None:
    def answer(asked: Asked) -> Reply:
        offset = asked.number("offset")
        rows = [f"id{number:06}" for number in range(offset, offset + 100)]
        following = f'</c?limit=100&offset={offset + 100}>; rel="next"'
        return reply(rows, Link=following) if link else reply(rows)

    with _pulling(answer, bounds=bounds) as bench:
        with pytest.raises(SourceFailed) as caught:
            bench.run()
        assert caught.value.code == "source.incomplete"
        assert len(bench.server.asked) <= 4 * 22


def test_data_that_move_once_are_pulled_anew() -> None:
    collection = _Collection(_ids(500))

    def grow(made: Reply) -> Reply:
        collection.ids = ["id", *collection.ids]
        return made

    collection.spoil[2] = grow
    with _pulling(collection) as bench:
        assert bench.run().rows == 501
        assert (bench.shelf.ids, bench.shelf.cleared) == (["id", *_ids(500)], 2)


def test_time_ends_a_pull_that_does_not() -> None:
    with _pulling(_Collection(_ids(500)), bounds=Bounds(seconds=-1)) as bench:
        with pytest.raises(SourceFailed) as caught:
            bench.run()
        assert caught.value.code == "source.timeout"


# Refusals.


@pytest.mark.parametrize("status", [403, 404, 501])
def test_a_collection_refused_at_its_first_page_is_not_shared(status: int) -> None:
    with _pulling(lambda _: Reply(status)) as bench:
        with pytest.raises(NotShared) as caught:
            bench.run()
        assert caught.value.status == status


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize("status", [403, 404])
def test_a_collection_refused_on_the_way_is_incomplete(status: int, total: bool) -> None:
    collection = _Collection(_ids(900), total=total, spoil={3: lambda _: Reply(status)})
    with _pulling(collection) as bench:
        with pytest.raises(SourceFailed) as caught:
            bench.run()
        assert caught.value.code == "source.incomplete"


def test_a_server_that_fails_on_the_way_fails_the_pull() -> None:
    collection = _Collection(_ids(900))
    with _pulling(lambda asked: Reply(500) if asked.number("offset") >= 300 else collection(asked)) as bench:
        with pytest.raises(SourceFailed) as caught:
            bench.run()
        assert caught.value.code == "source.server_error"


def test_a_stop_between_pages_ends_the_pull() -> None:
    class Stopped(Exception):
        """The run was told to stop."""

    calls = itertools.count()

    def check() -> None:
        if next(calls) > 3:
            raise Stopped

    collection = _Collection(_ids(2000))
    with serving(collection) as server, client_of(server.url) as client:
        session = Session(client, Signed(), Patience(), HeldClock().pace())
        request = Request(
            lambda url, shrinkable: session.get(url, shrinkable=shrinkable),
            lambda offset, limit: f"{server.url}/c?limit={limit}&offset={offset}",
            100,
            lambda: 0.0,
            lambda done, total: None,
        )
        with pytest.raises(Stopped), Lanes(4, Deadline(), check) as lanes:
            Pull(request, _read, _Shelf(), lanes, Bounds()).run()
        assert collection.served < 20
