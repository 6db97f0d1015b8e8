"""Launches: signed, verified, and refused when anything of them was changed."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rosterkeeper.launcher.keys import new_key
from rosterkeeper.launcher.launch import LONGEST, Computer, Launch, new_launch, read_launch

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
KEY = new_key()


def _launch() -> Launch:
    return new_launch(KEY, Computer("Roster.example:8443", "s-1", "SCHOOL\\müller", "1", "list", "school,view"), NOW)


def test_a_signature_is_that_of_the_fields_one_a_line() -> None:
    launch = _launch()
    computer = ("roster.example:8443", "s-1", "SCHOOL\\müller", "1", "list", "school,view")
    text = "\n".join(("rosterkeeper-launch", "1", KEY.id, *computer, "2026-11-22T08:00:00Z", launch.nonce))
    expected = hmac.new(KEY.secret, text.encode(), hashlib.sha256).hexdigest()
    assert launch.signed_with(KEY) == expected
    assert launch.is_signed(expected, KEY)


@pytest.mark.parametrize("field", ["key", "server", "school", "login", "cover", "view", "managed", "time", "nonce"])
def test_a_changed_field_spoils_the_signature(field: str) -> None:
    launch = _launch()
    signature = launch.signed_with(KEY)
    assert not replace(launch, **{field: getattr(launch, field) + "x"}).is_signed(signature, KEY)


def test_another_key_and_another_alphabet_are_not_the_signature() -> None:
    launch = _launch()
    assert not launch.is_signed(launch.signed_with(new_key()), KEY)
    assert not launch.is_signed("ü" * 64, KEY)
    assert not launch.is_signed("\ud800", KEY)


def test_what_is_sent_is_read_as_it_was() -> None:
    launch = _launch()
    assert read_launch(launch.told("ab", client="1")) == launch


@pytest.mark.parametrize("spoilt", [None, 5, "a\nb", "x" * (LONGEST + 1), ""])
def test_a_field_that_is_no_short_line_is_refused(spoilt: object) -> None:
    body = {**_launch().told("ab", client="1"), "nonce": spoilt}
    with pytest.raises(ValueError, match="short texts"):
        read_launch(body)


def test_clocks_are_compared_with_their_offsets() -> None:
    launch = replace(_launch(), time="2026-11-22T09:10:00+01:00")
    assert launch.difference(NOW) == timedelta(minutes=10)
    with pytest.raises(ValueError, match="offset"):
        replace(launch, time="2026-11-22T09:10:00").difference(NOW)


def test_no_two_launches_are_alike() -> None:
    assert _launch().nonce != _launch().nonce
