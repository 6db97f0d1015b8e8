"""Quirks of paging and of load: the true roster comes, or none and the code that says why."""

import threading
import time
from pathlib import Path

import pytest

from rosterkeeper.sample import SampleServer, Service, Wanted, write_sample
from rosterkeeper.sample.answers import Answer, Asked
from rosterkeeper.sources.http.client import Limits
from rosterkeeper.sources.http.paging import Bounds
from tests.contract.quirks import Ask, Lab, Pulled, classlink, of_quirks, some

TRUE = {
    "missing-total": ["no-total", "no-link", "returned-count", "total-of-page"],
    "page-cap-clamp": ["clamp=30,no-total", "clamp=30", "clamp-at-will=40,no-total"],
    "orderby-value": ["order-ignored,no-total"],
    "cl-undocumented-headers": ["headers"],
    "link-no-brackets": ["next-bare"],
    "clever-cursor": ["cursor=40"],
    "cl-hrefs-other-host": ["next-elsewhere,hrefs-elsewhere@users,hrefs-relative@classes"],
}
REFUSED = {
    "infinite-next": ["repeat-page", "offset-ignored", "next-self", "endless"],
    "unstable-order": ["unstable-order", "unstable-order,no-total", "skip-page", "overlap", "overlap,no-total"],
    "mid-pull-change": ["total-moves", "total-off", "total-off=-3", "permission-moves"],
}


@of_quirks("quirk", TRUE)
@pytest.mark.covers("R01", "R03")
def test_every_record_comes_however_the_pages_are_cut(quirk: str, lab: Lab, truth: Pulled) -> None:
    for faults in TRUE[quirk]:
        pulled = lab.pull(faults)
        assert (faults, pulled.code, pulled.digests) == (faults, "", truth.digests)


@of_quirks("quirk", REFUSED)
@pytest.mark.covers("R01")
def test_pages_that_contradict_one_another_bring_nothing(quirk: str, lab: Lab) -> None:
    for faults in REFUSED[quirk]:
        pulled = lab.pull(faults, bounds=Bounds(pages=12, seconds=1e9))
        assert (faults, pulled.code, pulled.rows) == (faults, "source.incomplete", {})


@of_quirks("quirk", ["mid-pull-change"])
@pytest.mark.parametrize("fault", ["total-moves", "permission-moves"])
def test_what_moves_once_is_pulled_anew(quirk: str, fault: str, lab: Lab, truth: Pulled) -> None:
    pulled = lab.pull(some(Wanted(fault, after=4, times=1)))
    assert (pulled.code, pulled.digests) == ("", truth.digests)


@of_quirks("quirk", ["page-cap-clamp"])
def test_a_district_server_that_clamps_to_500_without_totals_yields_every_record(
    quirk: str, lab: Lab, tmp_path: Path
) -> None:
    package = tmp_path / "larger.zip"
    known = write_sample(package, users=1100, seed=6, version="1.1")
    pulled = lab.pull(Ask("clamp=500,no-total", package=package, spec={"page_size": 10_000}))
    assert pulled.code == ""
    held = {name: len(rows) for name, rows in pulled.rows.items() if rows}
    assert held == {name: each.rows for name, each in known.counts.items() if name != "roles"}


@of_quirks("quirk", ["cl-429"])
def test_a_server_that_asks_for_patience_gets_it(quirk: str, lab: Lab, truth: Pulled) -> None:
    plan = some(
        Wanted("too-many", value=7, on=("users",), times=2),
        Wanted("status", value=503, on=("enrollments",), after=1, times=2),
    )
    pulled = lab.pull(plan)
    assert (pulled.code, pulled.digests) == ("", truth.digests)
    assert pulled.slept.count(7.0) == 2
    # By itself, for a date is so far off as the lanes' one clock has not been moved by another's sleep.
    until = lab.pull(some(Wanted("too-many-until", value=20, on=("courses",), times=1)))
    assert (until.code, until.digests, len(until.slept)) == ("", truth.digests, 1)
    assert 10 < until.slept[0] <= 21
    refused = lab.pull("too-many=5")
    assert (refused.code, refused.rows) == ("source.rate_limited", {})


