"""Security keys: written, typed again with slips, and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkeeper.launcher.keys import KeyMistyped, new_key, read_key


def test_a_key_is_read_as_it_was_written() -> None:
    key = new_key()
    assert read_key(key.text()) == key
    assert read_key(key.text().lower().replace("-", " ")) == key


def test_letters_that_look_like_digits_are_read_as_these() -> None:
    key = next(each for each in (new_key() for _ in range(1000)) if "0" in each.text()[3:] and "1" in each.text()[3:])
    assert read_key(key.text().replace("0", "O").replace("1", "l")) == key


@given(st.integers(0, 42), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_a_slip_of_one_letter_is_found(place: int, letter: str) -> None:
    plain = new_key().text().replace("-", "")
    slipped = plain[: 2 + place] + letter + plain[3 + place :]
    if slipped == plain:
        assert read_key(slipped).text().replace("-", "") == plain
    else:
        with pytest.raises(KeyMistyped, match="mistyped"):
            read_key(slipped)


@pytest.mark.parametrize("typed", ["", "   ", "hello", "RK-", "RK-1234", "RK-" + "U" * 43])
def test_what_is_no_key_is_refused_without_being_repeated(typed: str) -> None:
    with pytest.raises(KeyMistyped) as told:
        read_key(typed)
    assert str(told.value).endswith(".")
    assert typed.strip() in ("", "RK-") or typed not in str(told.value)


def test_a_key_does_not_show_its_secret_by_chance() -> None:
    key = new_key()
    assert key.secret.hex() not in repr(key)
    assert key.text() not in f"{key}"
