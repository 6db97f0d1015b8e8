"""Gets a Chromium for the browser tests: the system's, else Playwright's own, else Debian's package.

`python -m tests.browser.chromium` prints its path, or says plainly that there is none and ends with 1.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_WAYS = (
    [sys.executable, "-m", "playwright", "install", "chromium"],
    ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium"],
)
_PATIENCE = 600
# As the sandbox needs rights that a container's root does not have, and nothing but our own pages is opened.
ARGUMENTS = ["--disable-gpu", "--disable-background-networking", *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def found() -> Path | None:
    """The Chromium that is there already."""
    stated = os.environ.get("ROSTERKEEPER_TEST_CHROMIUM")
    if stated:
        return Path(stated)
    system = next((path for path in map(shutil.which, _NAMES) if path), None)
    if system:
        return Path(system)
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return own if own.exists() else None


def gotten() -> Path | None:
    """A Chromium, fetched where there is none and that can be done; None where it cannot."""
    for way in _WAYS:
        path = found()
        if path or (way[0] == "apt-get" and (os.geteuid() != 0 or not shutil.which("apt-get"))):
            return path
        # Lists of packages may never have been fetched on a new machine.
        if way[0] == "apt-get":
            _attempt(["apt-get", "update", "--quiet"])
        _attempt(way)
    return found()


def _attempt(command: list[str]) -> None:
    print(f"chromium: {' '.join(command[:4])} …", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as fault:
        print(f"chromium: that did not work ({type(fault).__name__})", file=sys.stderr)


if __name__ == "__main__":
    there = gotten()
    print(there or "chromium: there is none, and none could be fetched; the browser tests cannot run", flush=True)
    sys.exit(0 if there else 1)
