"""The pages of notices: targets are added, tried, changed and deleted; addresses and secrets are not shown again."""

import pytest
from django.test import Client

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.rights import Right, Role
from rosterkeeper.features.notices.models import Expiry, Rules
from rosterkeeper.features.publish.delivering import deliver
from rosterkeeper.features.publish.models import Delivery, Target
from rosterkeeper.features.publish.sending.ways import send
from tests.pages.site import HOST, Site, text_of

HOOK = {"name": "hook", "kind": "webhook", "address": "https://hooks.example.org/services/T0/secret-part"}


def test_a_target_by_mail_is_added_and_its_address_must_be_one(site: Site) -> None:
    wrong = site.administrator.post("/notices/add/", {"name": "team", "kind": "email", "address": "not an address"})
    assert 'aria-invalid="true"' in text_of(wrong)
    assert not Target.objects.exists()
    right = {"name": "team", "kind": "email", "address": "it@example.org\nops@example.org", "words": ["run.failed"]}
    assert site.administrator.post("/notices/add/", right).status_code == 302
    text = text_of(site.administrator.get("/notices/"))
    assert "it@example.org, ops@example.org" in text
    assert "A sync failed" in text


def test_a_webhook_s_secret_is_shown_once_and_its_address_never_again(site: Site) -> None:
    made = text_of(site.administrator.post("/notices/add/", HOOK))
    assert "whsec_" in made
    target = Target.objects.get()
    for path in ("/notices/", f"/notices/{target.pk}/"):
        text = text_of(site.administrator.get(path))
        assert "whsec_" not in text
        assert "secret-part" not in text
        assert "https://hooks.example.org/…" in text


def test_a_blank_address_keeps_the_one_there_is(site: Site) -> None:
    site.administrator.post("/notices/add/", HOOK)
    target = Target.objects.get()
    kept = target.address
    answer = site.administrator.post(f"/notices/{target.pk}/", {"name": "other", "address": "", "words": ["run.held"]})
    assert answer.status_code == 302
    target.refresh_from_db()
    assert (target.name, target.address, target.words) == ("other", kept, ["run.held"])


def test_a_name_that_is_taken_is_refused_at_its_field(site: Site) -> None:
    site.administrator.post("/notices/add/", HOOK)
    answer = site.administrator.post("/notices/add/", HOOK)
    assert "There is a target named hook already." in text_of(answer)
    assert Target.objects.count() == 1


def test_send_a_test_tells_on_the_page_what_came_of_it(site: Site) -> None:
    site.administrator.post("/notices/add/", {"name": "team", "kind": "email", "address": "it@example.org"})
    target = Target.objects.get()
    assert site.administrator.post(f"/notices/{target.pk}/test/").status_code == 302
    assert "every 2s" in text_of(site.administrator.get("/notices/sent/"))
    deliver(send)
    text = text_of(site.administrator.get("/notices/sent/"))
    assert "There is no mail server to send by." in text
    assert "ROSTERKEEPER_SMTP_HOST" in text
    assert "every 2s" not in text


def test_a_deleted_target_takes_along_what_waited_for_it(site: Site) -> None:
    site.administrator.post("/notices/add/", {"name": "team", "kind": "email", "address": "it@example.org"})
    target = Target.objects.get()
    site.administrator.post(f"/notices/{target.pk}/test/")
    assert "Yes, Delete" in text_of(site.administrator.get(f"/notices/{target.pk}/"))
    assert site.administrator.post(f"/notices/{target.pk}/delete/").status_code == 302
    assert not Delivery.objects.exists()


def test_rules_are_refused_at_their_fields_and_kept(site: Site) -> None:
    wrong = site.administrator.post("/notices/rules/", {"failures": 0, "stale_hours": 24, "digest_at": "07:00"})
    assert 'aria-invalid="true"' in text_of(wrong)
    site.administrator.post("/notices/rules/", {"failures": 3, "stale_hours": 48, "digest_at": "06:30"})
    held = Rules.objects.get()
    assert (held.failures, held.stale_hours, f"{held.digest_at:%H:%M}") == (3, 48, "06:30")
    assert 'value="06:30"' in text_of(site.administrator.get("/notices/"))


def test_the_last_day_of_credentials_is_set_and_cleared(synced: Site) -> None:
    number = synced.connection().pk
    synced.administrator.post(f"/notices/expiry/{number}/", {"last_day": "2027-01-31"})
    assert f"{Expiry.objects.get().last_day}" == "2027-01-31"
    assert 'value="2027-01-31"' in text_of(synced.administrator.get("/notices/"))
    synced.administrator.post(f"/notices/expiry/{number}/", {"last_day": ""})
    assert not Expiry.objects.exists()


@pytest.mark.covers("M01", "L42")
def test_notices_need_manage_settings(site: Site) -> None:
    assert site.signed_in(Role.VIEWER).get("/notices/").status_code == 403
    assert site.signed_in(Role.MANAGER).get("/notices/").status_code == 200
    assert site.administrator.get("/notices/99/").status_code == 404


def test_a_program_adds_tries_lists_and_deletes_targets(site: Site) -> None:
    text = tokens.make(site.account(Role.ADMINISTRATOR), "watching", [Right.SETTINGS])[1]
    program = Client(headers={"host": HOST, "authorization": f"Bearer {text}"})
    wrong = program.post("/api/v1/notices/targets", {**HOOK, "words": ["nothing"]}, content_type="application/json")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "notice.unknown_word")
    made = program.post("/api/v1/notices/targets", {**HOOK, "words": ["run.held"]}, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    number = made.json()["id"]
    listed = program.get("/api/v1/notices/targets").json()["items"]
    assert [(each["where"], "secret" in each) for each in listed] == [("https://hooks.example.org/…", False)]
    assert program.post(f"/api/v1/notices/targets/{number}/test").status_code == 202
    assert [each["word"] for each in program.get("/api/v1/notices/events").json()["items"]] == ["trial"]
    rules = {"failures": 2, "stale_hours": 30, "digest_at": "05:00:00"}
    assert program.put("/api/v1/notices/rules", rules, content_type="application/json").json() == rules
    assert program.delete(f"/api/v1/notices/targets/{number}").status_code == 200
    assert not Target.objects.exists()
