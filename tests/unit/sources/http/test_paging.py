"""A collection is whole only when it is proven, in pages of whatever size the server likes."""

import itertools
import time

import pytest

from rosterkeeper.oneroster.errors import SourceFailed
from rosterkeeper.sources.http.lanes import Lanes
from rosterkeeper.sources.http.paging import Bounds, NotShared, Proof, Pull, Pulled, Request
from rosterkeeper.sources.http.retry import Patience, Session
from rosterkeeper.sources.http.sockets import Deadline
from tests.unit.sources.http.pulling import Collection, Shelf, ids_of, pulling, read
from tests.unit.sources.http.servers import Asked, HeldClock, Reply, Signed, client_of, reply, serving

# The proofs.


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 1000, 1234])
def test_a_total_that_is_reached_proves_the_whole(count: int) -> None:
    with pulling(Collection(ids_of(count))) as bench:
        assert bench.run() == Pulled(count, Proof.TOTAL, clamped=False)
        assert bench.shelf.ids == ids_of(count)
        assert bench.steps[-1] == (count, count)


@pytest.mark.parametrize(("count", "link"), [(250, "always"), (300, "always"), (250, "next"), (1, "always")])
def test_the_end_of_a_link_chain_proves_the_whole(count: int, link: str) -> None:
    with pulling(Collection(ids_of(count), total=False, link=link)) as bench:
        assert bench.run() == Pulled(count, Proof.LINK, clamped=False)
        assert bench.shelf.ids == ids_of(count)


@pytest.mark.parametrize("count", [0, 1, 250, 300])
def test_an_empty_page_proves_the_whole(count: int) -> None:
    with pulling(Collection(ids_of(count), total=False)) as bench:
        assert bench.run() == Pulled(count, Proof.EMPTY, clamped=False)
        assert bench.shelf.ids == ids_of(count)


def test_a_short_page_proves_nothing() -> None:
    with pulling(Collection(ids_of(250), total=False, cap=30)) as bench:
        assert bench.run() == Pulled(250, Proof.EMPTY, clamped=True)
        assert bench.shelf.ids == ids_of(250)


def test_a_cursor_is_followed() -> None:
    ids = ids_of(5)

    def answer(asked: Asked) -> Reply:
        at = int(asked.target.rpartition("after=")[2] or 0) if "after=" in asked.target else 0
        link = f'<{asked.path}?after={at + 2}>; rel="next"' if at + 2 < len(ids) else '</c>; rel="first"'
        return reply(ids[at : at + 2], Link=link)

    with pulling(answer) as bench:
        assert (bench.run().rows, bench.shelf.ids) == (5, ids)


# Sizes.


@pytest.mark.parametrize("cap", [100, 137, 30])
def test_a_server_that_caps_its_pages_is_read_to_the_end(cap: int) -> None:
    with pulling(Collection(ids_of(1500), cap=cap), limit=1000) as bench:
        assert bench.run() == Pulled(1500, Proof.TOTAL, clamped=True)
        assert bench.shelf.ids == ids_of(1500)


def test_pages_of_no_size_to_count_on_are_read_to_the_end() -> None:
    collection = Collection(ids_of(900))
    sizes = itertools.cycle([70, 100, 31])

    def answer(asked: Asked) -> Reply:
        collection.cap = next(sizes)
        return collection(asked)

    with pulling(answer) as bench:
        assert (bench.run().rows, bench.shelf.ids) == (900, ids_of(900))


@pytest.mark.parametrize("status", [413, 502, 504])
def test_a_page_that_is_too_heavy_is_halved(status: int) -> None:
    collection = Collection(ids_of(3000))

    def answer(asked: Asked) -> Reply:
        return Reply(status) if asked.number("limit") > 300 else collection(asked)

    with pulling(answer, limit=1000) as bench:
        assert bench.run() == Pulled(3000, Proof.TOTAL, clamped=False)
        assert bench.shelf.ids == ids_of(3000)
        assert min(asked.number("limit") for asked in bench.server.asked) == 250


def test_a_page_that_becomes_too_heavy_on_the_way_is_halved() -> None:
    collection = Collection(ids_of(2000))

    def answer(asked: Asked) -> Reply:
        heavy = asked.number("offset") >= 800 and asked.number("limit") > 200
        return Reply(502) if heavy else collection(asked)

    with pulling(answer, limit=400) as bench:
        assert (bench.run().rows, bench.shelf.ids) == (2000, ids_of(2000))


def test_a_page_that_takes_too_long_is_halved() -> None:
    collection = Collection(ids_of(400))

    def answer(asked: Asked) -> Reply:
        if asked.number("limit") > 100:
            time.sleep(0.5)
        return collection(asked)

    with pulling(answer, limit=200, idle_seconds=0.2) as bench:
        assert bench.run().rows == 400


def test_a_server_that_cannot_give_the_smallest_page_fails() -> None:
    with pulling(lambda _: Reply(502), limit=1000) as bench:
        with pytest.raises(SourceFailed) as caught:
            bench.run()
        assert caught.value.code == "source.server_error"
        assert [asked.number("limit") for asked in bench.server.asked] == [1000, 500, 250, 125, *[100] * 5]


def test_a_server_that_pages_nothing_gives_everything_at_once() -> None:
    everything = reply(ids_of(500), X_Total_Count="500")
    with pulling(lambda _: everything) as bench:
        assert (bench.run().rows, bench.shelf.ids) == (500, ids_of(500))


def test_several_pages_are_asked_for_at_once_where_the_total_is_known() -> None:
    collection = Collection(ids_of(900))
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

    with pulling(answer) as bench:
        assert bench.run().rows == 900
        assert 2 <= most <= 4


# Refusals.


@pytest.mark.parametrize("status", [403, 404, 501])
def test_a_collection_refused_at_its_first_page_is_not_shared(status: int) -> None:
    with pulling(lambda _: Reply(status)) as bench:
        with pytest.raises(NotShared) as caught:
            bench.run()
        assert caught.value.status == status


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize("status", [403, 404])
def test_a_collection_refused_on_the_way_is_incomplete(status: int, total: bool) -> None:
    collection = Collection(ids_of(900), total=total, spoil={3: lambda _: Reply(status)})
    with pulling(collection) as bench:
        with pytest.raises(SourceFailed) as caught:
            bench.run()
        assert caught.value.code == "source.incomplete"


def test_a_server_that_fails_on_the_way_fails_the_pull() -> None:
    collection = Collection(ids_of(900))
    with pulling(lambda asked: Reply(500) if asked.number("offset") >= 300 else collection(asked)) as bench:
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

    collection = Collection(ids_of(2000))
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
            Pull(request, read, Shelf(), lanes, Bounds()).run()
        assert collection.served < 20
