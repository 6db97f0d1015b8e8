"""A teacher at the console: recognised, classes there, one started; cover; a key that is good no more."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.request import Request, urlopen

import pytest
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from rosterkeeper.features.console import keys
from rosterkeeper.features.console.models import Lesson
from rosterkeeper.features.console.models.lessons import Why
from rosterkeeper.features.groups import changing
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import Family, Person
from rosterkeeper.launcher.keys import read_key
from rosterkeeper.launcher.launch import Computer, new_launch
from rosterkeeper.matching.tables import GroupKind
from rosterkeeper.service.signing import signing_key
from tests.browser.conftest import Service, running
from tests.browser.walk import looks
from tests.installation import Installation
from tests.pages.classrooms import Classrooms, classrooms, record_of
from tests.pages.conftest import matched_template  # noqa: F401 -- a fixture
from tests.pages.site import Site

# So many that they are searched within the page.
_MANY = 14


@dataclass(frozen=True)
class Console:
    """A service with a school's classes of today, and one of its teachers with many of them."""

    service: Service
    rooms: Classrooms
    teacher: Person
    colleague: Person

    def launch(self, page: Page, login: str, **settings: str) -> None:
        """Open the console on the page as the school's computer does for whoever has logged in to it."""
        here = {"school": "", "cover": "1", "view": "icons", **settings}
        place = self.service.url.removeprefix("http://")
        secret = read_key(self.rooms.text)
        launch = new_launch(secret, Computer(server=place, login=login, **here), datetime.now(UTC))
        body = json.dumps(launch.told(launch.signed_with(secret), client="1.0.0")).encode()
        asked = Request(f"{self.service.url}/console/launch", body, {"Content-Type": "application/json"})
        with urlopen(asked) as answer:
            page.goto(json.load(answer)["address"])

    def name_of(self, person: Person) -> tuple[str, str]:
        """A person's username and family name."""
        with self.service.installation.in_process():
            record = record_of(person)
        return record["username"], record["family_name"]


@pytest.fixture(scope="module")
def console(matched_template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:  # noqa: F811
    """The console's service, shared; a story that needs a class of its own takes one that nobody has open."""
    folder = tmp_path_factory.mktemp("console") / "data"
    shutil.copytree(matched_template.data_dir, folder)
    made = replace(matched_template, data_dir=folder)
    with made.in_process():
        rooms = classrooms(Site(made))
        teacher = rooms.teacher()
        mine = Group.objects.filter(school_sourced_id=rooms.school.sourced_id, status="active").exclude(owners="[]")
        owners = {number for each in mine for number in json.loads(each.owners)} - {teacher.pk}
        colleague = Person.objects.filter(pk__in=owners).order_by("pk")[0]
        for number in range(_MANY):
            changing.make(rooms.district, GroupKind.MERGED, f"Set {number}", parts=[rooms.group()])
    with running(made) as service:
        yield Console(service, rooms, teacher, colleague)


@pytest.mark.covers("N30", "N33", "N35")
def test_a_recognised_teacher_starts_a_class_in_two_actions(page: Page, console: Console) -> None:
    username, _ = console.name_of(console.teacher)
    console.launch(page, f"SCHOOL\\{username.upper()}")
    expect(page.get_by_role("heading", name="New class")).to_be_visible()
    expect(page.get_by_label("Teacher username")).to_have_value(re.compile(re.escape(f"({username})")))
    assert looks(page) == []
    first = page.locator("[data-class]").first
    name = first.locator(".class-name").inner_text()
    first.click()
    expect(first.get_by_role("radio")).to_be_checked()
    page.get_by_role("button", name="Start class").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page).to_have_url(re.compile("/console/lessons/"))


