"""The administrator's pages of accounts and tokens, and who is limited to schools."""

import re

import pytest
from django.http import HttpRequest

from rosterkeeper.features.accounts import scope, tokens, workflow
from rosterkeeper.features.accounts.models import Account, ApiToken
from rosterkeeper.features.accounts.rights import Right, Role
from rosterkeeper.features.audit import finding
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.oneroster.errors import SettingsError
from tests.pages.site import Site, text_of


def test_an_invited_account_is_listed_with_a_link_that_is_shown_once(site: Site) -> None:
    stated = {"email": "New@Example.org", "name": "New", "role": "viewer"}

    shown = text_of(site.administrator.post("/accounts/invite/", stated))

    link = re.search(r'value="(http://localhost/welcome/[^"]+)"', shown)
    assert link
    assert site.nobody.get(link[1]).status_code == 200
    listed = text_of(site.administrator.get("/accounts/"))
    assert "new@example.org" in listed
    assert "invited" in listed
    assert link[1] not in listed


def test_an_address_in_use_is_refused_at_its_field_and_what_was_typed_stays(site: Site) -> None:
    site.account(Role.VIEWER)
    stated = {"email": "viewer@example.org", "name": "Somebody", "role": "manager"}
    shown = text_of(site.administrator.post("/accounts/invite/", stated))
    assert 'aria-invalid="true"' in shown
    assert "Somebody" in shown


def test_the_last_administrator_who_can_sign_in_stays_one(site: Site) -> None:
    alice = site.account(Role.ADMINISTRATOR)
    workflow.invite("invited@example.org", role=Role.ADMINISTRATOR)

    site.administrator.post(f"/accounts/{alice.pk}/disable/")
    refused = text_of(site.administrator.post(f"/accounts/{alice.pk}/", {"role": "viewer"}))

    alice.refresh_from_db()
    assert (alice.is_active, alice.role) == (True, Role.ADMINISTRATOR)
    assert "Make somebody else an administrator first." in refused
    with pytest.raises(SettingsError, match="only administrator"):
        workflow.disable(alice)


def test_with_a_second_administrator_the_first_may_go(site: Site) -> None:
    alice = site.account(Role.ADMINISTRATOR)
    Account.objects.make("bob@example.org", role=Role.ADMINISTRATOR, password="x" * 12)
    workflow.set_role(alice, Role.VIEWER)
    alice.refresh_from_db()
    assert alice.role == Role.VIEWER


def test_a_school_viewer_is_given_schools_that_were_synced(synced: Site) -> None:
    school = synced.account(Role.SCHOOL)
    address = f"/accounts/{school.pk}/"
    choices = scope.offered(None)
    assert choices
    chosen, _ = choices[0]

    assert 'aria-invalid="true"' in text_of(synced.administrator.post(address, {"role": "school"}))
    assert synced.administrator.post(address, {"role": "school", "schools": [chosen]}).status_code == 302

    request = HttpRequest()
    request.user = Account.objects.get(pk=school.pk)
    assert scope.schools_of(request) == frozenset({scope.read(chosen)})


def test_a_token_limited_to_schools_sees_no_others_even_as_an_administrators(site: Site) -> None:
    alice, school = site.account(Role.ADMINISTRATOR), site.account(Role.SCHOOL)
    workflow.set_role(school, Role.SCHOOL, [(1, "A"), (1, "B")])
    request = HttpRequest()
    for account, expected in ((alice, {(1, "B"), (1, "C")}), (school, {(1, "B")})):
        request.user = account
        request.api_token, _ = tokens.make(account, "x", [Right.ROSTER], schools=[(1, "B"), (1, "C")])  # type: ignore[attr-defined]
        assert scope.schools_of(request) == frozenset(expected)
    del request.api_token  # type: ignore[attr-defined]
    request.user = alice
    assert scope.schools_of(request) is None


def test_a_token_is_shown_once_kept_as_a_hash_and_can_be_revoked(site: Site) -> None:
    stated = {"name": "nightly", "scopes": ["see"], "days": "30"}

    shown = text_of(site.administrator.post("/tokens/", stated))

    text = re.search(r'value="(rk_[^"]+)"', shown)
    assert text
    token = tokens.known(text[1])
    assert token is not None
    assert text[1] not in text_of(site.administrator.get("/tokens/"))
    assert text[1] not in str(ApiToken.objects.values_list())
    site.administrator.post(f"/tokens/{token.pk}/revoke/")
    assert tokens.known(text[1]) is None


def test_a_token_ends_with_its_time_and_with_its_account(site: Site) -> None:
    site.account(Role.ADMINISTRATOR)
    viewer = site.account(Role.VIEWER)
    token, text = tokens.make(viewer, "x", [Right.SEE])
    assert tokens.known(text) == token
    workflow.disable(viewer)
    assert tokens.known(text) is None
    with pytest.raises(SettingsError, match="one right or more"):
        tokens.make(viewer, "x", [Right.SELF])


def test_what_is_done_with_accounts_stands_in_the_log_with_who_and_from_where(site: Site) -> None:
    viewer = site.account(Role.VIEWER)

    site.administrator.post(f"/accounts/{viewer.pk}/", {"role": "manager"})

    entry = Entry.objects.get(action="account.role_changed")
    assert (entry.actor, entry.origin, entry.about) == ("alice@example.org", "127.0.0.1", f"account:{viewer.pk}")
    assert (entry.details["from"], entry.details["to"]) == ("viewer", "manager")
    shown = text_of(site.administrator.get("/audit/?action=account.role_changed"))
    assert f"account:{viewer.pk}" in shown
    assert "account.signed_in" not in shown.split("<tbody>")[1]


@pytest.mark.parametrize(("form", "sign"), [("csv", "number,at,account"), ("json", '"action": ')])
def test_the_log_is_taken_out_as_a_file_and_that_stands_in_it_too(site: Site, form: str, sign: str) -> None:
    site.account(Role.VIEWER)
    answer = site.administrator.post("/audit/export/?since=2020-01-01", {"form": form})
    told = answer.getvalue().decode()
    assert sign in told
    assert "audit.exported" in told


@pytest.mark.parametrize("query", ["?account=x&since=nonsense&key=" + "k" * 400, "?before=" + "9" * 30, "?action=none"])
def test_a_filter_that_makes_no_sense_breaks_nothing(site: Site, query: str) -> None:
    assert site.administrator.get(f"/audit/{query}").status_code == 200


def test_who_looked_at_a_person_is_found_by_the_persons_key(synced: Site) -> None:
    viewer, number = synced.account(Role.VIEWER), synced.connection().pk
    synced.signed_in(Role.VIEWER).get(f"/roster/{number}/person/S-17")
    found = list(finding.entries(finding.Wanted(key=f"user:{number}:S-17")))
    assert [(each.action, each.account) for each in found] == [("roster.seen", viewer.pk)]
    assert "roster.seen" in text_of(synced.administrator.get(f"/audit/?key=user:{number}:S-17"))
