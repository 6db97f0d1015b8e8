"""What people of the roster see once they are in: their own classes, their own children, and nothing else."""

import html
import re
import time

import pytest
from django.test import Client
from django.utils.timezone import localdate

from rosterkeeper.features.connections.dates import today_in
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.groups.models import Extra, Group
from rosterkeeper.features.people.models import Family, Person
from rosterkeeper.features.roster import fresh
from rosterkeeper.features.roster.models import LIVE, CatalogPerson
from rosterkeeper.features.roster.person import person as roster_person
from rosterkeeper.features.roster.places import class_record
from rosterkeeper.features.roster.scope import EVERYTHING
from rosterkeeper.features.signin.models import Provider, Served
from rosterkeeper.matching.tables import GroupKind, Kind, Member
from tests.identity.people import person
from tests.pages.site import HOST, Site, text_of


@pytest.fixture
def provider(synced: Site) -> Provider:
    """A provider for the synced district; nobody goes there."""
    made = Provider.objects.create(
        slug="x", name="X", issuer="https://x.example.org", client_id="x", kinds=[Kind.STAFF, Kind.STUDENT, Kind.PARENT]
    )
    Served.objects.create(provider=made, district_id=synced.connection().district_id)
    return made


def _as(who: Person, provider: Provider) -> Client:
    """A browser in which the person signed in a moment ago."""
    client = Client(headers={"host": HOST})
    session = client.session
    now = int(time.time())
    session["person"] = {"uid": who.uid, "provider": provider.pk, "began": now, "seen": now}
    session.save()
    client.cookies["session"] = session.session_key or ""
    return client


def _titles(page: str) -> list[str]:
    return re.findall(r'role="heading" aria-level="\d" dir="auto">([^<]+)<', page)


def _seats(connection: int, sourced_id: str) -> tuple[list[str], list[str]]:
    """The titles of the classes of a record, and the names of their teachers."""
    found = roster_person(EVERYTHING, connection, sourced_id)
    assert found is not None
    today = localdate().isoformat()
    on = [each for each in found.classes if each.is_current and each.begins <= today]
    taught = [each.taught for each in on if not each.ends or today <= each.ends]
    whole = [class_record(EVERYTHING, each.connection, each.sourced_id) for each in taught]
    return sorted(each.title for each in taught), [seat.person.name for each in whole if each for seat in each.teachers]


def _learner(connection: int) -> str:
    """A student who is in classes that somebody else is not in."""
    ids = CatalogPerson.objects.filter(connection_id=connection, roles__contains="student", status="active")
    return next(each.sourced_id for each in ids.order_by("pk") if _seats(connection, each.sourced_id)[0])


@pytest.mark.covers("L01")
def test_a_student_sees_their_own_classes_with_the_teachers_and_no_one_else(synced: Site, provider: Provider) -> None:
    north = synced.connection()
    assert fresh.refresh(north.pk).code == ""
    sven = person(north, _learner(north.pk), kind=Kind.STUDENT)

    page = text_of(_as(sven, provider).get("/me/"))

    titles, teachers = _seats(north.pk, sven.sourced_id)
    assert sorted(html.unescape(each) for each in _titles(page)) == titles
    assert all(html.escape(each) in page for each in teachers)
    others = CatalogPerson.objects.filter(connection_id=north.pk, roles__contains="student")
    names = LIVE["users"]._default_manager.filter(
        connection_id=north.pk, sourced_id__in=others.exclude(sourced_id=sven.sourced_id).values("sourced_id")
    )
    assert not any(f" {each} " in page for each in names.values_list("email", flat=True))


