"""From a directory's CSV to people with accounts and groups with teachers, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from rosterkeeper.features.roster.models import LIVE
from tests.browser.conftest import Service, sign_in


def _listed(service: Service, path: Path) -> tuple[str, str]:
    """A list of accounts for everybody with an address, of whom one has two; returns that one's id and name."""
    with service.installation.in_process():
        users = LIVE["users"]._default_manager.filter(status="active").exclude(email="").order_by("sourced_id")
        rows = list(users.values("sourced_id", "email", "given_name", "family_name"))
    lines = [f"u{place},{row['email']}" for place, row in enumerate(rows)]
    twice = rows[0]
    path.write_text("\n".join(["username,mail", *lines, f"second,{twice['email']}"]) + "\n")
    return twice["sourced_id"], f"{twice['given_name']} {twice['family_name']}"


def _seen_at_last(page: Page, wanted: Locator) -> None:
    """Load the page until the worker has matched: within seconds after something has changed."""
    for _ in range(60):
        if wanted.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(wanted.first).to_be_visible()


@pytest.mark.covers("M18", "L33")
def test_a_list_is_uploaded_a_dispute_decided_and_a_custom_group_covered(
    page: Page, synced_service: Service, tmp_path: Path
) -> None:
    sourced_id, name = _listed(synced_service, tmp_path / "accounts.csv")
    sign_in(page, synced_service)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Directory").click()
    page.get_by_role("link", name="Upload", exact=True).click()
    page.get_by_label("CSV file").set_input_files(tmp_path / "accounts.csv")
    page.get_by_role("button", name="Upload and look").click()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="Applied")).to_be_visible()

    page.get_by_role("link", name="Matching", exact=True).click()
    page.get_by_role("link", name=re.compile("^Disputed")).click()
    _seen_at_last(page, page.get_by_role("table").get_by_role("link", name=name))
    page.get_by_role("table").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name="Accounts that might be theirs")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Link")).first.click()
    _seen_at_last(page, page.get_by_text("decided by hand"))
    expect(page.get_by_role("heading", name="Decisions that hold")).to_be_visible()

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Groups").click()
    page.get_by_role("link", name="Custom group").click()
    page.get_by_label("Name").fill("Chess club")
    page.get_by_role("button", name="Make the group").click()
    expect(page.get_by_text("Nobody owns this group.")).to_be_visible()
    page.get_by_role("link", name="Put somebody in").click()
    page.get_by_label("As", exact=True).select_option("owner")
    page.get_by_label("Last day").fill("2099-12-31")
    page.get_by_label("Name, e-mail, username or id").fill(sourced_id)
    page.get_by_role("button", name="Look for them").click()
    page.get_by_role("button", name=f"Put in {name}").click()
    owners = page.get_by_role("region", name="Owners")
    expect(owners.get_by_role("row").filter(has_text=name)).to_contain_text("2099-12-31")
