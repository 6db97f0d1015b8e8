"""The Configure page of the console: this computer's settings in brief, and the school that is chosen at first."""

import pytest
from django.test import Client

from rosterkeeper.features.console import keys, schools
from rosterkeeper.features.console.schools import School
from tests.pages.classrooms import Classrooms, record_of
from tests.pages.site import HOST, text_of


def _other(rooms: Classrooms) -> School:
    return next(each for each in schools.served(rooms.district) if each != rooms.school)


def _chosen(client: Client) -> str:
    """The school that the New Class page has chosen."""
    page = text_of(client.get("/console/"))
    options = page.partition('id="school"')[2].partition("</select>")[0]
    before, selected, _ = options.partition(" selected")
    return before.rpartition('value="')[2].rstrip('"') if selected else ""


@pytest.mark.covers("N20", "N21", "N22")
def test_the_configure_button_shows_what_sis_mode_needs_and_nothing_else(rooms: Classrooms) -> None:
    client = rooms.came_in("nobody", managed="server,student_selection_mode", cover="0")
    assert 'href="/console/configure/"' in text_of(client.get("/console/"))
    page = text_of(client.get("/console/configure/"))
    for told in (
        f"<code>http://{HOST}</code>",
        f"<code>{rooms.key.key_id}</code>",
        "Use Name &amp; Connectivity Server",
        "Connect to SIS",
        rooms.school.name,
        "configure --full",
    ):
        assert told in page
    assert page.count(" managed</span>") == 2
    assert "Class view" not in page
    assert rooms.text not in page


@pytest.mark.covers("N21", "N23", "N24")
def test_ok_keeps_the_school_for_the_next_launches_and_cancel_changes_nothing(rooms: Classrooms) -> None:
    rooms.key, rooms.text = keys.make(rooms.district, "")
    login, other = record_of(rooms.teacher())["username"], _other(rooms)
    client = rooms.came_in(login, school=rooms.school.sourced_id)
    assert f'value="{rooms.school.value}" selected' in text_of(client.get("/console/configure/"))
    assert _chosen(client) == rooms.school.value
    client.post("/console/choose/", {"school": ""})
    assert client.post("/console/configure/save/", {"school": other.value})["Location"] == "/console/"
    assert _chosen(client) == other.value
    again = rooms.came_in(login, school=rooms.school.sourced_id)
    again.cookies["console_school"] = client.cookies["console_school"].value
    assert _chosen(again) == other.value
    again.post("/console/configure/save/", {"school": ""})
    assert _chosen(again) == ""
    assert again.post("/console/configure/save/", {"school": "1:elsewhere"}).status_code == 404


@pytest.mark.covers("N28")
def test_a_school_that_policy_holds_wins_over_what_the_browser_keeps(rooms: Classrooms) -> None:
    rooms.key, rooms.text = keys.make(rooms.district, "")
    login = record_of(rooms.teacher())["username"]
    free = rooms.came_in(login)
    held = rooms.came_in(login, school=rooms.school.sourced_id, managed="school")
    for kept in (_other(rooms).value, ""):
        free.post("/console/configure/save/", {"school": kept})
        held.cookies["console_school"] = free.cookies["console_school"].value
        page = text_of(held.get("/console/configure/"))
        assert f'dir="auto">{rooms.school.name}</dd>' in page
        assert "<select" not in page.partition("</main>")[0]
    assert held.post("/console/configure/save/", {"school": _other(rooms).value}).status_code == 404


def test_whoever_has_signed_in_has_no_computers_settings(rooms: Classrooms) -> None:
    client = rooms.signed_in(rooms.teacher())
    page = text_of(client.get("/console/configure/"))
    assert "You have signed in" in page
    assert "Security key" not in page
