"""Signing in with a second factor, working without a mouse, and on a phone."""

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest
from playwright.sync_api import Page, expect

from rosterkeeper.features.accounts.rights import Role
from tests.browser.conftest import Service, sign_in
from tests.browser.walk import PHONE, barriers, looks
from tests.pages.site import PASSWORD, Site

_MOST_STOPS = 60


def _code(secret: str, at: float) -> str:
    """The six digits of RFC 6238 that an authenticator app shows at that time."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(at // 30)), hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


@pytest.mark.covers("S07")
def test_a_second_factor_is_set_up_and_asked_for(page: Page, synced_service: Service) -> None:
    with synced_service.installation.in_process():
        Site(synced_service.installation).account(Role.VIEWER)
    sign_in(page, synced_service, "viewer@example.org")
    page.goto(f"{synced_service.url}/second-factor/")
    page.get_by_role("link", name="Set up").click()
    # However lately somebody has signed in, the password is asked for again: the screen may have been left alone.
    page.get_by_label("Password").fill(PASSWORD)
    assert looks(page) == []
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Set up an authenticator app")).to_be_visible()
    assert looks(page) == []
    secret = page.locator("main code").first.inner_text()
    page.get_by_role("textbox").last.fill(_code(secret, time.time()))
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert looks(page) == []
    recovery = page.locator("#codes").inner_text().split()
    assert len(recovery) == 10
    page.goto(f"{synced_service.url}/second-factor/")
    for name in ("Remove", "Make new codes"):
        page.get_by_role("link", name=name).click()
        assert looks(page) == [], name
        page.go_back()

    # A code is good once: the next one counts already (one step of tolerance).
    for number, code in enumerate((_code(secret, time.time() + 30), recovery[0])):
        page.get_by_role("button", name="Sign out").click()
        sign_in(page, synced_service, "viewer@example.org")
        expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
        assert number or looks(page) == []
        page.get_by_role("textbox").last.fill(code)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def _reach(page: Page, name: str) -> None:
    """Go by Tab to the control of that name or text."""
    for _ in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        if name in page.evaluate("() => document.activeElement.name || document.activeElement.innerText || ''"):
            return
    raise AssertionError(f"{name} is not reached by the keyboard")


def test_signing_in_and_syncing_need_no_mouse(page: Page, synced_service: Service) -> None:
    page.goto(f"{synced_service.url}/sign-in/login/")
    _reach(page, "login")
    page.keyboard.type("alice@example.org")
    _reach(page, "password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    _reach(page, "Sync now")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You may close this page")).to_be_visible()
    expect(page.get_by_text("has just ended")).to_be_visible(timeout=60_000)


@pytest.mark.covers("L42")
def test_the_menu_opens_on_a_phone(page: Page, synced_service: Service) -> None:
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    sign_in(page, synced_service)
    assert barriers(page) == []
    menu = page.get_by_role("navigation", name="Main")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(menu).to_be_visible()
    assert barriers(page) == []
    menu.get_by_role("link", name="Runs").click()
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    expect(menu).to_be_hidden()


def test_what_was_typed_waits_through_signing_in_again_but_for_secrets(page: Page, synced_service: Service) -> None:
    with synced_service.installation.in_process():
        Site(synced_service.installation).account(Role.MANAGER)
    sign_in(page, synced_service)
    address = f"{synced_service.url}/connections/add/classlink/"
    for email, is_kept in (("alice@example.org", True), ("manager@example.org", False)):
        page.goto(address)
        page.get_by_label("Name", exact=True).fill("south")
        page.get_by_label("Tenant ID and API Key").check()
        page.get_by_label("Tenant ID", exact=True).fill("2284")
        page.get_by_label("API Key", exact=True).fill("hush-hush")
        page.context.clear_cookies()
        page.get_by_role("button", name="Save as draft").click()
        expect(page.get_by_text("You were signed out before this was saved")).to_be_visible()
        page.get_by_role("main").get_by_role("link", name="Sign in").click()
        page.get_by_label(re.compile("e-?mail", re.I)).fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()

        expect(page).to_have_url(address)
        expect(page.get_by_label("Name", exact=True)).to_have_value("south" if is_kept else "")
        expect(page.get_by_text("What you had typed is here again")).to_be_visible(visible=is_kept)
        if is_kept:
            expect(page.get_by_label("Tenant ID", exact=True)).to_have_value("2284")
            expect(page.get_by_label("API Key", exact=True)).to_have_value("")
            assert looks(page) == []
    assert page.evaluate("() => sessionStorage.getItem('typed')") is None
