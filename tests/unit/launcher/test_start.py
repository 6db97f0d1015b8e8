"""Starting the console: the browser opens on the server's own address, or a plain sentence says what to do."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rosterkeeper.launcher.asking import Trouble, server_of
from rosterkeeper.launcher.keys import new_key
from rosterkeeper.launcher.main import main
from rosterkeeper.launcher.policy import Policy
from rosterkeeper.launcher.settings import TEMPLATES
from rosterkeeper.launcher.start import browser, check, launch, os_login
from rosterkeeper.launcher.values import Values, settled
from tests.unit.launcher.server import ConsoleServer, running


@pytest.fixture
def server() -> Iterator[ConsoleServer]:
    with running(ConsoleServer()) as started:
        yield started


def _values(at: ConsoleServer, /, **others: str) -> Values:
    own = {
        "use_server": "1",
        "server": at.base,
        "key": at.key.text(),
        "student_selection_mode": "sis",
        **others,
    }
    return settled([], own)


def _noting(opened: list[str]) -> Callable[[str], bool]:
    def browse(address: str) -> bool:
        opened.append(address)
        return True

    return browse


def _refused(values: Values, now: datetime | None = None) -> Trouble:
    opened: list[str] = []
    with pytest.raises(Trouble) as told:
        launch(values, "jsmith", _noting(opened), now=now)
    assert opened == []
    assert told.value.what.endswith(".")
    assert told.value.todo
    return told.value


@pytest.mark.parametrize("login", ["jsmith", "SCHOOL\\jsmith", "jsmith@x.example", "muñoz", ""])
def test_the_browser_opens_on_a_one_time_address_that_tells_no_login(server: ConsoleServer, login: str) -> None:
    opened: list[str] = []
    address = launch(_values(server), login, _noting(opened))
    assert opened == [address] == [f"{server.base}/console/enter/once"]
    assert server.logins == [login]


@pytest.mark.covers("N20")
def test_switched_off_or_in_another_mode_the_console_makes_no_calls(server: ConsoleServer) -> None:
    assert _refused(_values(server, use_server="0")).code == "console.off"
    assert _refused(_values(server, student_selection_mode="room")).code == "console.mode"
    assert not check(_values(server, use_server="0"), "jsmith")[-1].is_well
    assert server.asked == []


@pytest.mark.covers("N20")
def test_address_and_key_are_demanded_and_looked_at_before_anything_is_sent(server: ConsoleServer) -> None:
    for wrong, code in (
        ({"server": ""}, "console.no_server"),
        ({"server": "ftp://x"}, "console.server_address"),
        ({"server": "https://x:99999"}, "console.server_address"),
        ({"server": "not an address"}, "console.server_address"),
        ({"server": "https://a..b"}, "console.server_address"),
        ({"server": "https://[::1"}, "console.server_address"),
        ({"server": "https://"}, "console.server_address"),
        ({"server": "https://x.example/#top"}, "console.server_address"),
        ({"server": "http://roster.example"}, "console.plain_http"),
        ({"key": ""}, "console.key_mistyped"),
        ({"key": "RK-1"}, "console.key_mistyped"),
        ({"certificates": "/nowhere.pem"}, "console.certificates"),
    ):
        assert _refused(_values(server, **wrong)).code == code
    assert server.asked == []


def test_another_schools_key_is_refused_in_the_server_s_words(server: ConsoleServer) -> None:
    trouble = _refused(_values(server, key=new_key().text()))
    assert (trouble.code, trouble.what) == ("console.signature", "The security key is not this school's.")


def test_a_server_that_cannot_be_reached_is_told_by_what_is_wrong(server: ConsoleServer) -> None:
    assert _refused(_values(server, server="http://127.0.0.1:1")).code == "console.refused"
    assert _refused(_values(server, server="https://roster.invalid")).code == "console.name"
    assert _refused(_values(server, server=server.base.replace("http:", "https:"))).code == "console.tls"


def test_a_page_in_between_and_an_address_of_another_host_open_nothing(server: ConsoleServer) -> None:
    server.other_host = "https://evil.example"
    assert _refused(_values(server)).code == "console.address"
    server.page_instead = True
    assert _refused(_values(server)).code == "console.not_a_server"


def test_a_clock_ten_minutes_off_is_found_by_the_check_and_refused_by_the_server(server: ConsoleServer) -> None:
    late = datetime.now(UTC) - timedelta(minutes=10)
    assert _refused(_values(server), now=late).code == "console.clock"
    said = [each.what for each in check(_values(server), "jsmith", now=late)]
    assert "This computer's clock is 10 minutes slow." in said


@pytest.mark.covers("N40")
@pytest.mark.parametrize(("protocols", "word"), [([2, 3], "console is too old"), ([0], "server is too old")])
def test_who_is_too_old_is_told(server: ConsoleServer, protocols: list[int], word: str) -> None:
    server.protocols = protocols
    found = check(_values(server), "jsmith")
    assert word in found[-1].what
    assert found[-1].todo


def test_a_check_of_what_is_well_says_so(server: ConsoleServer) -> None:
    found = check(_values(server), "SCHOOL\\jsmith")
    assert [each.todo for each in found] == [""] * 5
    assert "9.9" in found[1].what


def test_a_login_comes_from_the_system() -> None:
    assert os_login({}) != ""


@pytest.mark.parametrize("name", ["a\nb", "\udcff", "x" * 300])
def test_a_login_that_cannot_be_told_is_nobodys(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("LOGNAME", name)
    assert os_login({}) == ""


def test_a_browser_command_that_is_none_is_told(server: ConsoleServer) -> None:
    with pytest.raises(Trouble, match="open quote"):
        browser('"chromium')
    with pytest.raises(Trouble, match="could not be started"):
        launch(_values(server), "jsmith", browser("/no/such/program"))


@pytest.mark.covers("N28")
def test_the_check_names_what_policy_manages(server: ConsoleServer) -> None:
    managed = Policy("machine", "policy", {"school": "s-1", "view": "list", "templates": TEMPLATES})
    own = {"use_server": "1", "server": server.base, "key": server.key.text(), "student_selection_mode": "sis"}
    said = [each.what for each in check(settled([managed], own), "jsmith")]
    assert "Managed by your district's policy: School name, Class view." in said
    assert server.managed == ["school,view"]


def _run(tmp_path: Path, own: str, **more: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """The program as an icon starts it, without a terminal; and the page that it told the browser to open."""
    settings, program, noted = tmp_path / "console.json", tmp_path / "browser.py", tmp_path / "noted"
    program.write_text(
        "import pathlib, sys, urllib.request\n"
        f"with urllib.request.urlopen(sys.argv[1]) as page: pathlib.Path({str(noted)!r}).write_bytes(page.read())\n"
    )
    settings.write_text(own.replace("BROWSER", f"{sys.executable} {program}"))
    environment = {"ROSTERKEEPER_CONSOLE_SETTINGS": str(settings), "PATH": "", "LOGNAME": "jsmith", **more}
    command = [sys.executable, "-m", "rosterkeeper.launcher"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    until = time.monotonic() + 30
    while not (noted.exists() and noted.read_text().endswith("</html>\n")) and time.monotonic() < until:
        time.sleep(0.05)
    return ended, noted.read_text()


def test_whoever_has_no_terminal_is_told_in_the_browser(tmp_path: Path) -> None:
    own = {"use_server": "1", "student_selection_mode": "sis", "key": new_key().text(), "browser": "BROWSER"}
    ended, page = _run(tmp_path, json.dumps({**own, "server": "http://127.0.0.1:1"}))
    assert ended.returncode == 1
    assert ended.stderr.startswith("Nothing answers at 127.0.0.1:1.")
    assert "Nothing answers at 127.0.0.1:1." in page
    assert "<strong>Next step:</strong> Check the address and its port" in page
    assert "console.refused" in page
    assert "jsmith" not in page


@pytest.mark.parametrize(
    ("words", "code"),
    [(["configure", "--browser", "x"], 0), (["configure"], 1), ([], 1), (["--check"], 1), (["no such command"], 2)],
)
def test_without_a_window_nothing_is_written_and_nothing_fails(tmp_path: Path, words: list[str], code: int) -> None:
    # As pythonw starts a program.
    script = (
        "import sys\nfrom rosterkeeper.launcher.main import main\n"
        f"sys.stdin = sys.stdout = sys.stderr = None\nsys.exit(main({words!r}))"
    )
    (tmp_path / "console.json").write_text('{"browser": "/no/such/program"}')
    environment = {"ROSTERKEEPER_CONSOLE_SETTINGS": str(tmp_path / "console.json"), "PATH": "", "LOGNAME": "jsmith"}
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, "", "")


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("roster.example", "https://roster.example"),
        (" https://Roster.example:8443/ ", "https://Roster.example:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_address_is_read_as_people_type_it(typed: str, base: str) -> None:
    assert server_of(typed).base == base


def test_the_program_opens_a_browser_command_by_itself(server: ConsoleServer, tmp_path: Path) -> None:
    settings, noted, program = tmp_path / "console.json", tmp_path / "noted", tmp_path / "browser.py"
    program.write_text(f"import pathlib, sys\npathlib.Path({str(noted)!r}).write_text(sys.argv[1])\n")
    environment = {"ROSTERKEEPER_CONSOLE_SETTINGS": str(settings), "PATH": "", "USER": "jsmith", "LOGNAME": "jsmith"}
    given = ["--use-server", "on", "--server", server.base, "--key", server.key.text().lower()]
    given += ["--student-selection-mode", "Connect to SIS", "--browser", f"{sys.executable} {program}"]
    assert main(["configure", *given], environment) == 0
    assert json.loads(settings.read_text())["key"] == server.key.text()
    ended = subprocess.run(
        [sys.executable, "-m", "rosterkeeper.launcher"], env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    until = time.monotonic() + 30
    while not (noted.exists() and noted.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    assert noted.read_text() == f"{server.base}/console/enter/once"
    assert server.logins == ["jsmith"]


@pytest.mark.covers("N21", "N24", "N28")
def test_settings_are_edited_in_brief_or_in_full_and_managed_ones_are_locked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, policy = tmp_path / "console.json", tmp_path / "etc" / "rosterkeeper"
    policy.mkdir(parents=True)
    (policy / "console-policy.json").write_text(json.dumps({"school": "s-9", "templates": "12.60.1"}))
    environment = {"ROSTERKEEPER_CONSOLE_SETTINGS": str(settings), "ROSTERKEEPER_CONSOLE_POLICY_ROOT": str(tmp_path)}
    assert main(["configure", "--school", "s-1"], environment) == 1
    assert "managed" in capsys.readouterr().err
    assert not settings.exists()
    assert main(["configure", "--view", "list", "--key", "RK-12"], environment) == 1
    assert not settings.exists()
    assert main(["configure", "--view", "list"], environment) == 0
    assert json.loads(settings.read_text()) == {"view": "list"}
