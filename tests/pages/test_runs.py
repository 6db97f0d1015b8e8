"""The pages of runs: the list, Sync Details, View Log, changes, deciding about a held run, snapshots, stopping."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from django.http import StreamingHttpResponse

from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.roster.fresh import refresh
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.features.runs import figures, orders, workflow
from rosterkeeper.features.runs.models import HeldState, Order, Run
from rosterkeeper.job.words import Action
from tests.districts import tables
from tests.installation import Installation
from tests.pages.conftest import opened_site
from tests.pages.site import Site, text_of
from tests.pages.weeks import FIRST, HELD, SECOND, connect, pull, unheard


@pytest.fixture(scope="module")
def weeks_template(
    sqlite_template: Installation,
    tmp_path_factory: pytest.TempPathFactory,
    small_clean: Path,
    small_clean_next_day: Path,
    half_missing: Path,
) -> Installation:
    """An installation on SQLite with a district's first weeks."""
    folder = tmp_path_factory.mktemp("weeks")
    shutil.copytree(sqlite_template.data_dir, folder / "data")
    made = replace(sqlite_template, data_dir=folder / "data")
    with made.in_process():
        north = connect(folder / "north.zip", small_clean)
        for day in (small_clean, small_clean_next_day):
            pull(north, folder / "north.zip", day)
        refresh(north.pk)
        pull(north, folder / "north.zip", half_missing)
    return made


@pytest.fixture
def weeks(weeks_template: Installation, tmp_path: Path) -> Iterator[Site]:
    """The pages of that installation; each test has its own."""
    shutil.copytree(weeks_template.data_dir, tmp_path / "weeks")
    package = shutil.copy(weeks_template.data_dir.parent / "north.zip", tmp_path)
    with opened_site(replace(weeks_template, data_dir=tmp_path / "weeks")) as opened:
        Connection.objects.update(settings={"path": str(package)})
        yield opened


def _page(site: Site, address: str, code: int = 200) -> str:
    answer = site.administrator.get(address)
    assert answer.status_code == code, address
    return text_of(answer)


def _streamed(site: Site, address: str) -> str:
    return cast(StreamingHttpResponse, site.administrator.get(address)).getvalue().decode()


@pytest.mark.covers("L24", "M24")
def test_the_list_of_runs_narrows_by_outcome_action_connection_and_day(weeks: Site) -> None:
    everything = _page(weeks, "/runs/")
    assert [f'href="/runs/{run}/"' in everything for run in (FIRST, SECOND, HELD)] == [True] * 3

    held = _page(weeks, "/runs/?outcome=waiting")
    assert f'href="/runs/{HELD}/"' in held
    assert f'href="/runs/{SECOND}/"' not in held
    assert "No run fits" in _page(weeks, "/runs/?action=undo")
    assert "No run fits" in _page(weeks, "/runs/?until=2020-01-01")
    assert f'href="/runs/{FIRST}/"' in _page(weeks, "/runs/?connection=1&since=2020-01-01")
    assert f'href="/runs/{FIRST}/"' in _page(weeks, "/runs/?since=nonsense&before=zero&connection=x")


def test_a_long_list_of_runs_goes_on_where_its_page_ends(weeks: Site) -> None:
    like = Run.objects.get(id=FIRST)
    for number in range(100, 160):
        like.pk = number
        like.save(force_insert=True)

    first = _page(weeks, "/runs/")

    assert "/runs/159/" in first
    assert "/runs/109/" not in first
    assert "before=110" in first
    assert "/runs/109/" in _page(weeks, "/runs/?before=110")


@pytest.mark.covers("L23", "L25", "R15", "R16", "S16")
def test_sync_details_say_that_the_sync_succeeded_and_give_the_counts_of_the_guides(weeks: Site) -> None:
    page = _page(weeks, f"/runs/{SECOND}/")

    assert "The sync succeeded" in page
    counted = figures.statistics(weeks.connection().pk, Run.objects.get(id=SECOND).state_version)
    truth = {
        "students": LIVE["roles"]._default_manager.filter(status="active", role="student"),
        "teachers": LIVE["roles"]._default_manager.filter(status="active", role="teacher"),
    }
    for role, rows in truth.items():
        assert getattr(counted, role) == rows.values("user_sourced_id").distinct().count()
    assert counted.classes == LIVE["classes"]._default_manager.filter(status="active").count()
    for label in ("Matched Students", "Matched Teachers", "Unmatched Users", "Imported Classes"):
        assert label in page
    assert f"{counted.students} Students, {counted.teachers} Teachers, {counted.classes} Classes" in page
    assert counted.taken_at[:16] in page.replace(" ", "T")


