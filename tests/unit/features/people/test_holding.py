"""Deciding about what a matching held, and what a matching tells outside."""

import json

import msgspec
import pytest

from rosterkeeper.engine.reasons import Reason
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.people import holding, telling
from rosterkeeper.features.people.models import PeopleSettings, Untold
from rosterkeeper.features.publish.models import Delivery, Event, Target
from rosterkeeper.matching.held import Held, read_held
from rosterkeeper.oneroster.errors import RunRefused
from tests.installation import Installation

AT = "2026-09-01T02:00:00.000Z"
REASON = Reason("hold.people_leave", "…", "accounts", "", 30, 100)


def settings(district: int) -> PeopleSettings:
    """A district's settings after a matching at `AT` that was held."""
    text = msgspec.json.encode(Held(fingerprint="print", since=AT, reasons=[REASON])).decode()
    return PeopleSettings.objects.create(district_id=district, held=text, matched_at=AT)


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


def untold(district: int, *, at: str = AT, held: str = "", **life: int) -> None:
    """What a matching at a moment has left to be told."""
    told = json.dumps({"held": held, **life})
    Untold.objects.create(district_id=district, word="accounts", at=at, told=told)


def test_a_matching_tells_one_event_with_numbers_to_who_wants_it(opened: Installation) -> None:
    district = District.objects.create(name="North")
    for name, number in (("ours", district.pk), ("theirs", district.pk + 1), ("everywhere", None)):
        Target.objects.create(name=name, kind="webhook", address="https://example.org", district=number)
    untold(district.pk, created=3, updated=0, suspended=1, restored=0, purged=0)
    telling.tell(district.pk)
    event = Event.objects.get()
    assert (event.word, event.district) == (telling.ACCOUNTS, district.pk)
    assert event.lines == ["Accounts made: 3", "Accounts suspended: 1"]
    assert sorted(Delivery.objects.values_list("target__name", flat=True)) == ["everywhere", "ours"]
    telling.tell()
    assert Event.objects.count() == 1


def test_each_matching_that_was_left_untold_is_told_in_its_order(opened: Installation) -> None:
    first, second = (District.objects.create(name=each) for each in ("North", "South"))
    untold(first.pk, created=1)
    untold(second.pk, created=2)
    untold(first.pk, at="2026-09-02T02:00:00.000Z", purged=4)
    telling.tell(second.pk)
    assert [each.lines for each in Event.objects.order_by("pk")] == [["Accounts made: 2"]]
    telling.tell()
    told = [(each.district, each.lines) for each in Event.objects.order_by("pk")[1:]]
    assert told == [(first.pk, ["Accounts made: 1"]), (first.pk, ["Accounts erased: 4"])]


def test_a_matching_that_changed_no_account_tells_nothing(opened: Installation) -> None:
    untold(District.objects.create(name="North").pk, created=0)
    telling.tell()
    assert Event.objects.count() == 0


def test_a_hold_is_told_once(opened: Installation) -> None:
    district = District.objects.create(name="North")
    held = settings(district.pk).held
    untold(district.pk, held=held)
    untold(district.pk, held=held, at="2026-09-02T02:00:00.000Z")
    telling.tell()
    event = Event.objects.get()
    assert (event.word, event.lines[0]) == (
        telling.HELD,
        "30 of 100 people with an account would leave at once.",
    )
