"""The pages of the directory: accounts, uploads, what waits for a decision, settings."""

import io
import json
import re
from typing import Any

import pytest
from django.test import Client

from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.people import hand, listing, uploading
from rosterkeeper.features.people.models import DirectoryAccount, PeopleSettings
from tests.pages.site import Site, text_of

ADA = {"username": "ada", "email": "ada@north.example", "given_name": "Ada", "family_name": "Lovelace"}


@pytest.fixture
def district(site: Site) -> int:
    """The number of the one district, without people."""
    assert site.installation
    return District.objects.get().pk


def _inputs(district: int) -> int:
    row = PeopleSettings.objects.filter(district_id=district).first()
    return row.inputs if row else 0


def _many(district: int, number: int) -> None:
    DirectoryAccount.objects.bulk_create(
        DirectoryAccount(
            district_id=district,
            origin="csv" if each % 50 else "hand",
            external_id=f"x-{each:05}",
            username=f"user{each:05}",
            username_key=f"user{each:05}",
            given_name=f"Given{each % 7}",
            family_name=f"Family{each:05}",
            sort_key=f"family{each:05} given{each % 7}",
            status="active" if each % 90 else "suspended",
        )
        for each in range(number)
    )


class TestAccounts:
    """The list, an account, and changes by hand."""

    def test_one_is_added_changed_suspended_restored_and_released_by_hand(self, site: Site, district: int) -> None:
        browser = site.administrator
        made = browser.post(f"/directory/{district}/add/", ADA)
        account = DirectoryAccount.objects.get()
        assert made["Location"] == f"/directory/{district}/account/{account.uid}/"
        assert (account.origin, account.email_key, account.sort_key) == ("hand", "ada@north.example", "lovelace ada")
        DirectoryAccount.objects.update(origin="csv")

        address = f"/directory/{district}/account/{account.uid}"
        browser.post(f"{address}/edit/", {**ADA, "email": "Augusta@north.example"})
        page = text_of(browser.get(f"{address}/"))
        assert "Augusta@north.example" in page
        assert "changed by hand, kept" in page
        browser.post(f"{address}/release/", {"field": "email"})
        assert "changed by hand, kept" not in text_of(browser.get(f"{address}/"))

        browser.post(f"{address}/suspend/")
        account.refresh_from_db()
        assert (account.status, account.suspended_by) == ("suspended", "hand")
        browser.post(f"{address}/restore/")
        account.refresh_from_db()
        assert (account.status, account.suspended_by, account.sticky) == ("active", "", "")
        told = Entry.objects.filter(about=f"directory:{district}:{account.uid}").order_by("pk")
        assert [each.action.removeprefix("people.account_") for each in told if not each.action.endswith("seen")] == [
            *("added", "changed", "released", "suspended", "restored"),
        ]
        assert _inputs(district) == 5

    def test_whom_the_directory_suspended_stays_active_once_restored_by_hand(self, site: Site, district: int) -> None:
        account = hand.add(district, ADA)
        DirectoryAccount.objects.update(origin="csv", status="suspended", suspended_by="directory")
        site.administrator.post(f"/directory/{district}/account/{account.uid}/restore/")
        account.refresh_from_db()
        assert (account.status, listing.sticky_of(account)) == ("active", ["status"])
        assert "kept active" in text_of(site.administrator.get(f"/directory/{district}/account/{account.uid}/"))

    def test_a_taken_username_and_an_account_without_any_name_are_refused(self, site: Site, district: int) -> None:
        hand.add(district, ADA)
        again = text_of(site.administrator.post(f"/directory/{district}/add/", {**ADA, "username": "ADA "}))
        assert "Another account of the district has this username." in again
        blank = text_of(site.administrator.post(f"/directory/{district}/add/", {"given_name": "Ada"}))
        assert "An account needs a username or an e-mail address." in blank
        assert DirectoryAccount.objects.count() == 1

    @pytest.mark.parametrize("typed", ["love", "Ada", "ADA LOVE", "lovelace, a", "ada@", "obj-1"])
    def test_an_account_is_found_as_one_types(self, site: Site, district: int, typed: str) -> None:
        hand.add(district, {**ADA, "external_id": "obj-1"})
        hand.add(district, {"username": "bob", "family_name": "Moss"})
        headers = {"HX-Request": "true"}
        found = text_of(site.administrator.post(f"/directory/{district}/", {"text": typed}, headers=headers))
        assert "Ada Lovelace" in found
        assert "Moss" not in found

    def test_every_page_of_a_filtered_list_holds_each_account_once(self, site: Site, district: int) -> None:
        assert site.administrator
        _many(district, 1000)
        for wanted, number in (
            (listing.Wanted(), 1000),
            (listing.Wanted(status="suspended"), 12),
            (listing.Wanted(origin="hand"), 20),
            (listing.Wanted(linked=False), 1000),
            (listing.Wanted(linked=True), 0),
        ):
            assert len(set(_every(district, wanted))) == len(_every(district, wanted)) == number

    def test_they_are_downloaded_as_csv_that_no_spreadsheet_runs(self, site: Site, district: int) -> None:
        hand.add(district, {**ADA, "display_name": "=1+1"})
        answer: Any = site.administrator.get(f"/directory/{district}/download/")
        lines = b"".join(answer.streaming_content).decode().splitlines()
        assert len(lines) == 2
        assert "'=1+1" in lines[1]
        assert Entry.objects.filter(action="people.exported", about=f"district:{district}").count() == 1

    def test_a_viewer_sees_and_changes_nothing_and_a_school_sees_nothing(self, site: Site, district: int) -> None:
        account = hand.add(district, ADA)
        viewer = site.signed_in(Role.VIEWER)
        assert viewer.get(f"/directory/{district}/account/{account.uid}/").status_code == 200
        assert viewer.post(f"/directory/{district}/account/{account.uid}/suspend/").status_code == 403
        assert site.signed_in(Role.SCHOOL).get(f"/directory/{district}/").status_code == 403