@pytest.mark.covers("N33", "N34")
def test_a_class_is_searched_switched_to_the_list_and_started_by_keyboard(page: Page, console: Console) -> None:
    username, _ = console.name_of(console.teacher)
    console.launch(page, username)
    page.get_by_role("button", name="List view").click()
    expect(page.get_by_role("columnheader", name="Period")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="List view")).to_have_attribute("aria-pressed", "true")
    assert looks(page) == []
    rows = page.locator("[data-class]")
    every, wanted = rows.count(), rows.nth(3).locator(".class-name").inner_text()
    page.get_by_label("Search these classes").fill(wanted.upper())
    expect(page.locator("[data-class]:visible").first.locator(".class-name")).to_have_text(wanted)
    assert page.locator("[data-class]:visible").count() < every
    page.get_by_label("Search these classes").fill("no such class")
    expect(page.get_by_text("No class has that in it")).to_be_visible()
    page.get_by_label("Search these classes").fill("")
    rows.nth(1).get_by_role("radio").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(rows.nth(2).get_by_role("radio")).to_be_checked()
    expect(page).to_have_url(re.compile("/console/$"))
    name = rows.nth(2).locator(".class-name").inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=name)).to_be_visible()


@pytest.mark.covers("N33")
def test_a_double_click_or_a_tap_starts_a_class(page: Page, browser: Browser, console: Console) -> None:
    username, _ = console.name_of(console.teacher)
    console.launch(page, username)
    page.locator("[data-class]").nth(1).dblclick()
    expect(page).to_have_url(re.compile("/console/lessons/"))
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    hand = phone.new_page()
    console.launch(hand, username)
    expect(hand.get_by_text("Tap a class to start it.")).to_be_visible()
    hand.locator("[data-class]").nth(1).tap()
    expect(hand).to_have_url(re.compile("/console/lessons/"))
    phone.close()