@of_quirks("quirk", ["cl-502-heavy"])
def test_a_page_that_is_too_heavy_is_asked_for_in_halves(quirk: str, lab: Lab, truth: Pulled) -> None:
    pulled = lab.pull(Ask("heavy=150", spec={"page_size": 800}))
    assert (pulled.code, pulled.digests) == ("", truth.digests)


@of_quirks("quirk", ["ic-concurrency"])
def test_no_more_requests_run_at_once_than_the_connection_allows(quirk: str, lab: Lab, truth: Pulled) -> None:
    running, most, lock = [0], [0], threading.Lock()

    def watch(asked: Asked, answer: Answer) -> Answer:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01)
        with lock:
            running[0] -= 1
        return answer

    service = Service(secret="sample-secret", hook=watch)
    with SampleServer(lab.packages["1.1"], auth="bearer", service=service) as server:
        pulled = lab.pull(Ask(spec={"url": server.base_url, "in_flight": 1}))
    assert pulled.code == ""
    assert most == [1]


@of_quirks("quirk", ["aeries-offpeak", "students-endpoint-teachers", "current-term-only"])
def test_whole_collections_are_asked_for_and_nothing_class_by_class(quirk: str, lab: Lab, truth: Pulled) -> None:
    paths = {each.path.removeprefix("/ims/oneroster/v1p1/") for each in truth.asked}
    rows = sum(number for number, _ in truth.digests.values())
    assert paths == {"orgs", "academicSessions", "courses", "classes", "users", "demographics", "enrollments"}
    assert len(truth.asked) < rows / 100 + 3 * len(paths)
    assert {each.parameters["limit"] for each in truth.asked} == {"1", "100"}


@of_quirks("quirk", ["slow-sync"])
def test_a_slow_server_is_waited_for_and_one_that_drips_is_not(quirk: str, lab: Lab, truth: Pulled) -> None:
    slow = lab.pull("slow=10")
    assert (slow.code, slow.digests) == ("", truth.digests)
    hasty = Limits(idle_seconds=0.5, exchange_seconds=0.3)
    dripping = lab.pull(Ask(some(Wanted("drip", value=20, on=("orgs",))), limits=hasty))
    assert (dripping.code, dripping.rows) == ("source.timeout", {})


@of_quirks("quirk", ["partial-collections"])
@pytest.mark.parametrize("fault", ["cut", "reset"])
def test_an_answer_that_breaks_off_is_asked_for_again_and_a_collection_that_always_does_brings_nothing(
    quirk: str, fault: str, lab: Lab, truth: Pulled
) -> None:
    once = lab.pull(some(Wanted(fault, on=("enrollments",), after=2, times=1)))
    assert (once.code, once.digests) == ("", truth.digests)
    always = lab.pull(some(Wanted(fault, on=("enrollments",))))
    assert (always.code, always.rows) == ("source.unreachable", {})


@of_quirks("quirk", ["cl-hrefs-other-host"])
def test_nobody_is_followed_to_another_host(quirk: str, lab: Lab) -> None:
    moved = lab.pull("moved")
    assert (moved.code, moved.rows) == ("source.moved", {})


@pytest.mark.parametrize(("faults", "code"), [("bomb=80", "source.too_large"), ("deep", "source.not_oneroster")])
def test_an_answer_that_would_eat_the_machine_is_stopped(faults: str, code: str, lab: Lab) -> None:
    pulled = lab.pull(Ask(faults, limits=Limits(body_bytes=64 * 1024 * 1024)))
    assert (pulled.code, pulled.rows) == (code, {})


@of_quirks("quirk", ["success-shaped-failure"])
def test_a_page_of_fewer_rows_than_it_counts_is_not_taken(quirk: str, lab: Lab) -> None:
    pulled = lab.pull(classlink("count-lies"))
    assert (pulled.code, pulled.rows) == ("source.incomplete", {})
