"""What the rules would do, looked at from the settings' page and by calls before they are saved."""

import pytest
from django.test import Client

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.rights import Right, Role
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.people import hand, trying
from rosterkeeper.features.people.fresh import refresh
from rosterkeeper.features.people.models import PeopleSettings, Person, Trial
from rosterkeeper.features.roster import fresh as roster
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.service.trying import catch_up
from tests.pages.site import HOST, Site, text_of

BY_NAME = {"step": "try", "mode": "match", "case": "on", "retention_days": "365", "floor": "5", "domains": ""}
BY_NAME |= dict.fromkeys(("leave", "unlink", "create", "purge"), "100")
RULES = {f"rule_{kind}": ["username"] for kind in ("staff", "student", "parent")}
RULES |= {f"type_{kind}": [""] for kind in ("staff", "student", "parent")}


@pytest.fixture
def matched(synced: Site) -> Site:
    """A synced district of whom three have an account by their address, the last one under the username of a fourth."""
    north = synced.connection()
    assert roster.refresh(north.pk).code == ""
    people = LIVE["users"]._default_manager.filter(connection_id=north.pk, status="active")
    some = list(people.exclude(email="").exclude(username="").order_by("sourced_id").values()[:4])
    for place, each in enumerate(some[:3]):
        username = some[3]["username"] if place == 2 else f"account{place}"
        hand.add(north.district_id, {"username": username, "email": each["email"]})
    assert refresh(north.district_id).code == ""
    assert Person.objects.filter(result="linked").count() == 3
    return synced


@pytest.fixture
def district(matched: Site) -> int:
    """Its number."""
    return matched.connection().district_id


def test_the_settings_page_shows_what_rules_would_do_and_saves_them_only_then(matched: Site, district: int) -> None:
    browser = matched.administrator
    before = list(Person.objects.order_by("pk").values()), PeopleSettings.objects.values().get()
    asked = browser.post(f"/directory/{district}/settings/", BY_NAME | RULES)
    page = asked["Location"]
    assert "Nothing is changed" in text_of(browser.get(page))
    assert "HX-Refresh" not in browser.get(f"{page}now/")
    assert catch_up()
    assert browser.get(f"{page}now/")["HX-Refresh"] == "true"
    told = text_of(browser.get(page))
    assert '<div class="subheader">No longer matched</div><div class="h2 mb-0">1</div>' in told
    assert '<div class="subheader">Newly matched</div><div class="h2 mb-0">1</div>' in told
    result = trying.result_of(Trial.objects.get())
    assert result
    assert result.preview
    assert {each.shift for each in result.preview.samples} == {"linked", "unlinked"}
    assert (list(Person.objects.order_by("pk").values()), PeopleSettings.objects.values().get()) == before
    back = text_of(browser.get(f"/directory/{district}/settings/?tried={Trial.objects.get().pk}"))
    assert '<option value="username" selected>' in back
    assert "Not saved yet" in back
    saved = browser.post(page, follow=True)
    assert "The settings were saved" in text_of(saved)
    assert refresh(district).code == ""
    assert Person.objects.filter(result="linked", reason="username").count() == 1


def test_calls_try_settings_too_and_tell_ids_and_no_names(matched: Site, district: int) -> None:
    browser = _program(matched)
    rules = {kind: [{"key": "username"}] for kind in ("staff", "student", "parent")}
    asked = browser.post(f"/api/v1/directories/{district}/previews", {"rules": rules}, "application/json")
    assert (asked.status_code, asked.json()["state"]) == (201, "waiting")
    assert catch_up()
    told = browser.get(f"/api/v1/directories/{district}/previews/{asked.json()['number']}").json()
    assert (told["state"], told["shifts"]["unlinked"], len(told["samples"])) == ("done", 1, 2)
    assert told["without_person"] == told["without_person_before"]
    gains, loses = sorted(told["samples"], key=lambda each: each["was_account"] is not None)
    assert (gains["shift"], gains["account"], loses["account"]) == ("linked", loses["was_account"], None)
    wrong = {"rules": {"student": [{"key": "shoe size"}]}}
    refused = browser.post(f"/api/v1/directories/{district}/previews", wrong, "application/json")
    assert refused.json()["code"] == "people.settings"


def test_another_districts_preview_is_unknown(matched: Site, district: int) -> None:
    other = District.objects.create(name="South")
    made = trying.ask_present(other.pk, account=0)
    assert matched.administrator.get(f"/directory/{district}/settings/tried/{made.pk}/").status_code == 404
    assert _program(matched).get(f"/api/v1/directories/{district}/previews/{made.pk}").status_code == 404


def _program(site: Site) -> Client:
    _, text = tokens.make(site.account(Role.ADMINISTRATOR), "program", [Right.SETTINGS])
    return Client(headers={"host": HOST, "authorization": f"Bearer {text}"})
