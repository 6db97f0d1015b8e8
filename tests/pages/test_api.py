"""The API: what the pages do, for programs, with errors in one form."""

import json
import re
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.rights import FOR_TOKENS, Role
from rosterkeeper.features.api.rate import BURST
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.runs.models import Finding, HeldState, Run
from tests.pages.site import HOST, Site

_PROBLEM = {"code", "what", "todo", "reference"}


def _program(site: Site) -> Client:
    _, text = tokens.make(site.account(Role.ADMINISTRATOR), "script", FOR_TOKENS)
    return Client(headers={"host": HOST, "authorization": f"Bearer {text}"})


def _post(client: Client, address: str, body: str = "{}") -> Any:
    return client.post(address, body, content_type="application/json")


def test_a_program_asks_for_a_sync_and_reads_what_came_of_it(synced: Site) -> None:
    program = _program(synced)
    (north,) = program.get("/api/v1/connections").json()["items"]
    assert north["name"] == "north"
    address = f"/api/v1/connections/{north['id']}"

    placed = _post(program, f"{address}/sync")
    assert placed.status_code == 202
    order = placed.json()
    assert _post(program, f"{address}/sync").json()["id"] == order["id"]
    assert program.get(address).json()["order"] == order["id"]
    assert synced.work() == 1

    ended = program.get(f"/api/v1/orders/{order['id']}").json()
    assert (ended["result"]["outcome"], ended["ended_at"] is None) == ("unchanged", False)
    assert program.get(f"/api/v1/runs/{ended['run']}").json()["outcome"] == "unchanged"
    entry = Entry.objects.filter(action="run.ordered").latest("pk")
    assert (entry.actor, entry.about) == ("alice@example.org (script)", f"connection:{north['id']}")


def test_a_test_and_a_preview_leave_their_result_in_the_order(synced: Site) -> None:
    program, number = _program(synced), synced.connection().pk
    for what, member in (("test", "checks"), ("preview", "counts")):
        order = _post(program, f"/api/v1/connections/{number}/{what}").json()
        synced.work()
        assert program.get(f"/api/v1/orders/{order['id']}").json()["result"][member]


def test_a_held_run_is_discarded_once(synced: Site) -> None:
    program = _program(synced)
    run = Run.objects.get()
    Run.objects.filter(pk=run.pk).update(outcome="held", held_state=HeldState.WAITING)
    assert _post(program, f"/api/v1/runs/{run.pk}/discard").json()["held_state"] == "discarded"
    again = _post(program, f"/api/v1/runs/{run.pk}/discard")
    assert (again.status_code, again.json()["code"]) == (409, "run.not_waiting")
    assert Entry.objects.filter(action="run.discarded").count() == 1


def test_lists_come_a_page_at_a_time_and_limits_are_clamped(synced: Site) -> None:
    program, run = _program(synced), Run.objects.get()
    address = f"/api/v1/runs/{run.pk}/findings"
    Finding.objects.bulk_create(Finding(run_id=run.pk, number=1000 + each, code="csv.row") for each in range(450))
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = program.get(address, {"limit": 1_000_000_000, "after": after}).json()
        assert len(page["items"]) <= 200
        seen += [each["number"] for each in page["items"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) == Finding.objects.filter(run_id=run.pk).count()
    assert program.get(f"/api/v1/connections/{run.connection_id}/runs").json()["items"][0]["id"] == run.pk


@pytest.mark.parametrize(
    "query",
    [
        "limit=-1", "limit=0", "limit=1e3", "limit=x", "limit=", "after=-1", "after=1e3", "after=99999999999999999999",
        "limit=1&limit=x", "limit=%00", "after=1%20OR%201=1", "limit=" + "9" * 5000,
    ],
)  # fmt: skip
def test_input_that_makes_no_sense_is_refused_quickly_in_the_one_form(site: Site, query: str) -> None:
    program = _program(site)
    # The first call of a process makes the API.
    program.get("/api/v1/connections/1/runs")
    begun = time.perf_counter()
    answer = program.get(f"/api/v1/connections/1/runs?{query}")
    assert time.perf_counter() - begun < 2
    assert answer.status_code == 400
    assert answer.json().keys() == _PROBLEM


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        '{"only": "everything"}',
        '{"full": "perhaps"}',
        '{"full": ' * 5000,
        "\x00",
        r'{"only": "\u0000"}',
    ],
)
def test_a_body_that_makes_no_sense_is_refused_and_never_repeated(site: Site, body: str) -> None:
    answer = _post(_program(site), "/api/v1/connections/1/sync", body)
    assert answer.status_code == 400
    assert answer.json().keys() == _PROBLEM
    assert "everything" not in answer.content.decode()
    assert "perhaps" not in answer.content.decode()


