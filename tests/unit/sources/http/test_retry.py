"""What may work later is tried again: as told, with jitter, at most five times, and never past its time."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.sources.http.client import Limits
from rosterkeeper.sources.http.faults import TooHeavy
from rosterkeeper.sources.http.retry import Patience, Session
from tests.unit.sources.http.servers import (
    Asked,
    HeldClock,
    Reply,
    Signed,
    client_of,
    in_turn,
    reply,
    serving,
    session_of,
)

_GOOD = reply({"orgs": []})


def _waits(replies: Sequence[Reply], clock: HeldClock | None = None) -> list[float]:
    clock = clock or HeldClock()
    with serving(in_turn(replies)) as server, session_of(server.url, clock) as session:
        assert session.get(server.url).ok
        assert len(server.asked) == len(replies)
    return clock.slept


def _failure(replies: Sequence[Reply], patience: Patience | None = None) -> tuple[RosterkeeperError, int, list[float]]:
    clock = HeldClock()
    with serving(in_turn(replies)) as server, session_of(server.url, clock, patience) as session:
        with pytest.raises(RosterkeeperError) as caught:
            session.get(server.url)
        return caught.value, len(server.asked), clock.slept


def test_retry_after_in_seconds_is_waited_for() -> None:
    assert _waits([Reply(429, headers={"Retry-After": "17"}), _GOOD]) == [17.0]


def test_retry_after_as_a_date_is_waited_for() -> None:
    clock = HeldClock()
    when = format_datetime(datetime.fromtimestamp(clock.start + 42, UTC), usegmt=True)
    assert _waits([Reply(503, headers={"Retry-After": when}), _GOOD], clock) == [42.0]


@pytest.mark.parametrize("told", ["soon", "", "-5", "1e9", "Thu, 99 Xyz 2026"])
def test_a_retry_after_that_says_nothing_leaves_the_backoff(told: str) -> None:
    assert _waits([Reply(429, headers={"Retry-After": told}), _GOOD]) == [1.0]


@pytest.mark.parametrize("bad", [Reply(500), Reply(502), Reply(503), Reply(504), Reply(429), Reply(hang_up=True)])
def test_what_passes_is_tried_again(bad: Reply) -> None:
    assert _waits([bad, bad, _GOOD]) == [1.0, 2.0]


def test_a_body_that_breaks_off_is_tried_again() -> None:
    assert _waits([Reply(200, b'{"orgs":', length=99), _GOOD]) == [1.0]


def test_a_timeout_is_tried_again() -> None:
    clock = HeldClock()
    slow = iter([True, False])

    def answer(asked: Asked) -> Reply:
        if next(slow):
            time.sleep(0.5)
        return _GOOD

    limits = Limits(idle_seconds=0.2)
    with serving(answer) as server, session_of(server.url, clock, limits=limits) as session:
        assert session.get(server.url).ok
    assert clock.slept == [1.0]


def test_the_waits_have_full_jitter() -> None:
    clock = HeldClock()
    with serving(in_turn([Reply(503), Reply(503), _GOOD])) as server, client_of(server.url) as client:
        Session(client, Signed(), Patience(), clock.pace(chance=0.25)).get(server.url)
    assert clock.slept == [0.25, 0.5]


def test_five_tries_end_it() -> None:
    fault, asked, slept = _failure([Reply(503)])
    assert (fault.code, asked, slept) == ("source.server_error", 5, [1.0, 2.0, 4.0, 8.0])


def test_a_wait_longer_than_the_time_allowed_ends_it_at_once() -> None:
    fault, asked, slept = _failure([Reply(429, headers={"Retry-After": "3600"})])
    assert (fault.code, fault.retry_after, asked, slept) == ("source.rate_limited", 3600.0, 1, [])


def test_the_waits_together_stay_within_the_time_allowed() -> None:
    _, _, slept = _failure([Reply(429, headers={"Retry-After": "8"})], Patience(total_seconds=20))
    assert slept == [8.0, 8.0]


@pytest.mark.parametrize("status", [400, 403, 404, 422, 501])
def test_an_answer_about_the_collection_is_handed_on(status: int) -> None:
    with serving(lambda _: Reply(status, b"private words")) as server, session_of(server.url, HeldClock()) as session:
        assert session.get(server.url).status == status
        assert len(server.asked) == 1


@pytest.mark.covers("N37")
def test_refused_credentials_are_not_tried_again() -> None:
    fault, asked, _ = _failure([Reply(401, b"private words")])
    assert (fault.code, asked) == ("source.refused_credentials", 1)
    assert "private" not in str(fault) + fault.todo


@pytest.mark.parametrize("status", [413, 502, 504])
def test_what_is_too_heavy_is_said_at_once_where_less_can_be_asked_for(status: int) -> None:
    clock = HeldClock()
    with serving(lambda _: Reply(status)) as server, session_of(server.url, clock) as session:
        with pytest.raises(TooHeavy):
            session.get(server.url, shrinkable=True)
        assert (len(server.asked), clock.slept) == (1, [])
