"""Masked fields: noticed, and never taken for a change (L02)."""

from collections.abc import Callable

import pytest

from rosterkeeper.engine.masking import MASKED
from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Fetched, Mode, Watch
from tests.unit.engine.districts import small
from tests.unit.engine.tables import KeptRoster, TableSource, first_load, planned

NewScratch = Callable[[], Scratch]
Rows = dict[str, list[dict[str, str]]]


def _named(**more: str) -> Rows:
    """The small district, in which every name is another; ``more`` is the same for all."""
    tables = small()
    for number, row in enumerate(tables["users"]):
        row.update({"givenName": f"Ada {number}", "familyName": f"Byron {number}"} | more)
    return tables


def _live(new_scratch: NewScratch) -> KeptRoster:
    return first_load(new_scratch, _named())


def _told(scratch: Scratch) -> set[str]:
    return {str(field) for (field,) in scratch.rows("SELECT field FROM finding WHERE code = ?", [MASKED])}


@pytest.mark.covers("L02")
@pytest.mark.parametrize(
    ("masked", "fields"),
    [
        ({"email": ""}, {"email"}),
        ({"email": "***@***"}, {"email"}),
        ({"email": "hidden@example.org"}, {"email"}),
        ({"givenName": "", "familyName": ""}, {"givenName", "familyName"}),
        ({"givenName": "X", "familyName": "XXXXX"}, {"givenName", "familyName"}),
        ({"givenName": "Masked", "familyName": "REDACTED", "email": "null"}, {"givenName", "familyName", "email"}),
        ({"familyName": "Student"}, {"familyName"}),
    ],
)
def test_masked_fields_wipe_nothing_that_is_known(
    masked: dict[str, str], fields: set[str], new_scratch: NewScratch
) -> None:
    live, scratch = _live(new_scratch), new_scratch()
    made = planned(scratch, TableSource(_named(**masked)), live)
    assert (made.numbers["users"].update, made.numbers["users"].unchanged) == (0, 40)
    assert _told(scratch) == fields


@pytest.mark.covers("L02")
def test_a_change_beside_a_mask_is_still_a_change(new_scratch: NewScratch) -> None:
    live, scratch = _live(new_scratch), new_scratch()
    later = _named(email="")
    later["users"][3]["familyName"] = "Lovelace"
    assert planned(scratch, TableSource(later), live).numbers["users"].update == 1
    changed = "SELECT family_name, email FROM change_users WHERE op = 'update'"
    assert scratch.rows(changed) == [("Lovelace", "u3@example.org")]


@pytest.mark.covers("L02")
@pytest.mark.parametrize(("masked", "fields"), [({"email": ""}, {"email"}), ({"givenName": "*"}, {"givenName"})])
def test_a_first_load_that_is_masked_is_told(masked: dict[str, str], fields: set[str], new_scratch: NewScratch) -> None:
    scratch = new_scratch()
    assert planned(scratch, TableSource(_named(**masked))).numbers["users"].add == 40
    assert _told(scratch) == fields


def test_students_alone_may_be_masked(new_scratch: NewScratch) -> None:
    live, scratch = _live(new_scratch), new_scratch()
    later = _named()
    for row in later["users"][:30]:
        row["email"] = ""
    assert planned(scratch, TableSource(later), live).numbers["users"].update == 0
    assert _told(scratch) == {"email"}


def test_some_who_lose_a_value_have_lost_it(new_scratch: NewScratch) -> None:
    live, scratch = _live(new_scratch), new_scratch()
    later = _named()
    for row in later["users"][:6]:
        row["email"] = ""
    assert planned(scratch, TableSource(later), live).numbers["users"].update == 6
    assert _told(scratch) == set()


def test_a_delta_proves_no_habit(new_scratch: NewScratch) -> None:
    live, scratch = _live(new_scratch), new_scratch()
    delta = {"users": [row | {"status": "active"} for row in _named(email="")["users"][:8]]}
    assert planned(scratch, TableSource(delta, {"users": Mode.DELTA}), live).numbers["users"].update == 8


class _Said(TableSource):
    """A source that says by itself that it masks."""

    def fetch(self, scratch: Scratch, watch: Watch) -> Fetched:
        scratch.find([Finding(MASKED, file="users", entity="users")])
        return super().fetch(scratch, watch)


@pytest.mark.covers("L02")
def test_a_source_that_says_that_it_masks_wipes_nothing_at_all(new_scratch: NewScratch) -> None:
    live, scratch = _live(new_scratch), new_scratch()
    later = _named()
    later["users"][0]["email"] = ""
    later["users"][1]["givenName"] = "***"
    made = planned(scratch, _Said(later), live)
    assert made.numbers["users"].update == 0
    assert _told(scratch) == {"", "email", "givenName"}


def test_people_who_all_have_one_name_are_not_masked(new_scratch: NewScratch) -> None:
    later = small()
    for row in later["users"]:
        row["givenName"] = "Eve"
    scratch = new_scratch()
    assert planned(scratch, TableSource(later), first_load(new_scratch, small())).numbers["users"].update == 40
    assert _told(scratch) == set()
