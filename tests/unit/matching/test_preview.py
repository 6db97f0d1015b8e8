"""What a matching by other settings would do, and that looking at it writes nothing."""

import pytest

from rosterkeeper.matching.preview import Preview, Stated
from rosterkeeper.matching.previewing import preview_district
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.artifacts import Artifacts
from tests.unit.matching.ground import NOW, TODAY, Ground

BY_USERNAME = {"student": [{"key": "username"}]}


def preview(ground: Ground, **stated: object) -> Preview:
    """What these settings would do."""
    made = Stated(**{"district": ground.district, "mode": "match", "rules": {}, "options": {}, **stated})  # type: ignore[arg-type]
    with Scratch(ground.folder / "scratch-preview", threads=1) as scratch:
        return preview_district(
            ground.database, scratch, Artifacts(ground.folder / "artifacts"), made, now=NOW, today=TODAY
        )


def everything(ground: Ground) -> list[object]:
    """All that a matching could write, the sequences of its numbers too."""
    tables = ("people_settings", "people_person", "people_record", "people_account", "people_candidate", "groups_group")
    kept = [ground.database.rows(f"SELECT * FROM {each} ORDER BY 1, 2") for each in tables]
    if ground.database.is_sqlite:
        return [*kept, ground.database.rows("SELECT * FROM sqlite_sequence ORDER BY 1")]
    return [*kept, ground.database.rows("SELECT last_value, is_called FROM people_person_id_seq")]


def shifts(found: Preview) -> dict[str, tuple[str, str, int, int]]:
    """Each person's shift and reason, and the accounts before and after."""
    return {each.sourced_id: (each.shift, each.reason, each.was_account, each.account) for each in found.samples}


@pytest.fixture
def school(ground: Ground) -> Ground:
    """Four students who are matched by e-mail, of whom usernames would tell otherwise."""
    for place, name in enumerate(("ann", "bob", "cem", "dan"), start=1):
        ground.user(name, email=f"{name}@example.org", username=f"{name}1")
        ground.account(place, email=f"{name}@example.org")
    ground.account(11, username="ann1")
    ground.account(12, username="bob1", email="x@example.org")
    ground.account(13, username="bob1", email="y@example.org")
    ground.user("eve", username="eve1")
    ground.account(14, username="eve1")
    ground.match()
    return ground


def test_a_preview_tells_who_would_be_linked_moved_and_no_longer_linked_and_writes_nothing(school: Ground) -> None:
    before = everything(school)
    found = preview(school, rules=BY_USERNAME)
    assert found.before["student"] == {"linked": 4, "created": 0, "disputed": 0, "unmatched": 1, "ignored": 0}
    assert found.after["student"]["linked"] == 5
    assert shifts(found) == {
        "ann": ("moved", "username", 1, 11),
        "eve": ("linked", "username", 0, 14),
    }
    assert found.shifts == {"linked": 1, "created": 0, "moved": 1, "unlinked": 0, "disputed": 0, "undisputed": 0}
    assert (found.without_person_before, found.without_person) == (4, 3)
    assert everything(school) == before


def test_a_preview_of_the_settings_that_hold_finds_nothing_after_a_matching(school: Ground) -> None:
    found = preview(school)
    assert found.samples == []
    assert found.before == found.after
    assert set(found.shifts.values()) | set(found.accounts.values()) == {0}


def test_accounts_that_would_be_made_are_counted_and_what_would_be_too_much_is_told(ground: Ground) -> None:
    for place in range(30):
        ground.user(f"u{place:02}", email=f"u{place}@example.org")
    before = everything(ground)
    found = preview(ground, mode="create")
    assert (found.shifts["created"], found.accounts["created"], found.reasons) == (30, 30, [])
    assert len(found.samples) == 20
    assert {each.account for each in found.samples} == {0}
    assert everything(ground) == before
    ground.settings(mode="create")
    ground.match()
    for place in range(20):
        ground.removes(f"u{place:02}")
    found = preview(ground, mode="create")
    assert [(each.code, each.number, each.of) for each in found.reasons] == [("hold.people_leave", 20, 30)]
    assert found.accounts["suspended"] == 20


def test_who_would_be_disputed_and_who_no_longer_is_told(lone_ground: Ground) -> None:
    ground = lone_ground
    ground.user("ann", email="ann@example.org", username="ann1")
    ground.account(1, email="ann@example.org")
    ground.account(2, email="ann@example.org")
    ground.account(3, username="ann1")
    found = preview(ground)
    assert shifts(found) == {"ann": ("disputed", "several_accounts", 0, 0)}
    ground.match()
    ground.database.run("UPDATE people_account SET status = 'purged' WHERE id = 2")
    assert shifts(preview(ground))["ann"] == ("linked", "email", 0, 1)
    ground.database.run("UPDATE people_account SET status = 'purged' WHERE id = 1")
    assert shifts(preview(ground)) == {"ann": ("undisputed", "no_account", 0, 0)}
