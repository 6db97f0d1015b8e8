"""Working without a mouse, and on a phone."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Service, sign_in
from tests.pages.site import PASSWORD

_MOST_STOPS = 60


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


def test_the_menu_opens_on_a_phone(page: Page, synced_service: Service) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, synced_service)
    menu = page.get_by_role("navigation", name="Main")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    menu.get_by_role("link", name="Runs").click()
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    expect(menu).to_be_hidden()
