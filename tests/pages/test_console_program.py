"""The launcher as teachers' computers have it, one file run by a plain Python, against the real pages."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler

from rosterkeeper.features.console import keys
from rosterkeeper.launcher.keys import new_key
from rosterkeeper.launcher.package import ZIPAPP, zipapp
from rosterkeeper.launcher.settings import TEMPLATES
from tests.pages.classrooms import Classrooms, record_of
from tests.pages.site import text_of

_SECONDS = 30


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@dataclass
class Computer:
    """A teacher's computer with the launcher, a browser that writes down what it was told to open, and a server."""

    home: Path
    server: WSGIServer

    @property
    def base(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def opened(self) -> list[str]:
        """What the browser was told to open."""
        told = self.home / "opened"
        return told.read_text().splitlines() if told.exists() else []

    @property
    def told(self) -> str:
        """The page of this computer that the browser was told to open last, instead of the console."""
        address = self.opened[-1]
        assert address.startswith("file:///")
        return Path(unquote(urlsplit(address).path)).read_text(encoding="utf-8")

    def run(self, *words: str, login: str = "") -> tuple[int, str]:
        """One command by a Python that has none of the product's packages; the server answers meanwhile."""
        # Without the site's packages and the environment's paths: nothing but the standard library.
        command = [sys.executable, "-I", "-S", str(self.home / ZIPAPP), *words]
        environment = {"HOME": str(self.home), "LOGNAME": login or "nobody", "PATH": os.environ["PATH"]}
        environment["ROSTERKEEPER_CONSOLE_POLICY_ROOT"] = str(self.home)
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
        with subprocess.Popen(command, env=environment, text=True, **pipes) as process:
            self.server.timeout = 0.05
            for _ in range(int(_SECONDS / self.server.timeout)):
                self.server.handle_request()
                if process.poll() is not None:
                    break
            process.kill()
            assert process.stdout is not None
            return process.wait(), process.stdout.read()

    def manage(self, **settings: str) -> None:
        """Put the computer under a policy of the machine."""
        place = self.home / "etc" / "rosterkeeper" / "console-policy.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(settings))

    def configure(self, **settings: str) -> None:
        """Set the computer up."""
        words = [word for name, value in settings.items() for word in (f"--{name.replace('_', '-')}", value)]
        code, out = self.run("configure", *words)
        assert code == 0, out


@pytest.fixture
def computer(rooms: Classrooms, tmp_path: Path) -> Iterator[Computer]:
    """A computer that is set up for the school."""
    # What is first asked for loads the pages, longer than a launcher waits.
    assert rooms.site.nobody.get("/console/hello").status_code == 200
    (tmp_path / ZIPAPP).write_bytes(zipapp())
    script = tmp_path / "browser"
    script.write_text('#!/bin/sh\necho "$1" >> "$HOME/opened"\n')
    script.chmod(0o755)
    with make_server("127.0.0.1", 0, WSGIHandler(), handler_class=_Quiet) as server:
        made = Computer(tmp_path, server)
        made.configure(
            use_server="on", student_selection_mode="sis", server=made.base, key=rooms.text, browser=str(script)
        )
        yield made


@pytest.mark.covers("N19", "N30", "N35")
def test_a_launch_opens_the_new_class_page_for_the_teacher_whose_login_it_is(
    rooms: Classrooms, computer: Computer
) -> None:
    teacher = record_of(rooms.teacher())
    code, out = computer.run(login=teacher["username"].upper())
    assert (code, out) == (0, "")
    (address,) = computer.opened
    assert address.startswith(f"{computer.base}/console/enter/")
    assert teacher["username"].lower() not in address.lower()
    client = rooms.site.nobody
    entered = client.get(address.removeprefix(computer.base))
    assert entered["Location"] == "/console/"
    assert teacher["family_name"] in text_of(client.get("/console/"))


def test_check_says_that_all_is_well_and_opens_nothing(rooms: Classrooms, computer: Computer) -> None:
    code, out = computer.run("--check", login="jsmith")
    assert code == 0, out
    assert out.count("ok  ") == 5
    assert "version 0.1.0" in out
    assert "clock is right" in out
    assert computer.opened == []


@pytest.mark.covers("N19")
def test_a_wrong_and_a_revoked_key_are_told_with_the_next_step(rooms: Classrooms, computer: Computer) -> None:
    computer.configure(key=new_key().text())
    code, out = computer.run()
    assert code == 1
    assert "does not know this computer's security key. Copy the key anew" in out
    computer.configure(key=rooms.text)
    keys.revoke(rooms.key)
    code, out = computer.run()
    assert code == 1
    assert "was revoked. Copy the key anew" in out
    assert "The security key of this computer was revoked." in computer.told
    assert "console.key_revoked" in computer.told
    assert "Traceback" not in out


@pytest.mark.covers("N28")
def test_what_policy_manages_on_the_computer_is_managed_on_its_pages(rooms: Classrooms, computer: Computer) -> None:
    computer.manage(school=rooms.school.sourced_id, view="list", cover="0", templates=TEMPLATES)
    code, out = computer.run(login=record_of(rooms.teacher())["username"])
    assert (code, out) == (0, "")
    client = rooms.site.nobody
    assert client.get(computer.opened[-1].removeprefix(computer.base)).status_code == 302
    visitor = rooms.visitor(client)
    assert visitor is not None
    assert visitor.managed == {"school", "view", "cover"}
    assert (visitor.may_cover, visitor.view) == (False, "list")


def test_a_server_that_is_gone_and_an_old_policy_are_told(rooms: Classrooms, computer: Computer) -> None:
    computer.manage(view="list", templates="12.59")
    code, out = computer.run(login="jsmith")
    assert code == 0
    assert "Import the new ones" in out
    computer.configure(server="http://127.0.0.1:1")
    code, out = computer.run(login="jsmith")
    assert code == 1
    assert "Nothing answers at 127.0.0.1:1. Check the address" in out
    assert "Nothing answers at 127.0.0.1:1." in computer.told
    assert "jsmith" not in computer.told


def test_the_file_writes_itself_again(computer: Computer) -> None:
    copy = computer.home / "copy.pyz"
    code, _ = computer.run("zipapp", str(copy))
    assert code == 0
    assert copy.read_bytes() == (computer.home / ZIPAPP).read_bytes()
