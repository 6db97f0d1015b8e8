"""A connection's life in a real browser: mended, scheduled, a school excluded, reset, deleted."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.sample import SampleServer, write_sample
from tests.browser.conftest import Service, running, sign_in
from tests.installation import Installation
from tests.pages.site import Site


@pytest.mark.covers("L28", "L37", "R05")
def test_a_refused_credential_is_mended(page: Page, sqlite: Installation, tmp_path: Path) -> None:
    write_sample(tmp_path / "district.zip", users=60, seed=4)
    with sqlite.in_process():
        Site(sqlite).account(Role.ADMINISTRATOR)
    with running(sqlite) as service, SampleServer(tmp_path / "district.zip") as source:
        sign_in(page, service)
        page.goto(f"{service.url}/connections/add/oneroster/")
        page.get_by_label("Name").first.fill("server")
        page.get_by_label("Which SIS would you like to integrate?").select_option("other")
        page.get_by_label("Endpoint URL").fill(source.base_url)
        page.get_by_label("Client ID").fill("sample")
        page.get_by_label("Client Secret").fill("not-the-secret")
        page.get_by_label("OAuth2 Token URL").fill(source.token_url)
        page.get_by_role("button", name="Submit and test").click()

        expect(page.get_by_text("The test did not pass")).to_be_visible(timeout=60_000)
        expect(page.get_by_text("credentials are theirs to mend")).to_be_visible()
        page.get_by_role("link", name="Back to the settings").click()
        expect(page.get_by_label("Client Secret")).to_have_value("")
        page.get_by_label("Client Secret").fill("sample-secret")
        page.get_by_role("button", name="Submit and test").click()

        expect(page.get_by_text("The test passed")).to_be_visible(timeout=60_000)
        page.get_by_role("button", name="Sync now").click()
        expect(page.get_by_text("has just ended")).to_be_visible(timeout=60_000)
        expect(page.get_by_role("table")).to_contain_text("applied")


@pytest.mark.covers("L31", "L34", "N08")
def test_a_schedule_is_set_and_a_school_excluded(page: Page, synced_service: Service) -> None:
    sign_in(page, synced_service)
    page.goto(f"{synced_service.url}/connections/1/schedule/")
    page.locator('[name="form"][value="daily"]').check()
    page.locator('[name="at"]').fill("03:30")
    page.get_by_label("Time zone", exact=True).fill("Europe/Madrid")
    expect(page.locator("time").first).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved")

    page.get_by_role("link", name="Schools").click()
    box = page.locator("[data-schools=included] label").first
    name = box.locator("[data-name]").inner_text()
    box.click()
    expect(page.locator("[data-schools=excluded]")).to_contain_text(name)
    page.get_by_role("button", name="Submit").click()
    page.goto(f"{synced_service.url}/connections/1/schools/")
    expect(page.locator("[data-schools=excluded]")).to_contain_text(name)


@pytest.mark.covers("M03", "M04", "L38", "L39")
def test_reset_and_delete_ask_first_and_the_people_stay(page: Page, synced_service: Service, tmp_path: Path) -> None:
    shutil.copytree(synced_service.installation.data_dir, tmp_path / "data")
    with running(replace(synced_service.installation, data_dir=tmp_path / "data")) as service:
        sign_in(page, service)
        page.goto(f"{service.url}/connections/1/")
        page.get_by_role("link", name="Reset data").click()
        reset = page.locator("button#forget")
        expect(reset).to_be_disabled()
        page.get_by_label("I Understand").first.check()
        reset.click()
        expect(page.locator("#now")).to_contain_text("never")

        page.get_by_role("link", name="Delete", exact=True).click()
        delete = page.get_by_role("button", name="Yes, Delete")
        expect(delete).to_be_disabled()
        page.get_by_label("I Understand").check()
        expect(delete).to_be_enabled()
        delete.click()
        expect(page.get_by_text("No connection here yet")).to_be_visible()
        page.get_by_role("link", name="Roster", exact=True).click()
        expect(page.get_by_text("its people stay as they were")).to_be_visible()
