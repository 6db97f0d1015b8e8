"""A real browser on a real service: `rosterkeeper serve` with web process and worker, in headless Chromium."""

import re
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from rosterkeeper.features.accounts.rights import Role
from tests.browser.chromium import ARGUMENTS, found
from tests.browser.furnished import Furnished, furnish
from tests.conftest import unavailable
from tests.installation import Installation
from tests.pages.conftest import synced_template  # noqa: F401 -- a fixture
from tests.pages.site import PASSWORD, Site

_PATIENCE = 60.0
# Other tests may keep the machine busy.
expect.set_options(timeout=20_000)


@dataclass(frozen=True)
class Service:
    """A service that runs: where it is, and the installation it serves."""

    url: str
    installation: Installation


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for all browser tests."""
    path = found()
    if path is None:
        unavailable("Chromium is missing (python -m tests.browser.chromium gets it)")
    # Playwright keeps a loop in this thread, and Django takes what tests do beside it for asynchronous work.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        opened = playwright.chromium.launch(executable_path=str(path), args=ARGUMENTS)
        yield opened
        opened.close()


@contextmanager
def running(installation: Installation) -> Iterator[Service]:
    """The installation served on a free port of this machine, until the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = installation.data_dir / "serve.log"
    process = installation.start("-m", "rosterkeeper.cli", "serve", "--port", str(port), log=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, log)
        yield Service(url, installation)
    finally:
        process.terminate()
        process.communicate(timeout=_PATIENCE)


def _wait_for(url: str, log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            with urlopen(f"{url}/sign-in/login/"):
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture
def service(sqlite: Installation) -> Iterator[Service]:
    """A service that was just installed: no administrator, no connection."""
    with running(sqlite) as service:
        yield service


@pytest.fixture(scope="module")
def synced_service(synced_template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:  # noqa: F811
    """A service with the administrator Alice and the connection `north`, synced once; shared by a module's tests."""
    folder = tmp_path_factory.mktemp("service") / "data"
    shutil.copytree(synced_template.data_dir, folder)
    made = replace(synced_template, data_dir=folder)
    with made.in_process():
        Site(made).account(Role.ADMINISTRATOR)
    with running(made) as service:
        yield service


@pytest.fixture(scope="session")
def furnished(sqlite_template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """An installation with something on every page, for all tests that only look."""
    folder = tmp_path_factory.mktemp("furnished")
    shutil.copytree(sqlite_template.data_dir, folder / "data")
    return furnish(replace(sqlite_template, data_dir=folder / "data"), folder)


@pytest.fixture(scope="session")
def furnished_service(furnished: Furnished) -> Iterator[Service]:
    """That installation, served."""
    with running(furnished.installation) as service:
        yield service


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new browser window; a script error or a blocked asset on any page fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda fault: complaints.append(str(fault)))
    opened.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
    yield opened
    context.close()
    assert not complaints, complaints


def sign_in(page: Page, service: Service, email: str = "alice@example.org") -> None:
    """Sign in by the form."""
    page.goto(f"{service.url}/sign-in/login/")
    page.get_by_label(re.compile("e-?mail", re.I)).fill(email)
    page.get_by_label(re.compile("password", re.I)).first.fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)