def test_a_run_that_is_not_counted_yet_says_so_in_place_of_a_number(weeks: Site) -> None:
    assert "not counted for this run" in _page(weeks, f"/runs/{FIRST}/")


def test_a_feature_that_matches_people_says_how_it_counts(weeks: Site) -> None:
    run = Run.objects.get(id=SECOND)
    before = list(figures._counters)
    try:
        figures.count_by(lambda _run, _counted: figures.Matched(7, 3, 1, 0, by_taking_over=False))
        page = _page(weeks, f"/runs/{run.pk}/")
    finally:
        figures._counters[:] = before

    assert "not yet matched" not in page
    assert '<div class="h2 mb-0">7</div>' in page


@pytest.mark.covers("L26", "L27", "L28", "R17", "R18", "N44")
def test_a_failed_run_shows_its_code_and_next_step_and_a_diagnostic_without_personal_data(weeks: Site) -> None:
    north = weeks.connection()
    Path(str(north.settings["path"])).write_bytes(b"no zip at all")
    failed = workflow.sync(north, on_progress=unheard)

    page = _page(weeks, f"/runs/{failed.run}/")

    assert "The sync failed" in page
    assert failed.result.code
    assert f"<code>{failed.result.code}</code>" in page
    assert "Next step:" in page
    diagnostic = page[page.index('id="diagnostic"') :]
    assert f"outcome: failed {failed.result.code}" in diagnostic
    assert "north" not in diagnostic.split("</pre>")[0]
    assert 'data-copy="diagnostic"' in page


@pytest.mark.covers("L24", "M24", "N39", "R15")
def test_view_log_narrows_what_was_found_and_hands_it_out_as_csv_and_json(weeks: Site, messy: Path) -> None:
    north = weeks.connection()
    run = pull(north, Path(str(north.settings["path"])), messy)
    code = "row.repaired_word"
    assert run.findings[code]

    page = _page(weeks, f"/runs/{run.pk}/log/?code={code}")
    assert page.count(f"<td><code>{code}</code></td>") == 100
    assert "after=" in page
    assert "the command line" in page
    assert "row.duplicate_id" not in _page(weeks, f"/runs/{run.pk}/log/?severity=warning").split("<tbody>")[2]

    as_json = json.loads(_streamed(weeks, f"/runs/{run.pk}/log.json?code={code}"))
    assert len(as_json) == run.findings[code]
    assert {each["code"] for each in as_json} == {code}
    as_csv = _streamed(weeks, f"/runs/{run.pk}/log.csv?severity=error").splitlines()
    assert as_csv[0].startswith("severity,code,file,row")
    assert all(line.startswith("error,") for line in as_csv[1:])
    assert weeks.administrator.get(f"/runs/{run.pk}/log.exe").status_code == 404

    school = LIVE["classes"]._default_manager.values_list("school_sourced_id", flat=True).first()
    of_school = _streamed(weeks, f"/runs/{run.pk}/log.json?school={school}&entity=classes")
    found = {each["sourced_id"] for each in json.loads(of_school)}
    live = LIVE["classes"]._default_manager.filter(school_sourced_id=school)
    assert found
    assert found <= set(live.values_list("sourced_id", flat=True))

    assert "GW001.log" in _page(weeks, "/runs/gateway/")
    assert "users.csv" in _streamed(weeks, "/runs/gateway/1/GW001.log")
    assert weeks.administrator.get("/runs/gateway/1/GW999.log").status_code == 404


def test_a_held_run_tells_its_reasons_school_by_school_with_samples_of_who_would_go(weeks: Site) -> None:
    run = Run.objects.get(id=HELD)

    page = _page(weeks, f"/runs/{HELD}/")
    part = _page(weeks, f"/runs/{HELD}/sample/")

    assert all(reason["says"] in page for reason in run.reasons)
    for way in ("approve", "without-removals", "discard"):
        assert f"/runs/{HELD}/decide/{way}/" in page
        assert f"/runs/{HELD}/decide/{way}/" not in text_of(weeks.signed_in(Role.VIEWER).get(f"/runs/{HELD}/"))
    assert "School by school" in part
    assert "Some of what would be removed (People)" in part
    changes = _page(weeks, f"/runs/{HELD}/changes/?entity=users&op=remove")
    assert changes.count("would be removed</span>") == 50
    assert "Next page" in changes


