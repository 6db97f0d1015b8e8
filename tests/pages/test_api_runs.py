"""The API of runs: stop, undo, redo, snapshots, comparisons, changes, held samples, logs."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.rights import FOR_TOKENS, Right, Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.roster.reading import schools
from rosterkeeper.features.runs.models import Order, Run
from tests.pages.site import HOST, Site


def _program(site: Site, **limits: Any) -> Client:
    rights = [each for each in FOR_TOKENS if each != Right.ACCOUNTS]
    _, text = tokens.make(site.account(Role.ADMINISTRATOR), "script", rights, **limits)
    return Client(headers={"host": HOST, "authorization": f"Bearer {text}"})


def _post(client: Client, address: str, **body: object) -> Any:
    return client.post(f"/api/v1{address}", json.dumps(body), content_type="application/json")


@pytest.mark.covers("N09")
def test_an_order_is_stopped_before_it_begins_and_stays_ended(synced: Site) -> None:
    program, number = _program(synced), synced.connection().pk
    order = _post(program, f"/connections/{number}/sync").json()
    steps = program.get(f"/api/v1/orders/{order['id']}/steps").json()
    assert {each["state"] for each in steps["steps"]} <= {"done", "now", "later"}
    for _ in range(2):
        stopped = _post(program, f"/orders/{order['id']}/stop").json()
        assert stopped["result"]["code"] == "order.stopped"
    assert Entry.objects.filter(action="order.stopped").count() == 1


@pytest.mark.covers("M16")
def test_users_before_buildings_are_refused_at_once(site: Site) -> None:
    program = _program(site)
    added = _post(program, "/connections", name="zip", kind="csv", path="/srv/a.zip", draft=True).json()
    refused = _post(program, f"/connections/{added['connection']['id']}/sync", only="users")
    assert (refused.status_code, refused.json()["code"]) == (409, "run.buildings_first")


def test_an_undo_is_redone_snapshots_compared_and_one_restored(synced: Site) -> None:
    program, number = _program(synced), synced.connection().pk
    first = Run.objects.get()
    changed = program.get(f"/api/v1/runs/{first.pk}/changes", {"entity": "orgs"}).json()
    assert changed["counts"]["orgs"]["add"] == len(changed["items"])
    assert changed["items"][0]["differences"]

    excluded = json.dumps({"excluded": [schools(number)[0].sourced_id]})
    program.put(f"/api/v1/connections/{number}/schools", excluded, content_type="application/json")
    _post(program, f"/connections/{number}/sync", confirmed=True)
    synced.work()
    assert program.get(f"/api/v1/runs/{first.pk}/changes").status_code == 404
    newer, older = program.get(f"/api/v1/connections/{number}/snapshots").json()["items"]
    assert (newer["is_now"], older["run"]) == (True, first.pk)

    pair = {"older": older["run"], "newer": newer["run"]}
    address = f"/api/v1/connections/{number}/comparisons"
    assert program.get(address, pair).status_code == 404
    assert _post(program, f"/connections/{number}/comparisons", **pair).status_code == 202
    synced.work()
    told = program.get(address, {**pair, "op": "remove"}).json()
    assert told["items"]
    assert len(told["items"]) == min(told["counts"]["users"]["remove"], 50)
    assert _post(program, f"/connections/{number}/comparisons", **pair).json()["ended_at"]

    for way in ("undo", "redo"):
        order = _post(program, f"/connections/{number}/{way}").json()
        synced.work()
        assert program.get(f"/api/v1/orders/{order['id']}").json()["result"]["outcome"] == "applied"
    restored = _post(program, f"/connections/{number}/restore", run=first.pk)
    assert (restored.status_code, restored.json()["subject"]) == (202, first.pk)
    missing = _post(program, f"/connections/{number}/restore", run=987654)
    assert (missing.status_code, missing.json()["code"]) == (404, "restore.no_snapshot")


def test_only_a_run_that_waits_is_approved_or_sampled(synced: Site) -> None:
    program, run = _program(synced), Run.objects.get()
    approved = _post(program, f"/runs/{run.pk}/approve")
    sampled = program.get(f"/api/v1/runs/{run.pk}/sample")
    for answer in (approved, sampled):
        assert (answer.status_code, answer.json()["code"]) == (409, "run.not_waiting")
    assert not Order.objects.exists()


def test_a_token_of_some_schools_sees_no_changes_of_all_schools(synced: Site) -> None:
    number = synced.connection().pk
    school = schools(number)[0].sourced_id
    program, run = _program(synced, schools=[(number, school)]), Run.objects.get()
    for address in (
        f"runs/{run.pk}/changes",
        f"runs/{run.pk}/sample",
        f"connections/{number}/comparisons?older=1&newer=2",
    ):
        answer = program.get(f"/api/v1/{address}")
        assert (answer.status_code, answer.json()["code"]) == (403, "api.all_schools")
    assert program.get(f"/api/v1/runs/{run.pk}").status_code == 200


@pytest.mark.covers("L24", "L25")
def test_a_runs_log_findings_and_figures_are_told(synced: Site) -> None:
    program, run = _program(synced), Run.objects.get()
    assert [each["id"] for each in program.get("/api/v1/runs", {"outcome": "applied"}).json()["items"]] == [run.pk]
    assert program.get("/api/v1/runs", {"outcome": "failed"}).json() == {"items": [], "next": None}
    log = program.get(f"/api/v1/runs/{run.pk}/log").json()
    assert log["lines"]
    assert log["diagnostic"]
    assert "students" in program.get(f"/api/v1/runs/{run.pk}/statistics").json()
    found = program.get(f"/api/v1/runs/{run.pk}/findings", {"code": "none.such"}).json()
    assert found == {"items": [], "next": None}


@pytest.mark.covers("N39")
def test_the_files_of_the_gateway_log_are_listed_and_read(site: Site) -> None:
    program = _program(site)
    folder = settings.ROSTER_JOB_LOG.parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "GW001.log").write_text("users.csv row 3\n", encoding="utf-8")
    (file,) = program.get("/api/v1/gateway").json()["items"]
    assert (file["number"], file["name"], file["size"]) == (1, "GW001.log", 16)
    assert program.get("/api/v1/gateway/1").content == b"users.csv row 3\n"
    assert program.get("/api/v1/gateway/2").status_code == 404
