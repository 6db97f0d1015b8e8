"""From a fresh installation to a first synced roster, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service, barriers
from tests.pages.site import PASSWORD


@pytest.mark.covers("L21", "L22", "M34")
def test_an_administrator_sets_up_and_syncs_a_zip(page: Page, service: Service, tmp_path: Path) -> None:
    zip_path = tmp_path / "north.zip"
    service.installation.run("sample", zip_path, "--users", 60, "--seed", 3).ok()
    link = re.search(r"http\S+/first/\S+", (service.installation.data_dir / "serve.log").read_text())
    assert link

    page.goto(link.group())
    assert not barriers(page)
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.get_by_role("link", name="Add New").first.click()
    assert not barriers(page)
    page.get_by_label("Name").fill("north")
    page.get_by_label("Source").select_option("csv")
    page.get_by_label("Path of the zip").fill(str(zip_path))
    page.get_by_role("button", name="Submit").click()
    page.get_by_role("button", name="Sync now").click()

    expect(page.get_by_role("link", name="Run 1")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("applied")).to_be_visible()
    assert not barriers(page)