@pytest.mark.parametrize("address", [f"/runs/{HELD}/", f"/runs/{HELD}/decide/approve/"])
def test_where_fewer_removals_count_than_there_are_the_difference_is_explained(weeks: Site, address: str) -> None:
    # Classes whose term has ended lose some of their enrollments.
    run = Run.objects.get(id=HELD)
    (counted,) = [each["number"] for each in run.reasons if each["entity"] == "enrollments"]
    removed = run.counts["enrollments"]["remove"]

    told = f"{removed} would be removed in all. {removed - counted} of them are not counted as an accident"
    assert f"Enrollments: {told}" in _page(weeks, address)

    run.counts["enrollments"]["remove"] = counted
    run.save()
    assert "would be removed in all" not in _page(weeks, address)


def test_additions_and_updates_of_a_held_change_are_approved_without_its_removals(weeks: Site) -> None:
    held = Run.objects.get(id=HELD)
    live = LIVE["users"]._default_manager.filter(status="active")
    before = live.count()

    asked = weeks.administrator.post(f"/runs/{HELD}/decide/without-removals/")
    assert asked.status_code == 302
    assert weeks.work() == 1

    approved = Run.objects.latest("id")
    assert (approved.outcome, approved.without_removals, approved.subject) == ("applied", True, HELD)
    assert live.count() == before + held.counts["users"]["add"] + held.counts["users"]["restore"]
    assert approved.counts["users"]["remove"] == 0
    assert "stayed" in _page(weeks, f"/runs/{approved.pk}/")
    assert Entry.objects.filter(action="run.approved", about=f"run:{HELD}").count() == 1
    again = pull(weeks.connection(), Path(str(weeks.connection().settings["path"])), _source(weeks))
    assert (again.outcome, again.counts["users"]["remove"]) == ("held", held.counts["users"]["remove"])


def _source(site: Site) -> Path:
    """What the source has now, apart from the file itself."""
    there = Path(str(site.connection().settings["path"]))
    return tables.repack(there, there.with_suffix(".again"), lambda _: None)


def test_a_change_that_a_newer_run_has_overtaken_cannot_be_approved_and_the_page_says_why(weeks: Site) -> None:
    pull(weeks.connection(), Path(str(weeks.connection().settings["path"])), _source(weeks))

    answer = weeks.administrator.post(f"/runs/{HELD}/decide/approve/", follow=True)

    assert "A newer run has taken this change" in text_of(answer)
    assert not Order.objects.exists()


@pytest.mark.covers("M22")
def test_a_change_that_removes_is_approved_only_with_i_understand(weeks: Site) -> None:
    address = f"/runs/{HELD}/decide/approve/"
    assert 'data-unlocks="approve"' in _page(weeks, address)

    refused = weeks.administrator.post(address)

    assert refused.status_code == 422
    assert "tick I Understand first" in text_of(refused)
    assert not Order.objects.exists()
    assert weeks.administrator.post(address, {"understood": "yes"}).status_code == 302
    assert Order.objects.get().action == "approve"


def test_a_held_change_is_discarded_after_a_word_of_confirmation(weeks: Site) -> None:
    assert "Yes, Discard" in _page(weeks, f"/runs/{HELD}/decide/discard/")
    assert Run.objects.get(id=HELD).held_state == HeldState.WAITING
    assert weeks.signed_in(Role.VIEWER).post(f"/runs/{HELD}/decide/discard/").status_code == 403

    answer = weeks.administrator.post(f"/runs/{HELD}/decide/discard/", follow=True)

    assert "Nothing was changed" in text_of(answer)
    assert Run.objects.get(id=HELD).held_state == HeldState.DISCARDED
    assert "The held change was discarded by" in text_of(answer)
    assert "waits for approval" not in text_of(answer)
    assert "Look at the change and approve it" not in text_of(answer)
    connection = _page(weeks, f"/connections/{weeks.connection().pk}/")
    assert "waits for approval" not in connection
    assert "see the run" in connection
    assert Entry.objects.filter(action="run.discarded").count() == 1


def test_undo_and_redo_are_confirmed_and_refused_in_words_where_there_is_nothing(weeks: Site) -> None:
    north = weeks.connection()
    assert "Nothing was undone" in _page(weeks, f"/connections/{north.pk}/back/redo/")
    assert f"run {SECOND}" in _page(weeks, f"/connections/{north.pk}/back/undo/")

    assert weeks.administrator.post(f"/connections/{north.pk}/back/undo/").status_code == 302
    weeks.work()

    assert Run.objects.latest("id").action == "undo"
    assert "undone already" in _page(weeks, f"/connections/{north.pk}/back/undo/")
    assert "Yes, Redo" in _page(weeks, f"/connections/{north.pk}/back/redo/")
    assert Entry.objects.filter(action="run.undo").count() == 1
    assert weeks.administrator.get(f"/connections/{north.pk}/back/purge/").status_code == 404