@pytest.mark.covers("N29", "N31")
def test_a_colleagues_lesson_is_covered_by_typing_and_arrow_keys(page: Page, console: Console) -> None:
    console.launch(page, "nobody-here")
    expect(page.get_by_role("heading", name="This computer's login is no teacher's here")).to_be_visible()
    username, family = console.name_of(console.colleague)
    box = page.get_by_role("combobox", name="Teacher username")
    options = page.get_by_role("listbox", name="Teachers").get_by_role("option")
    box.click()
    expect(options.first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    assert looks(page) == []
    box.click()
    box.press_sequentially(username)
    expect(options).to_have_count(1)
    expect(options).to_contain_text(username)
    expect(page.locator("#teacher-told")).to_have_text("1 teacher found.")
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_value(username)
    page.keyboard.press("ArrowDown")
    expect(options).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "teacher-1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile(re.escape(family)))).to_contain_text("cover")
    expect(page.get_by_text("Chosen by hand, which is written down.")).to_be_visible()
    page.locator("[data-class]").first.click()
    page.get_by_role("button", name="Start class").click()
    expect(page).to_have_url(re.compile("/console/lessons/"))
    expect(page.get_by_role("main")).to_contain_text(re.compile("cover", re.IGNORECASE))


@pytest.mark.covers("N19")
def test_a_key_that_is_revoked_ends_the_visit_with_the_next_step(page: Page, console: Console) -> None:
    username, _ = console.name_of(console.teacher)
    with console.service.installation.in_process():
        key, text = keys.make(console.rooms.district, console.rooms.school.value)
    other = replace(console, rooms=replace(console.rooms, key=key, text=text))
    other.launch(page, username)
    expect(page.locator("[data-class]").first).to_be_visible()
    with console.service.installation.in_process():
        keys.revoke(key)
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("The security key of this computer was revoked.")
    expect(page.get_by_role("main")).to_contain_text("Next step:")
    assert looks(page) == []


@pytest.mark.covers("N21", "N28")
def test_what_policy_locks_is_shown_as_managed_and_cannot_be_changed(page: Page, console: Console) -> None:
    username, _ = console.name_of(console.teacher)
    with console.service.installation.in_process():
        key, text = keys.make(console.rooms.district, "")
    other = replace(console, rooms=replace(console.rooms, key=key, text=text))
    school = console.rooms.school
    other.launch(page, username, school=school.name)
    expect(page.get_by_role("combobox", name="School name")).to_have_value(school.value)
    expect(page.get_by_role("combobox", name="Teacher username")).to_be_visible()
    expect(page.get_by_text("managed", exact=True)).to_have_count(0)

    other.launch(page, username, school=school.name, view="list", cover="0", managed="school,cover,view")
    whose = page.get_by_role("region", name="Whose classes")
    expect(whose.get_by_text("managed", exact=True)).to_have_count(2)
    expect(whose).to_contain_text(school.name)
    expect(whose.get_by_role("combobox")).to_have_count(0)
    expect(whose.get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("managed", exact=True)).to_have_count(3)
    expect(page.get_by_role("button", name="Icon view")).to_have_count(0)
    expect(page.get_by_role("columnheader", name="Period")).to_be_visible()
    assert looks(page) == []
    page.get_by_role("link", name="Configure").click()
    expect(page.get_by_role("main")).to_contain_text("Student Selection Mode")
    expect(page.get_by_role("main").get_by_role("combobox")).to_have_count(0)
    expect(page.get_by_text("managed", exact=True)).to_have_count(2)
    assert looks(page) == []
    page.get_by_role("link", name="Cancel").click()
    page.locator("[data-class]").first.dblclick()
    expect(page).to_have_url(re.compile("/console/lessons/"))


@pytest.mark.covers("N21", "N23", "N24")
def test_the_school_is_configured_from_the_new_class_page(page: Page, console: Console) -> None:
    username, _ = console.name_of(console.teacher)
    with console.service.installation.in_process():
        key, text = keys.make(console.rooms.district, "")
    other = replace(console, rooms=replace(console.rooms, key=key, text=text))
    other.launch(page, username)
    school = page.get_by_role("combobox", name="School name")
    expect(school).to_have_value("")
    page.get_by_role("link", name="Configure").click()
    school.select_option(console.rooms.school.value)
    assert looks(page) == []
    page.get_by_role("button", name="OK").click()
    expect(school).to_have_value(console.rooms.school.value)
    other.launch(page, username)
    expect(school).to_have_value(console.rooms.school.value)


def _without_one(console: Console) -> tuple[Group, int, list[int]]:
    """A class that nobody has open, whom it lost just now, and who is left in it."""
    with console.service.installation.in_process():
        Lesson.objects.filter(ended_at=None).update(ended_at=timezone.now(), ended_why=Why.HAND)
        group = console.rooms.group()
        lost, *left = json.loads(group.students)
        Group.objects.filter(pk=group.pk).update(students=json.dumps(left))
    return group, lost, left


def _look_again(page: Page) -> None:
    """Let the page ask at once what has changed, as it does every ten seconds and when somebody comes back to it."""
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))")


