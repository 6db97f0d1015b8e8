"""What runs changed, read from before-images on both databases."""

from pathlib import Path

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.roster.fresh import refresh
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.features.runs import comparing, workflow
from rosterkeeper.features.runs.changes import OPS, Wanted, applied_changes, is_kept
from rosterkeeper.features.runs.models import Run
from rosterkeeper.features.runs.shown import shown
from rosterkeeper.job.words import Pick
from tests.installation import Installation
from tests.pages.weeks import connect, pull, unheard


def _ids(run: Run, op: str) -> list[str]:
    """Every record of a kind, over as many pages as it takes."""
    found, after = [], ""
    while True:
        page = applied_changes(run, Wanted("users", op, after=after), limit=3)
        found += [item.sourced_id for item in page.items]
        if not page.following:
            return found
        after = page.following


def test_a_change_is_told_record_by_record_and_so_is_its_undo(
    opened: Installation, tmp_path: Path, small_clean: Path, small_clean_next_day: Path, half_missing: Path
) -> None:
    package = tmp_path / "north.zip"
    north = connect(package, small_clean)
    first = pull(north, package, small_clean)
    everybody = LIVE["users"]._default_manager.values_list("sourced_id", flat=True)
    assert sorted(_ids(first, "")) == sorted(everybody)
    assert _ids(first, "remove") == []

    second = pull(north, package, small_clean_next_day)
    refresh(north.pk)
    told = {op: _ids(second, op) for op in OPS}
    assert {op: len(ids) for op, ids in told.items()} == {op: second.counts["users"][op] for op in OPS}
    assert (is_kept(first), is_kept(second)) == (False, True)
    _assert_fields(north, second)
    _assert_schools(north, second, told["add"])
    elsewhere = {name: applied_changes(second, Wanted(name, "update", school="nowhere")).items for name in LIVE}
    assert not any(elsewhere.values())

    held = pull(north, package, half_missing)
    _assert_waiting(north, held)

    undone = workflow.find(workflow.undo(north, on_progress=unheard).run)
    back = {"add": "remove", "update": "update", "remove": "restore"}
    assert {op: sorted(_ids(undone, back[op])) for op in back} == {op: sorted(told[op]) for op in back}


def _assert_fields(north: Connection, run: Run) -> None:
    page = applied_changes(run, Wanted("users", "update"))
    for record in shown(run, north.pk, "users", page.items):
        row = LIVE["users"]._default_manager.get(connection_id=north.pk, sourced_id=record.sourced_id)
        assert record.name == f"{row.given_name} {row.family_name}"  # type: ignore[attr-defined]
        assert {"familyName", "email"} <= {each.field for each in record.differences}
        assert all(each.before != each.after for each in record.differences)


def _assert_schools(north: Connection, run: Run, added: list[str]) -> None:
    roles = LIVE["roles"]._default_manager.filter(connection_id=north.pk, status="active")
    school = roles.filter(user_sourced_id__in=added).values_list("org_sourced_id", flat=True).first()
    members = set(roles.filter(org_sourced_id=school).values_list("user_sourced_id", flat=True))
    for entity in ("users", "roles", "enrollments"):
        page = applied_changes(run, Wanted(entity, "add", school=str(school)))
        assert page.items
        people = {item.after.get("user_sourced_id", item.sourced_id) for item in page.items}
        assert people <= members or entity == "enrollments"
    names = [record.name for record in shown(run, north.pk, "enrollments", page.items)]
    assert all(" · " in name for name in names)


def _assert_waiting(north: Connection, held: Run) -> None:
    pick = Pick(name=held.changes, entity="users", ops=("remove",), limit=10, counted=True)
    result = comparing.read_changes(north, pick)
    assert (len(result.items), result.more) == (10, True)
    assert {item.op for item in result.items} == {"remove"}
    assert result.counts["users"].remove == held.counts["users"]["remove"]
    assert (
        sum(each.number for each in result.tallies if each.entity == "roles" and each.op == "remove")
        == (held.counts["roles"]["remove"])
    )
    school = next(each.school for each in result.tallies if each.entity == "roles")
    of_school = comparing.read_changes(north, Pick(name=held.changes, entity="users", school=school, limit=500))
    assert 0 < len(of_school.items) < held.counts["users"]["remove"]
    changed = comparing.read_changes(north, Pick(name=held.changes, entity="users", ops=("update",)))
    assert all(item.before and item.after and item.before != item.after for item in changed.items)