def test_two_snapshots_are_compared_and_one_of_them_restored(weeks: Site) -> None:
    north = weeks.connection()
    listed = _page(weeks, f"/connections/{north.pk}/snapshots/")
    assert "the roster now" in listed

    asked = weeks.administrator.post(
        f"/connections/{north.pk}/snapshots/compare/order/", {"older": SECOND, "newer": FIRST}
    )
    assert asked["Location"] == f"/connections/{north.pk}/snapshots/compare/?older={FIRST}&newer={SECOND}"
    assert 'hx-trigger="every 1s"' in _page(weeks, asked["Location"])
    weeks.work()
    differences = _page(weeks, f"{asked['Location']}&entity=users")

    second = Run.objects.get(id=SECOND).counts["users"]
    for op, word in (("add", "added"), ("update", "changed"), ("remove", "removed")):
        assert differences.count(f'mark-word">{word}</span>') == second[op]
    assert "familyName" in differences
    same = {"older": FIRST, "newer": FIRST}
    refused = weeks.administrator.post(f"/connections/{north.pk}/snapshots/compare/order/", same, follow=True)
    assert "two different snapshots" in text_of(refused)

    assert "Yes, Restore" in _page(weeks, f"/connections/{north.pk}/snapshots/{FIRST}/restore/")
    weeks.administrator.post(f"/connections/{north.pk}/snapshots/{FIRST}/restore/")
    weeks.work()
    restored = Run.objects.latest("id")
    assert (restored.action, restored.outcome) == ("restore", "applied")
    assert restored.counts["users"]["update"] == second["update"]
    # It is told from snapshots once another run has changed the roster.
    assert "Compare before and after" in _page(weeks, f"/runs/{SECOND}/changes/")


@pytest.mark.covers("N09", "M34", "L09", "R07")
def test_an_order_that_waits_is_stopped_and_never_begins(weeks: Site) -> None:
    north = weeks.connection()
    placed = orders.place(north, Action.SYNC)
    page = _page(weeks, f"/connections/{north.pk}/now/")
    assert "It waits for a worker to take it up" in page
    assert "You may close this page" in page
    assert weeks.signed_in(Role.VIEWER).post(f"/orders/{placed.pk}/stop/").status_code == 403

    weeks.administrator.post(f"/orders/{placed.pk}/stop/")

    assert weeks.work() == 0
    stopped = Order.objects.get(id=placed.pk)
    assert stopped.result["code"] == "order.stopped"
    assert "order.stopped" in _page(weeks, f"/orders/{placed.pk}/")
    assert not orders.stop(placed.pk, account=0)
    assert Entry.objects.filter(action="order.stopped").count() == 1


def test_a_run_under_way_is_stopped_for_good(weeks: Site) -> None:
    north = weeks.connection()
    shutil.copyfile(_source(weeks), str(north.settings["path"]))
    placed = orders.place(north, Action.SYNC)

    def stop_at_once(_: object) -> None:
        if orders.stop(placed.pk, account=0):
            orders.stop_those_asked()

    assert orders.carry_out(placed.pk, on_progress=stop_at_once, stopping=lambda: False)

    ended = Order.objects.get(id=placed.pk)
    assert (ended.result["outcome"], ended.tries) == ("interrupted", 1)
    assert Run.objects.latest("id").outcome == "interrupted"


@pytest.mark.covers("M34", "M17", "M15")
def test_a_run_that_has_just_ended_is_announced_on_its_connections_page(weeks: Site) -> None:
    north = weeks.connection()
    orders.place(north, Action.SYNC)
    weeks.work()

    page = _page(weeks, f"/connections/{north.pk}/now/")

    assert "has just ended" in page
    assert 'role="status"' in page


def test_what_is_not_there_is_not_found(weeks: Site) -> None:
    for address in ("/runs/999/", "/runs/999/log/", "/runs/999/changes/", "/orders/999/", "/connections/9/snapshots/"):
        assert weeks.administrator.get(address).status_code == 404
    assert weeks.administrator.get(f"/runs/{SECOND}/sample/").status_code == 404
    assert weeks.administrator.get(f"/runs/{HELD}/decide/anything/").status_code == 404


def test_who_may_not_see_rosters_sees_no_run(weeks: Site) -> None:
    client = weeks.signed_in(Role.SCHOOL)
    for address in ("/runs/", f"/runs/{HELD}/", f"/runs/{HELD}/log/", f"/runs/{HELD}/changes/", "/runs/gateway/"):
        assert client.get(address).status_code == 403