@pytest.mark.covers("N33")
def test_a_class_is_marked_joined_late_ended_and_exported(page: Page, console: Console) -> None:
    group, late, others = _without_one(console)
    with console.service.installation.in_process():
        joiner = Person.objects.get(pk=late).uid
    console.launch(page, console.name_of(console.teacher)[0])
    page.locator(f"[data-class] input[value='{group.uid}']").check()
    page.get_by_role("button", name="Start class").click()
    children = page.locator("[data-child]")
    expect(children).to_have_count(len(others))
    first = children.first
    first.get_by_role("button", name="Late", exact=True).click()
    expect(first.get_by_text("saved", exact=True)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("3")
    expect(children.nth(1).get_by_role("button", name="Absent", exact=True)).to_have_attribute("aria-pressed", "true")
    page.route("**/mark/**", lambda route: route.abort())
    children.nth(2).get_by_role("button", name="Present", exact=True).click()
    expect(children.nth(2)).to_contain_text("not saved, try again")
    expect(children.nth(2).get_by_text("not saved, try again")).to_be_visible()
    page.unroute("**/mark/**")
    page.reload()
    expect(first.get_by_role("button", name="Late", exact=True)).to_have_attribute("aria-pressed", "true")
    assert looks(page) == []

    with console.service.installation.in_process():
        Group.objects.filter(pk=group.pk).update(students=json.dumps([late, *others]))
    _look_again(page)
    expect(page.locator(f"#child-{joiner}")).to_be_visible()
    page.get_by_role("button", name="All present").click()
    expect(page.locator("#counts")).to_contain_text("0 not marked")

    page.get_by_role("link", name="End class").click()
    assert looks(page) == []
    page.get_by_role("button", name="End class").click()
    expect(page.get_by_text("by the teacher")).to_be_visible()
    assert looks(page) == []
    with page.expect_download() as handed:
        page.get_by_role("link", name="Attendance as CSV").click()
    rows = handed.value.path().read_text(encoding="utf-8").splitlines()
    assert len(rows) == len(others) + 2
    page.get_by_role("navigation", name="Console").get_by_role("link", name="Past classes").click()
    expect(page.get_by_role("table")).to_contain_text("1 Late")
    assert looks(page) == []


def test_guardians_and_what_is_not_found_are_whole(page: Page, console: Console) -> None:
    group, _, others = _without_one(console)
    made = console.service.installation
    # The session is of that installation's key, and not of the one that this process began with.
    with made.in_process(), override_settings(SECRET_KEY=signing_key(made.configuration)):
        child, signed_in = Person.objects.get(pk=others[0]), console.rooms.signed_in(console.teacher)
        Family.objects.create(
            student_id=child.pk, parent_id=console.colleague.pk, district_id=child.district_id, relationship="guardian"
        )
        lesson = signed_in.post("/console/start/", {"group": group.uid})["Location"]
    session = signed_in.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": session, "url": console.service.url}])
    page.goto(console.service.url + lesson)
    page.locator(f"#child-{child.uid}").get_by_role("link", name=re.compile("^Guardians of")).click()
    expect(page.get_by_role("table").get_by_role("link", name=re.compile("@"))).to_be_visible()
    assert looks(page) == []
    page.goto(f"{console.service.url}/console/lessons/nowhere/")
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    assert looks(page) == []
    page.get_by_role("main").get_by_role("link", name="New class").click()
    expect(page.get_by_role("heading", name="New class")).to_be_visible()


def test_a_guest_is_looked_for_and_added(page: Page, console: Console) -> None:
    group, guest, others = _without_one(console)
    with console.service.installation.in_process():
        pupil = Person.objects.get(pk=guest)
    username, _ = console.name_of(pupil)
    console.launch(page, console.name_of(console.teacher)[0])
    page.locator(f"[data-class] input[value='{group.uid}']").check()
    page.get_by_role("button", name="Start class").click()
    expect(page.locator("[data-child]")).to_have_count(len(others))
    page.get_by_role("link", name="Add a guest").click()
    page.get_by_label("Name, username or student id").fill(username)
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("button", name=re.compile("^Add "))).to_have_count(1)
    assert looks(page) == []
    page.get_by_role("button", name=re.compile("^Add ")).click()
    expect(page.locator(f"#child-{pupil.uid}").get_by_text("guest", exact=True)).to_be_visible()


@pytest.mark.covers("N33")
def test_a_server_that_is_gone_is_told_and_what_was_clicked_is_saved_when_it_is_back(
    page: Page, console: Console
) -> None:
    group, _, others = _without_one(console)
    console.launch(page, console.name_of(console.teacher)[0])
    page.locator(f"[data-class] input[value='{group.uid}']").check()
    page.get_by_role("button", name="Start class").click()
    children = page.locator("[data-child]")
    expect(children).to_have_count(len(others))
    page.context.set_offline(True)
    late = children.first.get_by_role("button", name="Late", exact=True)
    late.click()
    told = page.get_by_role("alert").get_by_text("The server cannot be reached.")
    expect(told).to_contain_text("saved once the server answers again")
    expect(children.first.get_by_text("not saved")).to_be_visible()
    expect(late).to_have_class(re.compile("is-waiting"))
    assert looks(page) == []
    page.context.set_offline(False)
    expect(told).to_be_hidden()
    expect(children.first.get_by_text("saved", exact=True)).to_be_visible()
    expect(late).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(late).to_have_attribute("aria-pressed", "true")
