"""Quirks that would empty, rename or re-key a district overnight: the change waits, with the reason's code."""

from pathlib import Path

import pytest

from rosterkeeper.engine.options import Options
from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.sample import Extra, SampleServer, Service, Wanted, write_sample
from rosterkeeper.sources.contract import Mark, Since
from rosterkeeper.sources.csvzip.source import CsvZip
from tests.contract.quirks import NOW, SEED, USERS, Ask, Faults, Lab, Run, judged, of_quirks, some
from tests.unit.engine.tables import applied

HELD: dict[str, tuple[Faults, set[str]]] = {
    "mass-removal": (some(Wanted("fewer-people", value=30)), {"hold.remove_percent"}),
    "cl-enrolled-only": (some(Wanted("fewer-people", value=15)), {"hold.remove_percent"}),
    "empty-collection": (some(Wanted("emptied", on=("enrollments",))), {"hold.emptied"}),
    "rekey-event": ("rekeyed", {"hold.rekeyed"}),
    "masking": (some(Wanted("masked", value="fake")), {"hold.update_percent"}),
}
CALM = {
    "cl-blackout": "2027-03-01",
    "clever-pause": "2027-07-15",
}


@of_quirks("quirk", HELD)
@pytest.mark.covers("N38", "L02")
def test_a_change_that_looks_like_an_accident_waits(quirk: str, lab: Lab) -> None:
    faults, reasons = HELD[quirk]
    made = lab.run(faults)
    assert made.error is None
    assert reasons <= made.reasons, made.reasons


@of_quirks("quirk", CALM)
def test_a_feed_that_stands_still_changes_nothing_however_old_it_is(quirk: str, lab: Lab) -> None:
    made = lab.run(today=CALM[quirk])
    assert made.judged is not None
    assert (made.judged.changes, made.reasons) == (0, set())


@of_quirks("quirk", ["cl-permission-change"])
def test_a_school_that_is_no_longer_shared_waits_by_its_name(quirk: str, lab: Lab, loaded: Run) -> None:
    school = next(str(row["sourced_id"]) for row in loaded.changes["orgs"] if row["type"] == "school")
    made = lab.run(some(Wanted("school-gone", value=school)))
    assert made.judged is not None
    assert any(school in (each.school, *each.says.split()) for each in made.judged.reasons) or made.reasons >= {
        "hold.remove_percent"
    }


@of_quirks("quirk", ["partial-collections"])
def test_a_collection_that_lost_records_removes_nothing_that_refers_to_them(quirk: str, lab: Lab) -> None:
    made = lab.run("dangling=4@users")
    assert "reference.missing" in made.codes
    assert "enrollments" not in made.count("remove")


@of_quirks("quirk", ["masking"])
@pytest.mark.covers("L02")
def test_masked_fields_are_noticed_and_what_is_known_stays(quirk: str, lab: Lab) -> None:
    made = lab.run(some(Wanted("masked"), Wanted("obfuscated")))
    assert "vendor.masked_fields" in made.codes
    assert made.count("update") == made.count("remove") == made.count("add") == {}


@of_quirks("quirk", ["tobedeleted-uncertain"])
@pytest.mark.parametrize("kept", [True, False])
def test_who_left_is_gone_whether_or_not_the_server_still_names_him(
    quirk: str, kept: bool, lab: Lab, tmp_path: Path
) -> None:
    next_day = tmp_path / "next.zip"
    change = write_sample(next_day, users=USERS, seed=SEED, day=2, version="1.1").counts
    service = Service(secret="sample-secret", keep_removed=kept, clock=lambda: NOW)
    with SampleServer(lab.packages["1.1"], auth="bearer", service=service) as server:
        server.reload(next_day)
        made = lab.run(Ask(spec={"url": server.base_url}))
    for name in ("users", "enrollments", "classes"):
        told = tuple(made.count(what).get(name, 0) for what in ("add", "remove"))
        assert (name, *told) == (name, change[name].add, change[name].remove)


@of_quirks("quirk", ["delta-no-absence"])
@pytest.mark.covers("N07")
def test_a_delta_removes_only_what_it_names(quirk: str, lab: Lab, tmp_path: Path) -> None:
    whole, delta = tmp_path / "whole.zip", tmp_path / "delta.zip"
    write_sample(whole, users=USERS, seed=SEED, version="1.1")
    counts = write_sample(delta, users=USERS, seed=SEED, day=2, version="1.1", extra=Extra(delta=True)).counts
    with lab.scratch() as scratch:
        judged(CsvZip(whole), lab.nobody, scratch)
        live = applied(scratch)
    with lab.scratch() as scratch:
        made = judged(CsvZip(delta), live, scratch)
    assert {name: each.remove for name, each in made.numbers.items() if each.remove and name != "roles"} == {
        name: each.remove for name, each in counts.items() if each.remove and name != "roles"
    }


@of_quirks("quirk", ["date-delta-date-only", "filter-unreliable"])
def test_a_question_for_changes_is_asked_again_by_the_day_or_given_up(quirk: str, lab: Lab, loaded: Run) -> None:
    since = Since("1.1", {"users": Mark("2026-09-01T00:00:00.000Z", USERS)})
    for faults in {"date-delta-date-only": ["filter-dates"], "filter-unreliable": ["filter-empties", "filter-ignored"]}[
        quirk
    ]:
        made = lab.run(Ask(faults, since=since))
        assert made.error is None
        assert made.count("remove") == made.count("update") == {}


@of_quirks("quirk", ["leavers-in-feed"])
@pytest.mark.covers("L18")
def test_who_left_stays_until_dates_are_to_be_respected(quirk: str, lab: Lab, loaded: Run) -> None:
    ended = Ask(some(Wanted("ended", value="2026-09-15")))
    plainly = lab.run(ended, first=True)
    assert len(plainly.changes["users"]) == len(loaded.changes["users"])
    strictly = lab.run(ended, first=True, options=Options(respect_enrolment_date=True, parents=True, demographics=True))
    assert 0 < len(strictly.changes["users"]) < len(loaded.changes["users"])


@of_quirks("quirk", ["error-kinds"])
@pytest.mark.covers("L27", "N36")
def test_a_broken_connection_is_an_error_and_a_bad_record_a_finding(quirk: str, lab: Lab) -> None:
    broken = lab.run("status=500")
    assert isinstance(broken.error, RosterkeeperError)
    assert (broken.error.code, broken.changes) == ("source.server_error", {})
    skipped = lab.run("dangling=4@users")
    assert skipped.error is None
    assert skipped.codes
