"""Every lie of a server restarts the pull, and the fourth ends it with nothing changed."""

from collections.abc import Callable

import pytest

from rosterkeeper.oneroster.errors import SourceFailed
from rosterkeeper.sources.http.paging import Bounds, Proof
from tests.unit.sources.http.pulling import Collection, ids_of, pulling
from tests.unit.sources.http.servers import Asked, Reply, reply


def _moving_total(asked: Asked) -> Reply:
    offset = asked.number("offset")
    return reply(ids_of(1000)[offset : offset + 100], X_Total_Count=str(1000 + offset))


def _repeating(asked: Asked) -> Reply:
    return reply(ids_of(100), X_Total_Count="1000")


def _repeating_without_total(asked: Asked) -> Reply:
    return reply(ids_of(100))


def _next_to_itself(asked: Asked) -> Reply:
    return reply(ids_of(10), Link=f'<{asked.target}>; rel="next"')


def _rows_short_of_the_total(asked: Asked) -> Reply:
    offset = asked.number("offset")
    return reply(ids_of(950)[offset : offset + 100], X_Total_Count="1000")


def _rows_beyond_the_total(asked: Asked) -> Reply:
    offset = asked.number("offset")
    return reply(ids_of(200)[offset : offset + 100], X_Total_Count="150")


def _a_total_of_the_page_alone(asked: Asked) -> Reply:
    offset = asked.number("offset")
    return reply(ids_of(500)[offset : offset + 100], X_Total_Count="100")


def _a_total_against_a_next_link(asked: Asked) -> Reply:
    offset = asked.number("offset")
    rows = ids_of(90)[offset : offset + 30]
    return reply(rows, X_Total_Count="30", Link=f'</c?offset={offset + 30}>; rel="next"')


def _nothing_of_a_total(asked: Asked) -> Reply:
    return reply([], X_Total_Count="1000")


def _rows_of_no_total(asked: Asked) -> Reply:
    return reply(ids_of(5), X_Total_Count="0")


def _rows_on_two_pages(asked: Asked) -> Reply:
    offset = asked.number("offset")
    shifted = [*ids_of(150)[:120], "id000007", *ids_of(150)[121:]]
    return reply(shifted[offset : offset + 50], X_Total_Count="150")


_LIES = [
    _moving_total,
    _repeating,
    _repeating_without_total,
    _next_to_itself,
    _rows_short_of_the_total,
    _rows_beyond_the_total,
    _nothing_of_a_total,
    _rows_of_no_total,
    _rows_on_two_pages,
]


@pytest.mark.parametrize("lie", _LIES)
def test_a_server_that_contradicts_itself_is_given_up_after_three_restarts(lie: Callable[[Asked], Reply]) -> None:
    with pulling(lie) as bench:
        with pytest.raises(SourceFailed) as caught:
            bench.run()
        assert caught.value.code == "source.incomplete"
        assert "Nothing was changed" in caught.value.what
        assert bench.shelf.cleared == 4


@pytest.mark.parametrize(("lie", "rows"), [(_a_total_of_the_page_alone, 500), (_a_total_against_a_next_link, 90)])
def test_a_total_that_counts_the_page_alone_is_not_believed_again(lie: Callable[[Asked], Reply], rows: int) -> None:
    with pulling(lie) as bench:
        pulled = bench.run()
        assert (pulled.rows, pulled.proof) == (rows, Proof.EMPTY)
        assert bench.shelf.ids == ids_of(rows)


@pytest.mark.parametrize("limit", [7, 30, 100])
def test_a_total_of_the_page_alone_is_seen_through_at_every_size_of_page(limit: int) -> None:
    def answer(asked: Asked) -> Reply:
        offset = asked.number("offset")
        rows = ids_of(95)[offset : offset + limit]
        return reply(rows, X_Total_Count=str(len(rows)))

    with pulling(answer, limit=limit) as bench:
        assert bench.run().rows == 95


def _a_capped_total(asked: Asked) -> Reply:
    offset = asked.number("offset")
    return reply(ids_of(520)[offset : offset + 100], X_Total_Count="300")


def _a_chain_without_its_last_link(asked: Asked) -> Reply:
    offset = asked.number("offset")
    following = f'</c?limit=100&offset={offset + 100}>; rel="next"' if offset < 300 else '</c?offset=0>; rel="first"'
    return reply(ids_of(520)[offset : offset + 100], Link=following)