def _every(district: int, wanted: listing.Wanted) -> list[str]:
    found, after = list[str](), ""
    while True:
        page = listing.accounts(district, wanted, after=after)
        found += [each.account.uid for each in page.rows]
        after = page.after
        if not after:
            return found


class TestUploads:
    """A list of accounts: its columns, its numbers, applying it."""

    def _send(self, browser: Client, district: int, text: str, *, whole: str = "yes") -> str:
        file = io.BytesIO(text.encode())
        file.name = "users.csv"
        address: str = browser.post(f"/directory/{district}/uploads/", {"file": file, "whole": whole})["Location"]
        for number in uploading.waiting():
            uploading.carry_out(number)
        return address

    def _apply(self, browser: Client, address: str, **stated: str) -> None:
        browser.post(f"{address}apply/", stated)
        for number in uploading.waiting():
            uploading.carry_out(number)

    def test_a_file_is_looked_at_applied_and_gone(self, site: Site, district: int) -> None:
        browser = site.administrator
        address = self._send(browser, district, "User Name,Mail,Surname\nada,ada@north.example,Lovelace\n,,Nobody\n")
        page = text_of(browser.get(address))
        assert "What the file would change" in page
        assert "directory.no_key" in page
        assert "Nobody" not in page
        assert DirectoryAccount.objects.count() == 0
        self._apply(browser, address)
        assert "Applied" in text_of(browser.get(address))
        assert DirectoryAccount.objects.get().email == "ada@north.example"
        assert list((site.installation.configuration.artifacts / "directories").iterdir()) == []
        assert Entry.objects.filter(action="people.upload_applied", about=f"district:{district}").count() == 1

    def test_unclear_columns_are_chosen_and_remembered(self, site: Site, district: int) -> None:
        browser = site.administrator
        text = "Anmeldename;Nachname\nada;Lovelace\n"
        address = self._send(browser, district, text)
        assert "not clear which column" in text_of(browser.get(address))
        nothing = text_of(browser.post(address, {"family_name": "Nachname", "whole": "yes"}))
        assert "none of them was chosen" in nothing
        browser.post(address, {"username": "Anmeldename", "family_name": "Nachname", "whole": "yes"})
        for number in uploading.waiting():
            uploading.carry_out(number)
        self._apply(browser, address)
        assert DirectoryAccount.objects.get().username == "ada"
        again = self._send(browser, district, text.replace("ada", "eve"))
        assert "What the file would change" in text_of(browser.get(again))

    def test_many_gone_wait_for_a_word(self, site: Site, district: int) -> None:
        _many(district, 40)
        DirectoryAccount.objects.update(origin="csv", status="active")
        browser = site.administrator
        address = self._send(browser, district, "username,email\nada,ada@north.example\n")
        assert "hold.directory_gone" in text_of(browser.get(address))
        self._apply(browser, address)
        assert DirectoryAccount.objects.filter(status="suspended").count() == 0
        self._apply(browser, address, confirmed="yes")
        assert DirectoryAccount.objects.filter(status="suspended", suspended_by="directory").count() == 40

    def test_what_is_no_list_is_refused_with_the_next_step(self, site: Site, district: int) -> None:
        file = io.BytesIO(b"PK\x03\x04")
        file.name = "users.xlsx"
        page = text_of(site.administrator.post(f"/directory/{district}/uploads/", {"file": file, "whole": "yes"}))
        assert "save it as CSV UTF-8" in page

    def test_a_dropped_file_changes_nothing(self, site: Site, district: int) -> None:
        address = self._send(site.administrator, district, "username,email\nada,ada@north.example\n")
        site.administrator.post(f"{address}drop/")
        self._apply(site.administrator, address)
        assert DirectoryAccount.objects.count() == 0
        assert "Dropped" in text_of(site.administrator.get(address))


