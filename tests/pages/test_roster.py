"""The roster browser over a synced district: what is found, what a school's viewer sees, and what an address holds."""

import json

import pytest
from django.test import Client

from rosterkeeper.features.accounts.models import AccountSchool
from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.features.roster import fresh, listing, person, places, trends, why
from rosterkeeper.features.roster.listing import Wanted, people
from rosterkeeper.features.roster.models import LIVE, CatalogClass, CatalogPerson, Decision, Health
from rosterkeeper.features.roster.scope import EVERYTHING, Scope
from rosterkeeper.store.decisions import Fate
from tests.pages.site import Site, text_of

HTMX = {"HX-Request": "true"}


@pytest.fixture
def browsed(synced: Site) -> Site:
    """The synced district with its catalog."""
    assert fresh.refresh(synced.connection().pk).code == ""
    return synced


def _live(**wanted: str) -> dict[str, str]:
    row = LIVE["users"]._default_manager.filter(status="active", **wanted).order_by("sourced_id").values().first()
    assert row is not None
    return {name: str(value) for name, value in row.items()}


def _found(text: str, scope: Scope = EVERYTHING, **more: object) -> set[str]:
    page = people(scope, Wanted(text=text, **more), number=1000)  # type: ignore[arg-type]
    return {each.sourced_id for each in page.people}


def _school_of(scope_of: CatalogPerson) -> str:
    school: str = json.loads(scope_of.schools)[0]
    return school


def test_a_person_is_found_by_how_name_email_username_and_ids_begin(browsed: Site) -> None:
    one = _live()
    for column in ("given_name", "family_name", "email", "username", "identifier", "sourced_id"):
        assert one["sourced_id"] in _found(one[column]), column
    assert one["sourced_id"] in _found(f"{one['family_name'][:2].upper()} {one['given_name'][:2]}")
    assert _found("nobody-is-called-so") == set()


def test_what_means_something_to_a_database_means_nothing_in_a_search(browsed: Site) -> None:
    for typed in ('"a" OR "b"', "a* NOT b", "col:a", "^a", "NEAR(a b)", "%", "a' --", "\\", "=a", "&|!()"):
        assert isinstance(_found(typed), set), typed
    assert _found("=a zzzz") == set()


def test_pages_follow_one_another_by_rank_without_gap_or_repetition(browsed: Site) -> None:
    seen: list[str] = []
    after = ""
    while True:
        page = people(EVERYTHING, Wanted(), after=after, number=17)
        seen += [each.sourced_id for each in page.people]
        after = page.after
        if not after:
            break
        assert set(after) <= set("0123456789:,")
    assert len(seen) == len(set(seen)) == LIVE["users"]._default_manager.filter(status="active").count()


@pytest.mark.covers("L42")
def test_a_school_viewer_reaches_nobody_of_another_school_by_any_way(browsed: Site) -> None:
    number = browsed.connection().pk
    rows = list(CatalogPerson.objects.filter(status="active"))
    mine = _school_of(rows[0])
    scope = Scope(frozenset({(number, mine)}))
    others = [row for row in rows if mine not in json.loads(row.schools or "[]")]
    inside = {row.sourced_id for row in rows} - {row.sourced_id for row in others}
    other = others[0]
    assert _found("", scope) == inside
    assert _found(_live(sourced_id=other.sourced_id)["email"], scope) == set()
    elsewhere = next(school for row in others for school in json.loads(row.schools or "[]"))
    assert _found("", scope, connection=number, school=elsewhere) == set()
    assert person.person(scope, number, other.sourced_id) is None
    assert person.history(scope, number, other.sourced_id) is None
    assert why.asked_for(scope, other.sourced_id) == []
    assert {each.sourced_id for each in places.schools(scope, number)} == {mine}
    seen = places.classes(scope, places.ClassesWanted(connection=number), number=1000).classes
    assert {each.school for each in seen} == {mine}
    foreign = CatalogClass.objects.exclude(school_sourced_id=mine).first()
    assert foreign is not None
    assert places.class_record(scope, number, foreign.sourced_id) is None
    assert set(trends.by_school(scope, number)) <= {mine}
    assert _found("", Scope(frozenset())) == set()


def test_a_school_viewers_pages_are_those_of_the_school_and_no_others(browsed: Site) -> None:
    number = browsed.connection().pk
    rows = list(CatalogPerson.objects.filter(status="active"))
    mine = _school_of(rows[0])
    other = next(row for row in rows if mine not in json.loads(row.schools or "[]"))
    viewer = browsed.signed_in(Role.SCHOOL)
    AccountSchool.objects.create(account=browsed.account(Role.SCHOOL), connection_id=number, org=mine)
    assert viewer.get("/roster/").status_code == 200
    assert viewer.get(f"/roster/{number}/person/{rows[0].sourced_id}").status_code == 200
    assert viewer.get(f"/roster/{number}/person/{other.sourced_id}").status_code == 404
    assert viewer.get(f"/roster/{number}/school/{_school_of(other)}").status_code == 404
    assert other.sourced_id not in text_of(viewer.post("/roster/people/", {"text": other.sourced_id}, headers=HTMX))


