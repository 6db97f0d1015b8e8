"""What an administrator of one district may say and see, beside what is out of their sight altogether."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.utils import timezone

from rosterkeeper.features.accounts import tokens, workflow
from rosterkeeper.features.accounts.models import Account, AccountDistrict
from rosterkeeper.features.accounts.rights import FOR_TOKENS, Role
from rosterkeeper.features.audit.chain import verify
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connections.models import Connection, District
from rosterkeeper.features.manage.checklist import approve, checklist
from rosterkeeper.features.notices.digest import digest
from rosterkeeper.features.notices.kinds import Word
from rosterkeeper.features.notices.models import Rules
from rosterkeeper.features.notices.troubles import event_of, tell
from rosterkeeper.features.publish.models import Event, Target
from rosterkeeper.features.runs import gateway
from rosterkeeper.oneroster.errors import SettingsError
from tests.pages.site import Site, text_of
from tests.pages.two import WORD, Program, Two


def _invited(client: Client, email: str, **stated: Any) -> Any:
    return client.post("/accounts/invite/", {"email": email, "role": "viewer", **stated})


def _ids(found: list[dict[str, Any]]) -> list[int]:
    return [each["id"] for each in found]


@pytest.mark.covers("L42")
def test_whom_a_districts_administrator_invites_is_of_the_district(two: Two) -> None:
    client = two.browser(two.insider)
    assert "Districts" not in text_of(client.get("/accounts/invite/"))
    assert _invited(client, "new@example.org", districts=[two.theirs.pk]).status_code == 200
    made = Account.objects.get(email="new@example.org")
    assert [each.district_id for each in made.districts.all()] == [two.mine.pk]


@pytest.mark.covers("L42")
def test_who_has_two_districts_chooses_among_those_and_must_choose(two: Two) -> None:
    third = District.objects.create(name="third")
    client = two.browser(two.account("both", districts=(two.mine, third)))
    page = text_of(client.get("/accounts/invite/"))
    assert ("third" in page, WORD in page) == (True, False)
    assert "This field is required" in text_of(_invited(client, "new@example.org"))
    refused = text_of(_invited(client, "new@example.org", districts=[two.theirs.pk]))
    assert "is not one of the available choices" in refused
    assert not Account.objects.filter(email="new@example.org").exists()
    _invited(client, "new@example.org", districts=[third.pk])
    assert Account.objects.get(email="new@example.org").districts.get().district_id == third.pk


@pytest.mark.covers("L42")
@pytest.mark.parametrize("districts", [[], "theirs", "unknown"])
def test_nobody_widens_themselves_or_another(two: Two, districts: Any) -> None:
    named = {"theirs": [two.theirs.pk], "unknown": [987]}.get(str(districts), [])
    insider, program = two.insider, Program(two.insider)
    given = {"role": "administrator", "districts": named}
    answers = [
        program.call("PATCH", f"/accounts/{insider.pk}", given),
        program.call("POST", "/accounts", {**given, "email": "new@example.org"}),
        program.call("POST", "/tokens", {"name": "x", "scopes": ["see"], "districts": named}),
    ]
    # An account without a word gets the inviter's own; the role of one that is there is not widened by saying "all".
    wanted = [400, 201, 201] if districts == [] else [404, 404, 404]
    assert [each.status_code for each in answers] == wanted
    assert {each.district_id for each in AccountDistrict.objects.exclude(account__email="quagga@example.org")} == {
        two.mine.pk
    }
    if districts == []:
        assert answers[2].json()["districts"] == [two.mine.pk]
    else:
        assert answers[0].json()["code"] == "district.unknown"


@pytest.mark.covers("L42")
def test_a_school_of_another_district_cannot_be_named(two: Two) -> None:
    program = Program(two.insider)
    given = {"email": "new@example.org", "role": "school"}
    theirs = program.call("POST", "/accounts", {**given, "schools": [{"connection": two.link.pk, "school": "org-1"}]})
    unknown = program.call("POST", "/accounts", {**given, "schools": [{"connection": 987, "school": "org-1"}]})
    assert (theirs.status_code, theirs.json()) == (404, unknown.json())


@pytest.mark.covers("L42")
def test_accounts_of_a_vendor_or_of_more_districts_are_out_of_sight(two: Two) -> None:
    both = two.account("both", districts=(two.mine, two.theirs))
    listed = Program(two.insider).call("GET", "/accounts").json()["items"]
    assert _ids(listed) == [two.insider.pk]
    for each in (both, two.vendor):
        assert two.browser(two.insider).post(f"/accounts/{each.pk}/disable/").status_code == 404
        assert Account.objects.get(pk=each.pk).is_active


@pytest.mark.covers("L42")
def test_ones_own_page_says_to_which_districts_one_is_limited(two: Two) -> None:
    assert "Districts" in text_of(two.browser(two.insider).get("/account/"))
    assert "Districts" not in text_of(two.browser(two.account("viewer", Role.VIEWER)).get("/account/"))


@pytest.mark.covers("L42")
def test_the_last_administrator_of_all_districts_stays_one(two: Two) -> None:
    with pytest.raises(SettingsError, match="only administrator"):
        workflow.set_role(two.vendor, Role.ADMINISTRATOR, districts=[two.mine.pk])
    workflow.disable(two.insider)
    assert not two.insider.is_active


@pytest.mark.covers("M01")
def test_a_token_never_sees_more_than_its_account_whenever_that_changes(two: Two) -> None:
    account = two.account("both", districts=(two.mine, two.theirs))
    program = Program(account, (two.theirs.pk,))
    assert _ids(program.call("GET", "/connections").json()["items"]) == [two.link.pk]
    workflow.set_role(account, Role.ADMINISTRATOR, districts=[two.mine.pk])
    assert program.call("GET", "/connections").json()["items"] == []
    assert program.call("GET", "/accounts").json()["items"] == []


def test_a_token_that_is_narrowed_makes_only_tokens_that_are(two: Two) -> None:
    program = Program(two.vendor, (two.mine.pk,))
    made = program.call("POST", "/tokens", {"name": "x", "scopes": ["see"]})
    assert made.json()["districts"] == [two.mine.pk]
    assert (
        program.call("POST", "/tokens", {"name": "x", "scopes": ["see"], "districts": [two.theirs.pk]}).status_code
        == 404
    )


def test_a_file_of_the_server_is_no_source_for_who_is_limited(two: Two) -> None:
    browser, program = two.browser(two.insider), Program(two.insider)
    path = str(two.link.settings["path"])
    assert 'value="path"' not in text_of(browser.get("/connections/add/csv/"))
    new = {"name": "stolen", "way": "path", "path": path, "district": "default"}
    assert browser.post("/connections/add/csv/", new).status_code == 422
    address = f"/connections/{two.site.connection().pk}/edit/"
    assert "cannot name a path on the server" in text_of(browser.post(address, {**new, "other_district": "yes"}))
    for address in ("/connections", "/connections/check"):
        given = {"name": "stolen", "kind": "csv", "path": path}
        body = given if address == "/connections" else {"kind": "csv", "path": path}
        assert program.call("POST", address, body).json()["code"] == "connection.server_path"
    changed = program.call("PATCH", f"/connections/{two.site.connection().pk}", {"path": path})
    assert changed.json()["code"] == "connection.server_path"
    assert not Connection.objects.filter(name="stolen").exists()
    file = SimpleUploadedFile("a.zip", b"PK")
    sent = browser.post("/connections/add/csv/", {"name": "own", "way": "upload", "file": file, "district": "default"})
    assert sent.status_code == 302


def test_the_installations_classlink_key_is_not_for_who_is_limited(two: Two) -> None:
    program = Program(two.insider)
    with override_settings(ROSTER_CLASSLINK_API_KEY="of-the-vendor"):
        taken = program.call(
            "POST", "/connections", {"name": "cl", "kind": "classlink", "tenant_id": "4711", "draft": True}
        )
        assert taken.json()["code"] == "connection.installed_key"
        own = {"name": "cl", "kind": "classlink", "tenant_id": "4711", "secret": "own", "draft": True}
        made = program.call("POST", "/connections", own).json()["connection"]["id"]
        # A key of one's own, given for the time of saving, opens no door to the installation's.
        changed = program.call("PATCH", f"/connections/{made}", {"secret": ""})
        assert changed.json()["code"] == "connection.installed_key"
        page = two.browser(two.insider).get("/connections/add/classlink/")
        assert "key of this installation" not in text_of(page)


def test_another_districts_name_is_as_unknown_as_none(two: Two) -> None:
    program = Program(two.insider)
    given = {"name": "x", "kind": "oneroster", "url": "https://one.example", "client_id": "a", "secret": "b"}
    answers = [
        program.call("POST", "/connections", {**given, "district": name}) for name in (two.theirs.name, "nobody's")
    ]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    page = text_of(
        two.browser(two.insider).post("/connections/add/oneroster/", {"district": two.theirs.name, "name": "x"})
    )
    assert f"{WORD}-link" not in page
    assert District.objects.count() == 2


@pytest.mark.parametrize("typed", [WORD, f"{WORD}-link", "theirs"])
def test_a_search_finds_nobody_of_another_district(two: Two, typed: str) -> None:
    program, part = Program(two.insider), {"HX-Request": "true"}
    person = program.call("POST", "/roster/people", {"limit": 1}).json()["items"][0]["sourced_id"]
    text = person if typed == "theirs" else typed
    found = [
        program.call("POST", "/roster/people", {"text": text}).json(),
        program.call("POST", "/roster/people", {"text": text, "connection": two.link.pk, "state": "both"}).json(),
        program.call("POST", "/roster/missing", {"typed": text}).json(),
        text_of(two.browser(two.insider).post("/roster/people/", {"text": text}, headers=part)),
        text_of(two.browser(two.insider).post("/roster/missing/", {"typed": text}, headers=part)),
    ]
    assert [
        each for each in found if f'"connection": {two.link.pk}' in json.dumps(each) or f"/{two.link.pk}/" in each
    ] == []
    assert WORD not in json.dumps(found[2]) or typed != "theirs"


def test_totals_are_those_of_ones_own_connections(two: Two) -> None:
    mine, all_of_them = (Program(each).call("GET", "/overview").json() for each in (two.insider, two.vendor))
    assert all_of_them["totals"]["schools"] > mine["totals"]["schools"] > 0
    assert ([each["connection"] for each in mine["connections"]], mine["waiting"]) == ([two.site.connection().pk], [])
    assert (mine["service"]["free_gigabytes"], mine["service"]["last_backup"]) == (None, None)
    assert all_of_them["service"]["free_gigabytes"] > 0


def test_what_a_body_names_of_another_district_is_unknown(two: Two) -> None:
    program, mine = Program(two.insider), two.site.connection().pk
    run = 7001
    answers = [
        program.call("POST", f"/connections/{mine}/restore", {"run": run}),
        program.call("POST", f"/connections/{mine}/comparisons", {"older": run, "newer": run}),
        program.call("GET", f"/connections/{mine}/comparisons?older={run}&newer={run}"),
        program.call("GET", f"/setup?connection={two.link.pk}"),
        program.call("GET", f"/gateway/1?district={two.theirs.pk}"),
        program.call(
            "POST",
            "/notices/targets",
            {"name": "x", "kind": "email", "address": "x@example.org", "connections": [two.link.pk]},
        ),
    ]
    assert [each.status_code for each in answers] == [404] * len(answers)
    assert program.call("GET", f"/runs?connection={two.link.pk}").json() == {"items": [], "next": None}


def test_a_districts_target_hears_of_the_district_alone(two: Two) -> None:
    browser = two.browser(two.insider)
    stated = {"name": f"{WORD} bell", "kind": "email", "address": "it@example.org"}
    assert browser.post("/notices/add/", stated).status_code == 302
    mine = Target.objects.get(name=f"{WORD} bell", district=two.mine.pk)
    theirs = Target.objects.get(name=f"{WORD} bell", district=two.theirs.pk)
    vendors = Target.objects.create(name="all", kind="email", address=mine.address)
    told = {}
    for district in (two.mine.pk, two.theirs.pk, None):
        event = event_of(Word.FAILED, "x", at=timezone.now())
        event.district = district
        tell(event)
        told[district] = {each.target_id for each in event.deliveries.all()}
    assert told == {two.mine.pk: {mine.pk, vendors.pk}, two.theirs.pk: {theirs.pk, vendors.pk}, None: {vendors.pk}}
    assert "all_of_them" not in text_of(browser.get("/notices/"))
    assert (
        Program(two.insider).call("GET", "/notices/events").json()["items"][0]["deliveries"][0]["target"] == mine.name
    )


def test_a_digest_for_a_district_speaks_of_its_connections(two: Two) -> None:
    Target.objects.create(name="mine", kind="email", address="", district=two.mine.pk)
    Target.objects.create(name="all", kind="email", address="")
    Rules.objects.update_or_create(id=1, defaults={"digest_at": "00:00"})
    assert digest(timezone.now())
    by_target = {
        each.deliveries.get().target.name: "\n".join(each.lines) for each in Event.objects.filter(word=Word.DIGEST)
    }
    assert ("north" in by_target["mine"], WORD in by_target["mine"]) == (True, False)
    assert ("north" in by_target["all"], WORD in by_target["all"]) == (True, True)


def test_what_concerns_the_installation_is_refused(two: Two) -> None:
    browser, program = two.browser(two.insider), Program(two.insider)
    rules = {"failures": 3, "stale_hours": 24, "digest_at": "07:00"}
    answers = [
        browser.post("/notices/rules/", rules),
        browser.get("/districts/"),
        program.call("PUT", "/notices/rules", rules),
        program.call("POST", "/districts", {"name": "mine too"}),
    ]
    assert [each.status_code for each in answers] == [403] * 4
    assert "Districts" not in text_of(browser.get("/connections/"))
    assert not Rules.objects.filter(failures=3).exists()


def test_who_looked_up_people_of_several_districts_stands_in_each_ones_log(two: Two) -> None:
    Program(two.vendor).call("POST", "/roster/people", {"limit": 200})
    written = Entry.objects.filter(action="roster.listed")
    assert {each.district for each in written} == {two.mine.pk, two.theirs.pk}
    assert all(len({key.split(":")[1] for key in each.keys}) == 1 for each in written)
    seen = Program(two.insider).call("GET", "/audit?action=roster.listed").json()["items"]
    assert [{key.split(":")[1] for key in each["keys"]} for each in seen] == [{str(two.site.connection().pk)}]
    assert verify().entries == Entry.objects.count()


def test_the_audit_log_is_taken_out_for_the_district_alone(two: Two) -> None:
    browser = two.browser(two.insider)
    browser.post("/connections/1/sync/")
    taken: Any = browser.post("/audit/export/", {"form": "json"})
    lines = [json.loads(line) for line in b"".join(taken.streaming_content).decode().splitlines()]
    assert {"run.ordered", "audit.exported"} <= {each["action"] for each in lines}
    assert WORD not in json.dumps(lines)


def test_an_approval_at_the_source_is_said_for_ones_own_district(two: Two) -> None:
    approve(frozenset({two.mine.pk}), two.insider.pk)
    states = {
        district: checklist(None, districts).steps[0].done
        for district, districts in (
            ("mine", frozenset({two.mine.pk})),
            ("theirs", frozenset({two.theirs.pk})),
            ("all", None),
        )
    }
    assert states == {"mine": True, "theirs": False, "all": True}


@pytest.mark.covers("N39")
def test_each_district_has_gateway_files_of_its_own(two: Two) -> None:
    logs = settings.ROSTER_JOB_LOG.parent
    (logs / "GW001.log").write_text("users.csv row 4\n", encoding="utf-8")
    assert [path.parent.name for path in gateway.files(two.theirs.pk)] == [f"district-{two.theirs.pk}"]
    mine = Program(two.insider)
    assert [each["district"] for each in mine.call("GET", "/gateway").json()["items"]] == [two.mine.pk]
    assert mine.call("GET", "/gateway/1").content == b"users.csv row 4\n"
    theirs = Program(two.account("quagga"))
    assert WORD.encode() in theirs.call("GET", "/gateway/1").content


def test_a_vendor_adds_and_renames_districts(site: Site) -> None:
    browser = site.administrator
    assert browser.post("/districts/", {"name": "South"}).status_code == 302
    made = District.objects.get(name="South")
    assert "South" in text_of(browser.get("/districts/"))
    assert browser.post(f"/districts/{made.pk}/", {"name": "South & East"}).status_code == 302
    refused = browser.post("/districts/", {"name": "South & East"})
    assert (refused.status_code, "named South &amp; East already" in text_of(refused)) == (422, True)
    assert browser.post(f"/districts/{made.pk}/", {"name": "a/b"}).status_code == 422
    assert browser.get("/districts/987/").status_code == 404
    assert {"district.added", "district.renamed"} <= {*Entry.objects.values_list("action", flat=True)}


def test_a_vendor_limits_an_account_on_its_page(two: Two) -> None:
    browser = two.browser(two.vendor)
    address = f"/accounts/{two.account('free', Role.MANAGER).pk}/"
    assert WORD in text_of(browser.get(address))
    assert browser.post(address, {"role": "viewer", "districts": [two.theirs.pk]}).status_code == 302
    limited = Account.objects.get(email="free@example.org")
    assert [each.district_id for each in limited.districts.all()] == [two.theirs.pk]
    page = text_of(browser.get("/accounts/"))
    assert f"{WORD} district" in page
    _, text = tokens.make(limited, "x", FOR_TOKENS)
    called = Client(headers={"host": "localhost", "authorization": f"Bearer {text}"}).get("/api/v1/connections")
    assert _ids(called.json()["items"]) == [two.link.pk]