class TestSettings:
    """Who gets an account, rules in order, leavers."""

    def _form(self, **more: Any) -> dict[str, Any]:
        rules = {"rule_staff": ["email"], "rule_student": ["email", "username"], "rule_parent": ["email"]}
        types = {"type_staff": [""], "type_student": ["", ""], "type_parent": [""]}
        numbers = {"retention_days": 30, "leave": 10, "unlink": 5, "create": 50, "purge": 25, "floor": 5}
        return {"mode": "match", "case": "on", "domains": "", **rules, **types, **numbers, **more}

    def test_settings_are_kept_and_ask_for_a_matching(self, site: Site, district: int) -> None:
        stated = self._form(mode="create", domains="old.example = new.example", spaces="on", unicode="on")
        answer = site.administrator.post(f"/directory/{district}/settings/", stated)
        assert answer.status_code == 302
        row = PeopleSettings.objects.get(district_id=district)
        assert (row.mode, row.rules["student"]) == ("create", [{"key": "email"}, {"key": "username"}])
        assert row.options["domains"] == {"old.example": "new.example"}
        assert row.options["life"]["retention_days"] == 30
        assert row.inputs == 1
        site.administrator.post(f"/directory/{district}/settings/", stated)
        assert _inputs(district) == 1
        assert Entry.objects.filter(action="people.settings_changed", about=f"district:{district}").count() == 1

    def test_rules_move_by_buttons_and_are_kept_by_save_alone(self, site: Site, district: int) -> None:
        for step, order in (
            ("up:student:1", ["username", "email"]),
            ("down:student:0", ["username", "email"]),
            ("remove:student:0", ["username"]),
            ("add:student", ["email", "username", "sourced_id"]),
            ("up:student:9", ["email", "username"]),
            ("nonsense", ["email", "username"]),
        ):
            page = text_of(site.administrator.post(f"/directory/{district}/settings/", self._form(step=step)))
            selects = re.findall(r'name="rule_student">(.*?)</select>', page, re.S)
            assert [re.findall(r'value="([^"]+)" selected', each)[0] for each in selects] == order
            assert "Not saved yet" in page
        assert _inputs(district) == 0

    def test_what_makes_no_sense_is_refused(self, site: Site, district: int) -> None:
        twice = self._form(rule_staff=["email", "email"], type_staff=["", ""])
        assert "is there twice" in text_of(site.administrator.post(f"/directory/{district}/settings/", twice))
        no_type = self._form(rule_staff=["user_id"], type_staff=[""])
        assert "names its type" in text_of(site.administrator.post(f"/directory/{district}/settings/", no_type))
        domains = self._form(domains="just one")
        assert "two domains" in text_of(site.administrator.post(f"/directory/{district}/settings/", domains))
        assert _inputs(district) == 0


class TestHeld:
    """A change of accounts that waits for a decision."""

    @pytest.mark.parametrize(
        ("word", "approved", "state"), [("approve", "print-1", "waiting"), ("discard", "", "discarded")]
    )
    def test_it_is_shown_and_decided(self, site: Site, district: int, word: str, approved: str, state: str) -> None:
        reason = {"code": "hold.people_leave", "says": "", "number": 40, "of": 100}
        held = {"fingerprint": "print-1", "since": "2026-09-01T08:00:00.000Z", "reasons": [reason]}
        PeopleSettings.objects.create(district_id=district, held=json.dumps(held))
        page = text_of(site.administrator.get(f"/directory/{district}/matching/"))
        assert "40 of 100 people with an account would leave at once." in page
        site.administrator.post(f"/directory/{district}/held/{word}/", {"fingerprint": "another"})
        assert _inputs(district) == 0
        site.administrator.post(f"/directory/{district}/held/{word}/", {"fingerprint": "print-1"})
        row = PeopleSettings.objects.get(district_id=district)
        assert (row.approved, row.inputs) == (approved, 1)
        assert json.loads(row.held).get("state", "waiting") == state
