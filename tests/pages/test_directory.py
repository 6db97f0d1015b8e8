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
from rosterkeeper.features.people.fresh import refresh, standing
from rosterkeeper.features.people.models import Candidate, DirectoryAccount, PeopleSettings, Person, Record, Ruling
from rosterkeeper.features.roster import fresh as roster
from rosterkeeper.features.roster.models import LIVE
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


class TestQueue:
    """Who waits for a decision, and deciding: over a district whose roster was synced and matched."""

    @pytest.fixture
    def matched(self, synced: Site) -> Site:
        """A synced district with an account for each of its people but some."""
        north = synced.connection()
        assert roster.refresh(north.pk).code == ""
        people = list(LIVE["users"]._default_manager.filter(connection_id=north.pk, status="active").values())
        filled = [each for each in people if each["email"]]
        for place, each in enumerate(filled):
            if place % 4 == 0:
                continue
            email = each["email"].upper() + " " if place % 4 == 1 else each["email"]
            hand.add(north.district_id, {"username": f"u{place}", "email": email})
        hand.add(
            north.district_id,
            {
                "username": "other",
                "email": "other@north.example",
                "given_name": filled[0]["given_name"],
                "family_name": filled[0]["family_name"],
            },
        )
        assert refresh(north.district_id).code == ""
        return synced

    @pytest.fixture
    def district(self, matched: Site) -> int:
        """Its number."""
        return matched.connection().district_id

    @pytest.mark.covers("L08", "R04", "L33")
    def test_equal_addresses_match_whatever_the_case_and_others_are_listed_with_both_and_advice(
        self, matched: Site, district: int
    ) -> None:
        linked = Person.objects.filter(result="linked")
        assert linked.count() > 20
        assert set(linked.values_list("reason", flat=True)) == {"email"}
        page = text_of(matched.administrator.get(f"/directory/{district}/matching/"))
        assert "Unmatched Users" in page
        assert "Check the e-mail address on both sides" in page
        assert "contact support" in page
        unmatched = _unmatched_with_email(matched, district)
        person = text_of(matched.administrator.get(f"/directory/{district}/person/{unmatched.uid}/"))
        record = LIVE["users"]._default_manager.get(
            connection_id=unmatched.connection_id, sourced_id=unmatched.sourced_id
        )
        assert record.email in person  # type: ignore[attr-defined]

    @pytest.mark.covers("L25", "R16")
    def test_the_figures_of_a_run_are_those_of_matching_in_both_directions(self, matched: Site, district: int) -> None:
        kinds = {kind: Person.objects.filter(kind=kind, result="linked").count() for kind in ("student", "staff")}
        unmatched = Person.objects.filter(result="unmatched", status="active").count()
        page = text_of(matched.administrator.get("/runs/1/"))
        for label, number in (("Students", kinds["student"]), ("Teachers", kinds["staff"])):
            assert f'Matched {label}</div><div class="h2 mb-0">{number}</div>' in page
        assert f'<a href="/directory/{district}/matching/">{unmatched}</a>' in page
        assert f'<a href="/directory/{district}/matching/accounts/">1</a>' in page
        connection = text_of(matched.administrator.get(f"/connections/{matched.connection().pk}/"))
        assert "Matched Students" in connection

    def test_a_person_is_linked_by_hand_at_once_and_through_later_syncs(self, matched: Site, district: int) -> None:
        person = _unmatched_with_email(matched, district)
        other = DirectoryAccount.objects.get(username="other")
        address = f"/directory/{district}/person/{person.uid}"
        found = text_of(matched.administrator.post(f"{address}/", {"look": "account", "text": "other"}))
        assert other.uid in found
        matched.administrator.post(f"{address}/decide/", {"word": "link", "account": other.uid})
        assert not standing(district).is_current
        for _ in range(2):
            refresh(district)
            person.refresh_from_db()
            assert (person.result, person.account_id, person.reason) == ("linked", other.pk, "ruling")
            hand.raise_inputs(district)
        told = text_of(matched.administrator.get(f"{address}/"))
        assert "alice@example.org" in told
        ruling = Ruling.objects.get()
        matched.administrator.post(f"/directory/{district}/ruling/{ruling.pk}/take-back/")
        refresh(district)
        person.refresh_from_db()
        assert (person.result, person.account_id) == ("unmatched", 0)
        assert [each.action for each in Entry.objects.filter(action__startswith="people.rul").order_by("pk")] == [
            "people.ruled",
            "people.ruling_ended",
        ]

    def test_several_are_ignored_or_get_accounts_at_once(self, matched: Site, district: int) -> None:
        uids = list(Person.objects.filter(result="unmatched", status="active").values_list("uid", flat=True)[:4])
        address = f"/directory/{district}/matching/decide/"
        matched.administrator.post(address, {"word": "ignore", "person": uids[:2], "part": "unmatched"})
        matched.administrator.post(address, {"word": "create", "person": uids[2:], "part": "unmatched"})
        refresh(district)
        results = dict(Person.objects.filter(uid__in=uids).values_list("uid", "result"))
        assert [results[each] for each in uids] == ["ignored", "ignored", "created", "created"]
        page = text_of(matched.administrator.get(f"/directory/{district}/matching/ignored/"))
        assert uids[0] in page

    def test_two_persons_are_joined_and_split_again(self, matched: Site, district: int) -> None:
        one, two = Person.objects.filter(kind="student", status="active").order_by("id")[:2]
        address = f"/directory/{district}/person/{one.uid}/decide/"
        matched.administrator.post(address, {"word": "join", "other": two.uid})
        refresh(district)
        person = Person.objects.get(pk=Record.objects.get(sourced_id=one.sourced_id).person_id)
        assert Record.objects.filter(person_id=person.pk).count() == 2
        page = text_of(matched.administrator.get(f"/directory/{district}/person/{person.uid}/"))
        assert "split off" in page
        stated = {"word": "split", "connection": str(two.connection_id), "sourced_id": two.sourced_id}
        matched.administrator.post(f"/directory/{district}/person/{person.uid}/decide/", stated)
        refresh(district)
        assert Record.objects.filter(person_id=person.pk).count() == 1

    def test_a_roster_person_shows_the_account_and_leads_to_it(self, matched: Site, district: int) -> None:
        person = Person.objects.filter(result="linked").order_by("id")[0]
        account = DirectoryAccount.objects.get(pk=person.account_id)
        page = text_of(matched.administrator.get(f"/roster/{person.connection_id}/person/{person.sourced_id}"))
        assert f"/directory/{district}/account/{account.uid}/" in page

    def test_filters_narrow_the_queue(self, matched: Site, district: int) -> None:
        students = text_of(matched.administrator.get(f"/directory/{district}/matching/", {"kind": "student"}))
        staff = Person.objects.filter(result="unmatched", kind="staff", status="active").first()
        assert staff is None or staff.uid not in students
        none = text_of(matched.administrator.get(f"/directory/{district}/matching/", {"reason": "no_account"}))
        assert "Reason" in none

    def test_a_disputed_person_shows_the_accounts_they_might_have(self, matched: Site, district: int) -> None:
        person = _unmatched_with_email(matched, district)
        account = DirectoryAccount.objects.get(username="other")
        Person.objects.filter(pk=person.pk).update(result="disputed", reason="several_accounts")
        Candidate.objects.create(person_id=person.pk, account_id=account.pk, district_id=district, rule="email")
        page = text_of(matched.administrator.get(f"/directory/{district}/matching/disputed/"))
        assert "several accounts fit" in page
        assert account.uid in page
        one = text_of(matched.administrator.get(f"/directory/{district}/person/{person.uid}/"))
        assert "Accounts that might be theirs" in one


def _unmatched_with_email(site: Site, district: int) -> Person:
    for each in Person.objects.filter(district_id=district, result="unmatched", status="active").order_by("id"):
        live = LIVE["users"]._default_manager.filter(connection_id=each.connection_id, sourced_id=each.sourced_id)
        if live.exclude(email="").exists():
            return each
    raise AssertionError(site)


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
