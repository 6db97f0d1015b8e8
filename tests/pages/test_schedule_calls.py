"""The calls of the API about schedules."""

from datetime import time
from typing import Any

import pytest
from django.test import Client

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.rights import Right, Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.schedules.schedule import Form
from rosterkeeper.features.schedules.workflow import schedule_of
from tests.pages.site import HOST, Site

SEEN = {"form": "daily", "at": "02:30:00", "zone": "America/Chicago", "after_manual": False}


def _calls(site: Site, *rights: Right) -> Client:
    """A program with a token for those rights."""
    text = tokens.make(site.account(Role.ADMINISTRATOR), "rostering", rights)[1]
    return Client(headers={"host": HOST, "authorization": f"Bearer {text}"})


def _address(site: Site) -> str:
    return f"/api/v1/connections/{site.connection().pk}/schedule"


def _set(site: Site, **wanted: Any) -> Any:
    return _calls(site, Right.SETTINGS).patch(_address(site), wanted, content_type="application/json")


@pytest.mark.covers("M22")
def test_a_program_sets_what_it_gives_and_keeps_the_rest(synced: Site) -> None:
    answer = _set(synced, **SEEN)
    assert (answer.status_code, len(answer.json()["next"]), answer.json()["waits_for"]) == (200, 3, "test")
    made = schedule_of(synced.connection())
    assert (made.form, made.at, made.zone) == (Form.DAILY, time(2, 30), "America/Chicago")
    _set(synced, blackouts=[{"first": "2026-12-20", "last": "2027-01-06"}])
    read = _calls(synced, Right.SEE).get(_address(synced)).json()
    assert {name: read[name] for name in SEEN} == SEEN
    assert read["blackouts"] == [{"first": "2026-12-20", "last": "2027-01-06"}]
    assert Entry.objects.filter(action="connection.schedule_changed").count() == 2


@pytest.mark.covers("N14")
@pytest.mark.parametrize(
    "wanted",
    [
        {"form": "times", "times": 0},
        {"times": 100},
        {"times": 1.5},
        {"times": "x"},
        {"zone": "Mars"},
        {"form": "weekly", "days": []},
        {"days": ["someday"]},
        {"blackouts": [{"first": "2027-01-06", "last": "2026-12-20"}]},
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_changes(synced: Site, wanted: dict[str, object]) -> None:
    before = schedule_of(synced.connection())
    answer = _set(synced, **wanted)
    assert answer.status_code in (400, 409, 422)
    assert {"code", "what", "todo"} <= set(answer.json())
    assert schedule_of(synced.connection()) == before


def test_a_token_for_reading_sets_nothing(synced: Site) -> None:
    refused = _calls(synced, Right.SEE).patch(_address(synced), SEEN, content_type="application/json")
    assert refused.status_code == 403
    assert schedule_of(synced.connection()).form is Form.OFF
