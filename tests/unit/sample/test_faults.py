"""Fault plans: what they say, where and how often a fault is played, and that a seed plays the same each time."""

import gzip
import json
from pathlib import Path

import pytest

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sample import Plan, Wanted, read_plan
from rosterkeeper.sample.answers import Answer, Asked


def _asked(name: str) -> Asked:
    path = f"/ims/oneroster/v1p1/{name}"
    return Asked("GET", f"http://127.0.0.1{path}", path, path, {}, {})


def _statuses(plan: Plan, name: str, times: int) -> list[int]:
    return [plan.answer(_asked(name), lambda _: Answer(200, b"{}")).status for _ in range(times)]


def test_a_fault_is_played_where_and_as_often_as_the_plan_says() -> None:
    plan = Plan((Wanted("status", value=500, on=("users",), after=1, times=2),))
    assert _statuses(plan, "orgs", 3) == [200, 200, 200]
    assert _statuses(plan, "users", 5) == [200, 500, 500, 200, 200]


def test_chance_falls_the_same_from_one_seed() -> None:
    first, again, other = (_statuses(Plan((Wanted("status", chance=50),), seed), "users", 40) for seed in (7, 7, 8))
    assert first == again != other
    assert {200, 503} == set(first)


@pytest.mark.parametrize(
    "text",
    ["booleans-numbers,bare-list,gzip", "gzip,bare-list,booleans-numbers", "bare-list,gzip,booleans-numbers"],
)
def test_faults_of_records_and_of_what_is_around_them_are_played_together_in_any_order(text: str) -> None:
    body = b'{"users": [{"sourcedId": "u", "enabledUser": "true"}]}'
    answer = read_plan(text).answer(_asked("users"), lambda _: Answer(200, body))
    assert json.loads(gzip.decompress(answer.body)) == [{"sourcedId": "u", "enabledUser": 1}]


@pytest.mark.parametrize("text", ["bare-list,data-wrapper", "byte-order-mark,bare-list,html-200,masked"])
def test_faults_that_leave_nothing_to_each_other_break_nothing(text: str) -> None:
    assert read_plan(text).answer(_asked("users"), lambda _: Answer(200, b'{"users": []}')).status == 200


def test_a_plan_is_read_from_either_file_and_from_its_short_form(tmp_path: Path) -> None:
    toml, other = tmp_path / "plan.toml", tmp_path / "plan.json"
    toml.write_text('seed = 3\n[[faults]]\nname = "status"\nvalue = 502\non = ["users"]\n')
    other.write_text(json.dumps({"faults": [{"name": "status", "value": "502", "on": ["users"]}]}))
    for text in (str(toml), str(other), "status=502@users"):
        plan = read_plan(text)
        assert (_statuses(plan, "users", 1), _statuses(plan, "orgs", 1)) == ([502], [200])


@pytest.mark.parametrize("text", ["no-such-fault", "missing.toml", "plan.json"])
def test_what_is_no_plan_is_a_wrong_setting(text: str, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"faults": [{"named": "clamp"}]}')
    with pytest.raises(SettingsError) as caught:
        read_plan(text if "." not in text else str(tmp_path / text))
    assert caught.value.code == "sample.faults"
