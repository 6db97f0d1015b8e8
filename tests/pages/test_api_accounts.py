"""The API of accounts, tokens and the audit log: for tokens that were made for accounts alone."""

import json
from typing import Any

import pytest
from django.test import Client

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.models import Account, ApiToken
from rosterkeeper.features.accounts.rights import FOR_TOKENS, Right, Role
from rosterkeeper.oneroster.errors import SettingsError
from tests.pages.site import HOST, Site


def _program(site: Site, *rights: Right) -> Client:
    _, text = tokens.make(site.account(Role.ADMINISTRATOR), "script", rights or FOR_TOKENS)
    return Client(headers={"host": HOST, "authorization": f"Bearer {text}"})


def _send(client: Client, method: str, address: str, **body: object) -> Any:
    return client.generic(method, f"/api/v1{address}", json.dumps(body), content_type="application/json")


@pytest.mark.covers("L42")
def test_somebody_is_let_in_changed_disabled_and_let_in_again(site: Site) -> None:
    program = _program(site)
    invited = _send(program, "POST", "/accounts", email="bob@example.org", role="viewer")
    assert (invited.status_code, invited["Cache-Control"]) == (201, "no-store")
    number = invited.json()["account"]["id"]
    assert site.nobody.get(invited.json()["link"]).status_code == 200
    again = _send(program, "POST", "/accounts", email="bob@example.org", role="viewer")
    assert (again.status_code, again.json()["code"]) == (409, "account.in_use")

    schools = [{"connection": 1, "school": "S-1"}]
    told = _send(program, "PATCH", f"/accounts/{number}", role="school", schools=schools).json()
    assert (told["role"], told["schools"]) == ("school", schools)
    assert _send(program, "POST", f"/accounts/{number}/disable").json()["is_active"] is False
    assert _send(program, "POST", f"/accounts/{number}/enable").json()["is_active"] is True
    assert _send(program, "POST", f"/accounts/{number}/reset").json()["link"] != invited.json()["link"]
    before = Account.objects.get(pk=number).sessions
    _send(program, "POST", f"/accounts/{number}/sign-out")
    assert Account.objects.get(pk=number).sessions == before + 1
    assert {each["email"] for each in program.get("/api/v1/accounts").json()["items"]} >= {"bob@example.org"}


def test_what_pages_refuse_of_accounts_is_refused(site: Site) -> None:
    program, alice = _program(site), site.account(Role.ADMINISTRATOR)
    last = _send(program, "POST", f"/accounts/{alice.pk}/disable")
    assert (last.status_code, last.json()["code"]) == (409, "account.last_administrator")
    without = _send(program, "POST", "/accounts", email="eve@example.org", role="school")
    assert (without.status_code, without.json()["code"]) == (400, "account.schools")
    wrong = _send(program, "POST", "/accounts", email="not an address", role="viewer")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "api.bad_input")
    assert "not an address" not in wrong.content.decode()
    assert _send(program, "POST", "/accounts/987654/disable").status_code == 404


def test_a_token_makes_tokens_that_can_do_no_more_than_itself(site: Site) -> None:
    program = _program(site, Right.ACCOUNTS, Right.SEE)
    made = _send(program, "POST", "/tokens", name="child", scopes=["see"])
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    child = Client(headers={"host": HOST, "authorization": f"Bearer {made.json()['token']}"})
    assert child.get("/api/v1/connections").status_code == 200
    wider = _send(program, "POST", "/tokens", name="child", scopes=["see", "settings"])
    assert (wider.status_code, wider.json()["code"]) == (403, "token.wider")

    shown = program.get("/api/v1/tokens")
    assert made.json()["token"] not in shown.content.decode()
    _send(program, "DELETE", f"/tokens/{made.json()['id']}")
    assert child.get("/api/v1/connections").status_code == 401
    assert _send(program, "DELETE", "/tokens/987654").status_code == 404
    assert ApiToken.objects.count() == 2


def test_a_token_for_accounts_is_not_limited_to_schools(site: Site) -> None:
    with pytest.raises(SettingsError, match="cannot be limited"):
        tokens.make(site.account(Role.ADMINISTRATOR), "script", FOR_TOKENS, schools=[(1, "S-1")])


def test_the_audit_log_is_read_a_page_at_a_time(site: Site) -> None:
    program = _program(site)
    _send(program, "POST", "/accounts", email="bob@example.org", role="viewer")
    _send(program, "POST", "/accounts", email="eve@example.org", role="viewer")
    first = program.get("/api/v1/audit?action=account.invited&limit=1").json()
    rest = program.get(f"/api/v1/audit?action=account.invited&after={first['next']}").json()
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [1, 1, None]
    assert first["items"][0]["actor"] == "alice@example.org (script)"
    assert program.get("/api/v1/audit", {"until": "2000-01-01T00:00:00"}).json()["items"] == []


def test_without_the_right_there_is_no_account_no_token_and_no_log(site: Site) -> None:
    rights = [each for each in FOR_TOKENS if each != Right.ACCOUNTS]
    program = _program(site, *rights)
    for address in ("accounts", "tokens", "audit"):
        assert program.get(f"/api/v1/{address}").status_code == 403
