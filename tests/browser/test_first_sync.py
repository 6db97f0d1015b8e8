"""From a fresh installation to a first synced roster, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service
from tests.browser.walk import looks
from tests.pages.site import PASSWORD


@pytest.mark.covers("L21", "L22", "M32", "M34")
def test_an_administrator_sets_up_and_syncs_a_zip(page: Page, service: Service, tmp_path: Path) -> None:
    zip_path = tmp_path / "north.zip"
    service.installation.run("sample", zip_path, "--users", 60, "--seed", 3).ok()
    link = re.search(r"http\S+/first/\S+", (service.installation.data_dir / "serve.log").read_text())
    assert link

    page.goto(service.url)
    assert looks(page) == []
    page.goto(link.group())
    assert looks(page) == []
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert looks(page) == []

    page.get_by_role("link", name="Add New").first.click()
    page.get_by_role("link", name="Add OneRoster CSV Sync").click()
    page.get_by_label("Name").fill("north")
    page.get_by_role("radio", name="On the server").check()
    page.get_by_label("Path on the server").fill(str(zip_path))
    page.get_by_role("button", name="Submit and test").click()
    expect(page.get_by_text("The test passed")).to_be_visible(timeout=60_000)

    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_text("You may close this page")).to_be_visible()
    expect(page.get_by_text("has just ended")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Sync Details").click()
    expect(page.get_by_text("applied", exact=True)).to_be_visible()
    expect(page.get_by_text("The sync succeeded")).to_be_visible()

    page.get_by_role("link", name="Roster", exact=True).click()
    page.get_by_role("link", name="Find people").click()
    # The catalog follows the run by some seconds.
    for _ in range(60):
        if page.get_by_role("table").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_role("table")).to_contain_text("student")