@pytest.mark.parametrize("lie", [_a_capped_total, _a_chain_without_its_last_link])
def test_an_end_at_a_full_page_that_rows_follow_is_not_believed_again(lie: Callable[[Asked], Reply]) -> None:
    with pulling(lie) as bench:
        pulled = bench.run()
        assert (pulled.rows, pulled.proof) == (520, Proof.EMPTY)
        assert (bench.shelf.ids, bench.shelf.cleared) == (ids_of(520), 2)


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize("known", [0, 400])
def test_an_end_at_a_full_page_is_believed_where_the_server_only_begins_anew(known: int, total: bool) -> None:
    def answer(asked: Asked) -> Reply:
        offset = asked.number("offset")
        rows = ids_of(500)[(offset if offset < 500 else known) :][:100]
        if total:
            return reply(rows, X_Total_Count="500")
        follows = f'</c?offset={offset + 100}>; rel="next"' if offset < 400 else '</c?offset=0>; rel="first"'
        return reply(rows, Link=follows)

    with pulling(answer) as bench:
        assert (bench.run().proof, bench.shelf.cleared) == (Proof.TOTAL if total else Proof.LINK, 1)
        assert bench.shelf.ids == ids_of(500)


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize("status", [404, 500, 502])
def test_an_end_at_a_full_page_is_believed_where_the_server_fails_behind_it(status: int, total: bool) -> None:
    collection = Collection(ids_of(500), total=total, link="" if total else "always")

    def answer(asked: Asked) -> Reply:
        return collection(asked) if asked.number("offset") < 500 else reply("", status=status)

    with pulling(answer) as bench:
        collection.url = bench.server.url
        assert (bench.run().proof, bench.shelf.cleared) == (Proof.TOTAL if total else Proof.LINK, 1)
        assert bench.shelf.ids == ids_of(500)


def test_a_page_that_is_blank_for_a_moment_ends_nothing() -> None:
    blank = {3: lambda _: reply([])}
    with pulling(Collection(ids_of(450), total=False, spoil=blank)) as bench:
        pulled = bench.run()
        assert (pulled.rows, pulled.proof) == (450, Proof.EMPTY)
        assert bench.shelf.ids == ids_of(450)


@pytest.mark.parametrize("total", [False, True])
def test_rows_that_the_server_itself_repeats_are_taken_when_other_page_borders_bring_the_same(total: bool) -> None:
    ids = sorted([*ids_of(250), *ids_of(250)[::2]])
    with pulling(Collection(ids, total=total), limit=100) as bench:
        assert bench.run().rows == len(ids)
        assert (bench.shelf.ids, bench.shelf.cleared) == (ids, 2)


@pytest.mark.parametrize("total", [False, True])
def test_rows_that_only_page_borders_repeat_are_a_contradiction(total: bool) -> None:
    def overlapping(asked: Asked) -> Reply:
        offset, limit = max(0, asked.number("offset") - 1), asked.number("limit")
        rows = ids_of(500)[offset : offset + limit]
        return reply(rows, X_Total_Count="500") if total else reply(rows)

    with pulling(overlapping) as bench:
        with pytest.raises(SourceFailed) as caught:
            bench.run()
        assert caught.value.code == "source.incomplete"


@pytest.mark.parametrize("bounds", [Bounds(pages=20), Bounds(rows=2000)])
@pytest.mark.parametrize("link", [False, True])
def test_endless_pages_end_at_the_bound(bounds: Bounds, link: bool) -> None:
    def answer(asked: Asked) -> Reply:
        offset = asked.number("offset")
        rows = [f"id{number:06}" for number in range(offset, offset + 100)]
        following = f'</c?limit=100&offset={offset + 100}>; rel="next"'
        return reply(rows, Link=following) if link else reply(rows)

    with pulling(answer, bounds=bounds) as bench:
        with pytest.raises(SourceFailed) as caught:
            bench.run()
        assert caught.value.code == "source.incomplete"
        assert len(bench.server.asked) <= 4 * 22


def test_data_that_move_once_are_pulled_anew() -> None:
    collection = Collection(ids_of(500))

    def grow(made: Reply) -> Reply:
        collection.ids = ["id", *collection.ids]
        return made

    collection.spoil[2] = grow
    with pulling(collection) as bench:
        assert bench.run().rows == 501
        assert (bench.shelf.ids, bench.shelf.cleared) == (["id", *ids_of(500)], 2)


def test_time_ends_a_pull_that_does_not() -> None:
    with pulling(Collection(ids_of(500)), bounds=Bounds(seconds=-1)) as bench:
        with pytest.raises(SourceFailed) as caught:
            bench.run()
        assert caught.value.code == "source.timeout"
