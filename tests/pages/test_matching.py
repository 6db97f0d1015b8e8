"""The pages of matching: who waits for a decision and deciding, over a district that was synced and matched."""

import pytest

from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.people import hand
from rosterkeeper.features.people.fresh import refresh, standing
from rosterkeeper.features.people.models import Candidate, DirectoryAccount, Person, Record, Ruling
from rosterkeeper.features.roster import fresh as roster
from rosterkeeper.features.roster.models import LIVE
from tests.pages.site import Site, text_of


@pytest.fixture
def matched(synced: Site) -> Site:
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
def district(matched: Site) -> int:
    """Its number."""
    return matched.connection().district_id


@pytest.mark.covers("L08", "R04", "L33")
def test_equal_addresses_match_whatever_the_case_and_others_are_listed_with_both_and_advice(
    matched: Site, district: int
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
    record = LIVE["users"]._default_manager.get(connection_id=unmatched.connection_id, sourced_id=unmatched.sourced_id)
    assert record.email in person  # type: ignore[attr-defined]


@pytest.mark.covers("L25", "R16")
def test_the_figures_of_a_run_are_those_of_matching_in_both_directions(matched: Site, district: int) -> None:
    kinds = {kind: Person.objects.filter(kind=kind, result="linked").count() for kind in ("student", "staff")}
    unmatched = Person.objects.filter(result="unmatched", status="active").count()
    page = text_of(matched.administrator.get("/runs/1/"))
    for label, number in (("Students", kinds["student"]), ("Teachers", kinds["staff"])):
        assert f'Matched {label}</div><div class="h2 mb-0">{number}</div>' in page
    assert f'<a href="/directory/{district}/matching/">{unmatched}</a>' in page
    assert f'<a href="/directory/{district}/matching/accounts/">1</a>' in page
    connection = text_of(matched.administrator.get(f"/connections/{matched.connection().pk}/"))
    assert "Matched Students" in connection


def test_a_person_is_linked_by_hand_at_once_and_through_later_syncs(matched: Site, district: int) -> None:
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


def test_several_are_ignored_or_get_accounts_at_once(matched: Site, district: int) -> None:
    uids = list(Person.objects.filter(result="unmatched", status="active").values_list("uid", flat=True)[:4])
    address = f"/directory/{district}/matching/decide/"
    matched.administrator.post(address, {"word": "ignore", "person": uids[:2], "part": "unmatched"})
    matched.administrator.post(address, {"word": "create", "person": uids[2:], "part": "unmatched"})
    refresh(district)
    results = dict(Person.objects.filter(uid__in=uids).values_list("uid", "result"))
    assert [results[each] for each in uids] == ["ignored", "ignored", "created", "created"]
    page = text_of(matched.administrator.get(f"/directory/{district}/matching/ignored/"))
    assert uids[0] in page


def test_two_persons_are_joined_and_split_again(matched: Site, district: int) -> None:
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


def test_a_roster_person_shows_the_account_and_leads_to_it(matched: Site, district: int) -> None:
    person = Person.objects.filter(result="linked").order_by("id")[0]
    account = DirectoryAccount.objects.get(pk=person.account_id)
    page = text_of(matched.administrator.get(f"/roster/{person.connection_id}/person/{person.sourced_id}"))
    assert f"/directory/{district}/account/{account.uid}/" in page


def test_filters_narrow_the_queue(matched: Site, district: int) -> None:
    students = text_of(matched.administrator.get(f"/directory/{district}/matching/", {"kind": "student"}))
    staff = Person.objects.filter(result="unmatched", kind="staff", status="active").first()
    assert staff is None or staff.uid not in students
    none = text_of(matched.administrator.get(f"/directory/{district}/matching/", {"reason": "no_account"}))
    assert "Reason" in none


def test_somebody_is_searched_for_in_a_part_by_what_is_typed_and_never_in_an_address(
    matched: Site, district: int
) -> None:
    person = _unmatched_with_email(matched, district)
    record = LIVE["users"]._default_manager.get(connection_id=person.connection_id, sourced_id=person.sourced_id)
    family, given = (str(getattr(record, name)) for name in ("family_name", "given_name"))
    address = f"/directory/{district}/matching/"
    email = str(record.email)  # type: ignore[attr-defined]
    for text in (family.upper(), f"{family}, {given[:2]}", given, email[:9], person.sourced_id):
        assert person.uid in text_of(matched.administrator.post(address, {"text": text})), text
    others = "student" if person.kind == "staff" else "staff"
    assert person.uid not in text_of(matched.administrator.post(address, {"text": family, "kind": others}))
    assert person.uid not in text_of(matched.administrator.post(f"{address}linked/", {"text": family}))
    page = text_of(matched.administrator.post(address, {"text": "nobody is called so", "kind": person.kind}))
    assert "Nobody here" in page
    many = text_of(matched.administrator.get(address, {"kind": person.kind}))
    assert f"kind={person.kind}" in many or "Next page" not in many


def test_a_disputed_person_shows_the_accounts_they_might_have(matched: Site, district: int) -> None:
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