def test_what_is_typed_counts_in_a_body_and_never_in_an_address(browsed: Site) -> None:
    one = _live()
    client: Client = browsed.administrator
    typed = text_of(client.post("/roster/people/", {"text": one["email"]}, headers=HTMX))
    assert one["sourced_id"] in typed
    assert "<html" not in typed
    whole = text_of(client.get("/roster/people/", {"text": "nobody-is-called-so"}))
    assert "Nobody found" not in whole


@pytest.mark.covers("L25", "S16", "M15")
def test_every_page_of_the_roster_shows_what_it_is_about(browsed: Site) -> None:
    number = browsed.connection().pk
    client = browsed.administrator
    one = CatalogPerson.objects.exclude(seat_ids="").first()
    assert one is not None
    taught = CatalogClass.objects.filter(students__gt=0).first()
    assert taught is not None
    school = _school_of(one)
    title = LIVE["classes"]._default_manager.filter(sourced_id=taught.sourced_id).values_list("title", flat=True).get()
    pages = {
        "/roster/": "Students",
        "/roster/people/": "Next page",
        f"/roster/{number}/schools/": listing.school_names(number, [school])[school],
        f"/roster/{number}/school/{school}": listing.school_names(number, [school])[school],
        f"/roster/{number}/classes/": "Title",
        f"/roster/{number}/class/{taught.sourced_id}": title,
        f"/roster/{number}/terms/": "Kind",
        f"/roster/{number}/person/{one.sourced_id}": "givenName",
        f"/roster/{number}/health/": "Students without classes",
        "/roster/missing/": "sourcedId",
    }
    for address, words in pages.items():
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert words in text_of(answer), address
    assert client.get(f"/roster/{number}/person/nobody").status_code == 404
    assert client.get("/roster/999/schools/").status_code == 404


def test_a_persons_page_lists_their_classes_and_a_class_lists_them(browsed: Site) -> None:
    number = browsed.connection().pk
    row = CatalogPerson.objects.filter(status="active").exclude(seat_ids="").first()
    assert row is not None
    found = person.person(EVERYTHING, number, row.sourced_id)
    assert found is not None
    enrollments = LIVE["enrollments"]._default_manager.filter(user_sourced_id=row.sourced_id)
    assert {each.taught.sourced_id for each in found.classes} == set(
        enrollments.values_list("class_sourced_id", flat=True)
    )
    record = places.class_record(EVERYTHING, number, found.classes[0].taught.sourced_id)
    assert record is not None
    assert row.sourced_id in {each.person.sourced_id for each in (*record.students, *record.teachers, *record.others)}


def test_history_tells_what_a_run_changed_field_by_field(browsed: Site) -> None:
    number = browsed.connection().pk
    source = browsed.connection().settings["path"]
    browsed.installation.run("sample", source, "--users", 120, "--seed", 5, "--day", 2).ok()
    browsed.administrator.post(f"/connections/{number}/sync/")
    assert browsed.work() == 1
    touched = (
        LIVE["users"]._default_manager.filter(status="active", changed_run__gt=1).values_list("sourced_id", flat=True)
    )
    assert fresh.behind() == [number]
    assert fresh.refresh(number).code == ""
    changes = [change for each in touched for change in person.history(EVERYTHING, number, each) or []]
    updated = [change for change in changes if change.entity == "users" and change.op == "update"]
    assert updated
    assert all(before != after for change in updated for _, before, after in change.fields)


def test_why_somebody_is_missing_is_told_from_the_decision_with_the_next_step(browsed: Site) -> None:
    number = browsed.connection().pk
    Decision.objects.create(connection_id=number, sourced_id="out", run_id=1, fate=Fate.LEFT_OUT, code="option.grade")
    Decision.objects.create(
        connection_id=number, sourced_id="bad", run_id=1, fate=Fate.REJECTED, code="row.invalid_status", field="status"
    )
    for sourced_id, code in (("out", "why.left_out"), ("bad", "why.rejected"), ("none", "why.not_in_source")):
        (told,) = why.asked_for(EVERYTHING, sourced_id)
        assert told.reasons[0].code == code
        assert all(reason.says and reason.todo for reason in told.reasons)
        page = text_of(browsed.administrator.post("/roster/missing/", {"typed": sourced_id}, headers=HTMX))
        assert code in page
    scoped = Scope(frozenset({(number, "o-1001")}))
    assert why.asked_for(scope=scoped, typed="out") == []


def test_somebody_who_is_there_is_told_to_be_there(browsed: Site) -> None:
    one = _live()
    (told,) = why.asked_for(EVERYTHING, one["sourced_id"])
    assert "why.present" in {reason.code for reason in told.reasons}


@pytest.mark.covers("L39")
def test_people_of_a_deleted_connection_are_there_and_called_unmanaged(browsed: Site) -> None:
    found = browsed.connection()
    number = found.pk
    found.removed_at = found.created_at
    found.save()
    assert people(EVERYTHING, Wanted()).people
    assert "unmanaged" in text_of(browsed.administrator.get("/roster/"))
    assert "unmanaged" in text_of(browsed.administrator.get(f"/roster/{number}/schools/"))


def test_before_there_is_a_catalog_the_pages_say_that_it_is_being_made(synced: Site) -> None:
    number = synced.connection().pk
    assert fresh.behind() == [number]
    assert fresh.freshness(number).is_missing
    assert "lists of this roster are made" in text_of(synced.administrator.get("/roster/"))
    assert Health.objects.count() == 0