def test_a_body_that_is_larger_than_any_is_refused_in_words(site: Site) -> None:
    answer = _post(_program(site), "/api/v1/connections/1/sync", '{"only": "' + "x" * 3_000_000 + '"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "api.too_large")
    assert answer.json()["todo"]


@pytest.mark.parametrize(
    ("method", "address", "status", "code"),
    [
        ("get", "/api/v1/connections/987654", 404, "connection.unknown"),
        ("get", "/api/v1/runs/987654", 404, "run.unknown"),
        ("get", "/api/v1/orders/987654", 404, "api.not_found"),
        ("get", "/api/v1/runs/abc", 400, "api.bad_input"),
        ("get", "/api/v1/runs/99999999999999999999999", 400, "api.bad_input"),
        ("get", "/api/v1/nothing", 404, "api.not_found"),
        ("delete", "/api/v1/connections", 405, "api.method"),
    ],
)
def test_every_error_has_the_one_form(site: Site, method: str, address: str, status: int, code: str) -> None:
    answer = getattr(_program(site), method)(address)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json().keys() == _PROBLEM
    assert answer.json()["todo"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer rk_wrong", "Basic YTpi", "Bearer " + "x" * 10_000])
def test_without_a_good_token_nothing_is_answered_not_even_to_a_session(site: Site, header: str) -> None:
    answer = site.administrator.get("/api/v1/connections", headers={"authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "api.no_token")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_call_from_a_foreign_page_is_refused(site: Site) -> None:
    answer = _program(site).post(
        "/api/v1/connections/1/sync", "{}", content_type="application/json", headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403


def test_who_calls_too_often_is_told_when_to_come_again(site: Site) -> None:
    program = _program(site)
    statuses = [program.get("/api/v1/openapi.json").status_code for _ in range(3)]
    answer = next(
        each for each in (program.get("/api/v1/orders/1") for _ in range(BURST * 5)) if each.status_code != 404
    )
    assert statuses == [200] * 3
    assert (answer.status_code, answer.json()["code"]) == (429, "api.rate")
    assert int(answer["Retry-After"]) >= 1


def test_the_description_names_every_operation_its_token_and_its_errors(site: Site) -> None:
    told = site.nobody.get("/api/v1/openapi.json").json()
    operations = [each for path in told["paths"].values() for each in path.values()]
    assert all(each["operationId"] and each["summary"] for each in operations)
    assert all("429" in each["responses"] and each["security"] for each in operations)
    assert len({each["operationId"] for each in operations}) == len(operations)


def test_every_described_operation_is_reached_and_every_shape_it_names_is_there(site: Site) -> None:
    told, program = site.nobody.get("/api/v1/openapi.json").json(), _program(site)
    missed = [
        f"{method} {path}"
        for path, each in told["paths"].items()
        for method in each
        if program.generic(method.upper(), re.sub(r"\{[^}]+\}", "987654", path), "{}").status_code in (403, 405, 500)
    ]
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(told)))
    assert missed == []
    assert named <= set(told["components"]["schemas"])


def test_an_error_of_our_own_tells_a_reference_and_no_more(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    program = _program(site)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE connections_connection RENAME TO elsewhere")
    answer = program.get("/api/v1/connections")
    assert (answer.status_code, answer.json()["code"]) == (500, "program.fault")
    assert answer.json()["reference"] in caplog.text
    assert "elsewhere" not in answer.content.decode()
