"""Deciding about what a matching held, and what a matching tells outside."""

import json

import msgspec
import pytest

from rosterkeeper.engine.reasons import Reason
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.people import holding, telling
from rosterkeeper.features.people.models import PeopleSettings
from rosterkeeper.features.publish.models import Delivery, Event, Target
from rosterkeeper.matching.held import Held, read_held
from rosterkeeper.oneroster.errors import RunRefused
from tests.installation import Installation

AT = "2026-09-01T02:00:00.000Z"
REASON = Reason("hold.people_leave", "…", "accounts", "", 30, 100)


def settings(district: int, *, held: bool = True, life: dict[str, int] | None = None) -> PeopleSettings:
    """A district's settings after a matching at `AT`."""
    text = msgspec.json.encode(Held(fingerprint="print", since=AT, reasons=[REASON])).decode() if held else ""
    counts = json.dumps({"life": life or {}})
    return PeopleSettings.objects.create(district_id=district, held=text, counts=counts, matched_at=AT)


def test_what_is_held_is_told_with_its_numbers_and_the_next_step(opened: Installation) -> None:
    settings(1)
    waits = holding.waiting(1)
    assert waits is not None
    assert (waits.fingerprint, waits.is_discarded, waits.since.isoformat()) == (
        "print",
        False,
        "2026-09-01T02:00:00+00:00",
    )
    assert [each.says for each in waits.reasons] == ["30 of 100 people with an account would leave at once."]
    assert waits.reasons[0].todo.startswith("Look whether")
    assert holding.waiting(2) is None


def test_an_approval_is_of_just_this_and_has_the_district_matched_anew(opened: Installation) -> None:
    settings(1)
    holding.approve(1, "print")
    row = PeopleSettings.objects.get()
    assert (row.approved, row.inputs) == ("print", 1)
    assert Entry.objects.get().action == "people.life_approved"


def test_a_discard_is_remembered_with_who_did_it(opened: Installation) -> None:
    settings(1)
    holding.discard(1, "print", by=7)
    held = read_held(PeopleSettings.objects.get().held)
    assert held is not None
    assert (held.state, held.by) == ("discarded", 7)
    waits = holding.waiting(1)
    assert waits is not None
    assert waits.is_discarded
    assert Entry.objects.get().action == "people.life_discarded"
    holding.approve(1, "print")
    assert PeopleSettings.objects.get().approved == "print"


def test_what_has_become_something_else_is_not_decided(opened: Installation) -> None:
    settings(1)
    with pytest.raises(RunRefused) as told:
        holding.approve(1, "another print")
    assert told.value.code == "people.not_held"
    assert PeopleSettings.objects.get().approved == ""


def test_a_matching_tells_one_event_with_numbers_to_who_wants_it(opened: Installation) -> None:
    district = District.objects.create(name="North")
    for name, number in (("ours", district.pk), ("theirs", district.pk + 1), ("everywhere", None)):
        Target.objects.create(name=name, kind="webhook", address="https://example.org", district=number)
    settings(district.pk, held=False, life={"created": 3, "updated": 0, "suspended": 1, "restored": 0, "purged": 0})
    telling.matched(district.pk)
    event = Event.objects.get()
    assert (event.word, event.district) == (telling.ACCOUNTS, district.pk)
    assert event.lines == ["Accounts made: 3", "Accounts suspended: 1"]
    assert sorted(Delivery.objects.values_list("target__name", flat=True)) == ["everywhere", "ours"]


def test_a_matching_that_changed_no_account_tells_nothing(opened: Installation) -> None:
    district = District.objects.create(name="North")
    settings(district.pk, held=False, life={"created": 0})
    telling.matched(district.pk)
    assert Event.objects.count() == 0


def test_a_hold_is_told_once(opened: Installation) -> None:
    district = District.objects.create(name="North")
    settings(district.pk)
    telling.matched(district.pk)
    PeopleSettings.objects.update(matched_at="2026-09-02T02:00:00.000Z")
    telling.matched(district.pk)
    event = Event.objects.get()
    assert (event.word, event.lines[0]) == (
        telling.HELD,
        "30 of 100 people with an account would leave at once.",
    )
