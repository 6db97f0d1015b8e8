"""Every page: nothing that axe finds, light and dark, on a desk and on a phone; no name of the roster is run."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service, sign_in
from tests.browser.furnished import Furnished
from tests.browser.walk import addresses, faults_of, looks
from tests.pages.weeks import HELD

# What is not there for who has no second factor, or where the first account was made long ago.
# There is no file of the Gateway log in a district whose zip is in order.
# The ways of people of the roster to their provider are told in their own story.
# Nothing was re-keyed; and identity providers alone come by SCIM. Teachers' pages are looked at in their own stories.
_ABSENT = (
    *("/first/", "/runs/gateway/", "/second-factor/recovery-codes/", "/second-factor/totp/deactivate/"),
    *("/signin/", "/me/", f"/runs/{HELD}/ids/mapping.csv", "/scim/v2/", "/console/"),
)
# The walk is made in parts, by the first word of the address, so that two processors share it; the longest come first,
# for what is begun last is waited for. The part without a word is of all other pages.
_PARTS = ("", "providers|notices|teachers-console", "runs", "connections", "roster", "directory", "groups")
# What is shown to who is not signed in.
_OUTSIDE = ("/sign-in/login/", "/sign-in/forgotten/", "/welcome/", "/sign-in/disabled/", "/no-such-page/", "/signin/")


@pytest.mark.covers("L42", "M01")
@pytest.mark.parametrize("part", _PARTS)
def test_every_page_of_an_administrator_is_whole(
    page: Page, furnished: Furnished, furnished_service: Service, part: str
) -> None:
    sign_in(page, furnished_service)
    seen, wrong = 0, {}
    for address in addresses(furnished):
        if _part(address) != part or address.startswith(_ABSENT):
            continue
        faults = faults_of(page, furnished_service.url + address)
        seen += faults is not None
        if faults:
            wrong[address] = faults
    assert seen > 4
    assert wrong == {}


def _part(address: str) -> str:
    word = address.split("/")[1]
    return next((part for part in _PARTS if word in part.split("|")), "")


@pytest.mark.covers("L42")
def test_pages_outside_of_an_account_are_whole(page: Page, furnished: Furnished, furnished_service: Service) -> None:
    wrong = {}
    for address in _OUTSIDE:
        page.goto(furnished_service.url + address.replace("/welcome/", f"/welcome/{furnished.places['<str:secret>']}/"))
        wrong[address] = looks(page)
    assert wrong == {address: [] for address in _OUTSIDE}


def test_the_menu_marks_where_one_is(page: Page, furnished_service: Service) -> None:
    sign_in(page, furnished_service)
    menu = page.get_by_role("navigation", name="Main")
    for name in menu.get_by_role("link").all_inner_texts():
        menu.get_by_role("link", name=name, exact=True).click()
        expect(menu.locator("[aria-current=page]")).to_have_text(re.compile(name))
    page.goto(f"{furnished_service.url}/connections/1/edit/")
    expect(menu.locator("[aria-current=page]")).to_have_text(re.compile("Connections"))
