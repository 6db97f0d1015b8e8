"""Pages that are asked for before their collection's turn, in lanes that have nothing to do."""

import threading
from collections.abc import Callable, Sequence

from rosterkeeper.sources.http.lanes import Lanes
from rosterkeeper.sources.http.paging import Bounds, Pull, Request
from rosterkeeper.sources.http.retry import Patience, Session
from rosterkeeper.sources.http.sockets import Deadline
from tests.unit.sources.http.pulling import Collection, Shelf, ids_of, read
from tests.unit.sources.http.servers import Asked, HeldClock, Reply, Signed, client_of, serving

ANSWER = Collection(ids_of(150))


class _Desk:
    """Pulls of the collections a, b, c… from one server, each with a shelf of its own."""

    def __init__(self, url: str, session: Session, clock: HeldClock, lanes: Lanes) -> None:
        self._url = url
        self._session = session
        self._clock = clock
        self._lanes = lanes
        self.shelves: dict[str, Shelf] = {}

    def pull(self, name: str) -> Pull[Sequence[str]]:
        request = Request(
            lambda url, shrinkable: self._session.get(url, shrinkable=shrinkable),
            lambda offset, limit: f"{self._url}/{name}?limit={limit}&offset={offset}",
            100,
            lambda: self._clock.now,
            lambda done, total: None,
        )
        self.shelves[name] = Shelf()
        return Pull(request, read, self.shelves[name], self._lanes, Bounds())


def _asked(
    use: Callable[[_Desk, Lanes, HeldClock], None], collection: Collection = ANSWER, after: tuple[str, str] = ("", "")
) -> tuple[list[str], dict[str, Shelf]]:
    """The collections and offsets in the order in which a server was asked for them, and what came of it.

    With ``after`` the one is answered once the other has been asked for.
    """
    asked: list[str] = []
    seen = threading.Event()

    def answer(each: Asked) -> Reply:
        page = f"{each.path[1:]}{each.number('offset')}"
        asked.append(page)
        if page == after[1]:
            seen.set()
        if page == after[0]:
            assert seen.wait(20)
        return collection(each)

    clock = HeldClock()
    with (
        serving(answer) as server,
        client_of(server.url) as client,
        Lanes(4, Deadline(), lambda: None) as lanes,
    ):
        desk = _Desk(server.url, Session(client, Signed(), Patience(), clock.pace()), clock, lanes)
        use(desk, lanes, clock)
    return asked, desk.shelves


def test_next_first_pages_are_asked_for_while_lanes_are_free_and_each_once() -> None:
    def use(desk: _Desk, lanes: Lanes, clock: HeldClock) -> None:
        pulls = [desk.pull(name) for name in "abcdefg"]
        lanes.offer([each.begin for each in pulls[1:]])
        for each in pulls:
            each.run()

    # Threads race to the server: so the first page waits until the next collection's has been asked for.
    asked, shelves = _asked(use, after=("a0", "b0"))
    assert sorted(asked) == sorted(f"{name}{offset}" for name in "abcdefg" for offset in (0, 100))
    assert asked.index("b0") < asked.index("a100")
    assert {tuple(shelf.ids) for shelf in shelves.values()} == {tuple(ids_of(150))}


def test_a_first_page_that_has_waited_long_is_asked_for_again() -> None:
    def use(desk: _Desk, lanes: Lanes, clock: HeldClock) -> None:
        first, second = desk.pull("a"), desk.pull("b")
        lanes.offer([second.begin])
        first.run()
        clock.now += 60
        second.run()

    asked, shelves = _asked(use)
    assert asked.count("b0") == 2
    assert shelves["b"].ids == ids_of(150)


def test_pages_that_follow_the_next_first_one_are_asked_for_early_too() -> None:
    def use(desk: _Desk, lanes: Lanes, clock: HeldClock) -> None:
        first, second = desk.pull("a"), desk.pull("b")
        lanes.offer([second.begin])
        first.run()
        second.run()

    asked, shelves = _asked(use, after=("a100", "b100"))
    assert sorted(asked) == ["a0", "a100", "b0", "b100"]
    assert shelves["a"].ids == shelves["b"].ids == ids_of(150)


def test_the_look_behind_an_only_page_is_taken_early_too() -> None:
    def use(desk: _Desk, lanes: Lanes, clock: HeldClock) -> None:
        first, second = desk.pull("a"), desk.pull("b")
        lanes.offer([second.begin])
        first.run()
        second.run()

    asked, shelves = _asked(use, Collection(ids_of(100)), after=("a100", "b100"))
    assert sorted(asked) == ["a0", "a100", "b0", "b100"]
    assert shelves["b"].ids == ids_of(100)


def test_a_collection_in_smaller_pages_than_asked_is_whole_when_begun_early() -> None:
    def use(desk: _Desk, lanes: Lanes, clock: HeldClock) -> None:
        first, second = desk.pull("a"), desk.pull("b")
        lanes.offer([second.begin])
        first.run()
        second.run()

    asked, shelves = _asked(use, Collection(ids_of(150), cap=40))
    assert shelves["b"].ids == ids_of(150)
    assert asked.count("b0") == 1


def test_without_an_offer_nothing_is_asked_for_early() -> None:
    def use(desk: _Desk, lanes: Lanes, clock: HeldClock) -> None:
        first, second = desk.pull("a"), desk.pull("b")
        first.run()
        second.run()

    assert _asked(use)[0] == ["a0", "a100", "b0", "b100"]
