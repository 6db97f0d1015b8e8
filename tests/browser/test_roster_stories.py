"""Looking somebody up, a school's viewer, and a held change, in a real browser."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service, running, sign_in
from tests.browser.furnished import HOSTILE, Furnished


@pytest.mark.covers("L29")
def test_people_are_found_as_one_types(page: Page, furnished_service: Service) -> None:
    sign_in(page, furnished_service)
    page.goto(f"{furnished_service.url}/roster/people/")
    rows = page.get_by_role("table").locator("tbody tr")
    everybody = rows.count()

    page.get_by_role("searchbox").press_sequentially("O'Br")

    expect(rows).not_to_have_count(everybody)
    expect(rows.first).to_contain_text("O'Brien & Søn")
    assert not page.evaluate("window.ran")
    page.get_by_role("searchbox").fill("nobody-is-called-so")
    expect(page.get_by_text("Nobody found")).to_be_visible()


@pytest.mark.covers("L42")
def test_a_school_s_viewer_sees_the_people_of_that_school_alone(
    page: Page, furnished: Furnished, furnished_service: Service
) -> None:
    sign_in(page, furnished_service, "school@example.org")
    page.goto(f"{furnished_service.url}/roster/1/schools/")
    expect(page.get_by_role("table").locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("navigation", name="Main").get_by_role("link")).to_have_text(["Roster", "Groups"])
    page.goto(f"{furnished_service.url}/roster/1/school/{furnished.school}")
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE[1])
    page.goto(f"{furnished_service.url}/runs/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not allowed")


@pytest.mark.covers("M22")
def test_a_held_change_is_looked_at_and_approved(page: Page, furnished: Furnished, tmp_path: Path) -> None:
    shutil.copytree(furnished.installation.data_dir, tmp_path / "data")
    with running(replace(furnished.installation, data_dir=tmp_path / "data")) as service:
        sign_in(page, service)
        page.get_by_role("link", name="Look, then approve or discard").click()
        expect(page.get_by_role("heading", name="Why it waits")).to_be_visible()
        expect(page.get_by_role("heading", name="School by school")).to_be_visible()
        page.get_by_role("link", name="Approve", exact=True).click()
        page.get_by_label("I Understand that these records leave the roster").check()
        page.get_by_role("button", name="Yes, Approve").click()
        expect(page.get_by_text("applied", exact=True).first).to_be_visible(timeout=60_000)
        page.goto(service.url)
        expect(page.get_by_text("a change waits for your decision")).to_have_count(0)