def test_classes_that_are_not_looked_up_yet_are_on_their_way_and_come_by_themselves(
    synced: Site, provider: Provider
) -> None:
    north = synced.connection()
    roster = LIVE["enrollments"]._default_manager.filter(connection_id=north.pk, role="student")
    sven = person(north, roster.order_by("pk").values_list("user_sourced_id", flat=True)[0], kind=Kind.STUDENT)
    mother = person(north, "p-1", kind=Kind.PARENT)
    Family.objects.create(student_id=sven.pk, parent_id=mother.pk, district_id=north.district_id)
    theirs = [_as(each, provider) for each in (sven, mother)]
    for client in theirs:
        page = text_of(client.get("/me/"))
        assert "The classes are being put together" in page
        assert 'hx-get="/me/"' in page
        assert client.get("/me/", headers={"HX-Request": "true"}).status_code == 204

    assert fresh.refresh(north.pk).code == ""
    for client in theirs:
        page = text_of(client.get("/me/", headers={"HX-Request": "true"}))
        assert _titles(page) == _seats(north.pk, sven.sourced_id)[0]
        assert "hx-get" not in page

    roster.filter(user_sourced_id=sven.sourced_id).update(status="tobedeleted")
    page = text_of(theirs[0].get("/me/"))
    assert "There is no class today." in page
    assert "hx-get" not in page


def test_the_day_on_which_classes_are_shown_is_the_districts(synced: Site, provider: Provider) -> None:
    north = synced.connection()
    assert fresh.refresh(north.pk).code == ""
    sven = person(north, _learner(north.pk), kind=Kind.STUDENT)
    seats = LIVE["enrollments"]._default_manager.filter(connection_id=north.pk, user_sourced_id=sven.sourced_id)
    # One of these is always at another date than the server, a day ahead or behind.
    here = localdate()
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        District.objects.filter(pk=north.district_id).update(zone=zone)
        there = today_in(north.district_id)
        seats.update(begin_date=there.isoformat(), end_date=there.isoformat())
        assert _titles(text_of(_as(sven, provider).get("/me/")))
        if there != here:
            seats.update(begin_date=here.isoformat(), end_date=here.isoformat())
            assert not _titles(text_of(_as(sven, provider).get("/me/")))


@pytest.mark.covers("L01")
def test_a_teacher_sees_the_classes_they_teach_and_the_groups_they_cover(synced: Site, provider: Provider) -> None:
    north = synced.connection()
    assert fresh.refresh(north.pk).code == ""
    ids = CatalogPerson.objects.filter(connection_id=north.pk, roles__contains="teacher", status="active")
    anna = person(north, next(e.sourced_id for e in ids if _seats(north.pk, e.sourced_id)[0]))
    group = Group.objects.create(district_id=north.district_id, kind=GroupKind.CUSTOM, name="Chess <club>")
    Extra.objects.create(group_id=group.pk, person_id=anna.pk, district_id=north.district_id, role=Member.OWNER)
    Group.objects.create(district_id=north.district_id, kind=GroupKind.CUSTOM, name="Of others")

    page = text_of(_as(anna, provider).get("/me/"))

    titles, _ = _seats(north.pk, anna.sourced_id)
    assert [html.unescape(each) for each in _titles(page)] == [*titles, "Chess <club>"]
    assert "Of others" not in page


@pytest.mark.covers("L01")
def test_a_parent_sees_their_children_s_classes_and_no_other_child(synced: Site, provider: Provider) -> None:
    north = synced.connection()
    assert fresh.refresh(north.pk).code == ""
    child = person(north, _learner(north.pk), kind=Kind.STUDENT)
    person(north, "somebody-else", kind=Kind.STUDENT)
    mother, father = (person(north, each, kind=Kind.PARENT) for each in ("p-1", "p-2"))
    Family.objects.create(student_id=child.pk, parent_id=mother.pk, district_id=north.district_id)

    page = text_of(_as(mother, provider).get("/me/"))
    assert f"Ada {child.sourced_id}" in page
    assert "somebody-else" not in page
    assert [html.unescape(each) for each in _titles(page)] == _seats(north.pk, child.sourced_id)[0]

    assert "No child is linked to you" in text_of(_as(father, provider).get("/me/"))
