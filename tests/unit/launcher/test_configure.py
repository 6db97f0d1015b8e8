"""The configurator: asked in brief or in full, kept with OK, discarded with Cancel."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rosterkeeper.launcher.configure import configure
from rosterkeeper.launcher.keys import new_key
from rosterkeeper.launcher.policy import Policy
from rosterkeeper.launcher.settings import SETTINGS, TEMPLATES, SettingRefused
from rosterkeeper.launcher.values import read_own, settled


def _typing(answers: dict[str, str], asked: list[str]) -> Callable[[str], str]:
    def ask(prompt: str) -> str:
        name = prompt.strip().partition(" [")[0]
        asked.append(name)
        return answers.get(name, "")

    return ask


@pytest.mark.covers("N21", "N22", "N24")
def test_in_brief_only_what_sis_mode_needs_is_asked_and_ok_keeps_it(tmp_path: Path) -> None:
    asked: list[str] = []
    path, key = tmp_path / "console.json", new_key()
    answers = {
        "Use Name & Connectivity Server": "on",
        "Server address": "https://roster.example",
        "Security key": key.text().lower(),
        "Student Selection Mode": "5",
    }
    assert configure(path, {}, settled([], {}), {}, full=False, ask=_typing(answers, asked)) == 0
    assert asked[:-1] == [each.name for each in SETTINGS if each.is_brief]
    assert read_own(path)[0] == {
        "use_server": "1",
        "server": "https://roster.example",
        "key": key.text(),
        "student_selection_mode": "sis",
    }
    asked.clear()
    values = settled([], read_own(path)[0])
    assert configure(path, read_own(path)[0], values, {}, full=True, ask=_typing({"Class view": "2"}, asked)) == 0
    assert asked[:-1] == [each.name for each in SETTINGS]
    assert read_own(path)[0]["view"] == "list"
    assert read_own(path)[0]["key"] == key.text()


@pytest.mark.covers("N22", "N24")
def test_cancel_and_a_closed_terminal_discard(tmp_path: Path) -> None:
    asked: list[str] = []
    path = tmp_path / "console.json"
    answers = {"Student Selection Mode": "1", "Keep these settings? OK or Cancel": "cancel"}
    assert configure(path, {}, settled([], {}), {}, full=False, ask=_typing(answers, asked)) == 1

    def gone(_prompt: str) -> str:
        raise EOFError

    assert configure(path, {}, settled([], {}), {}, full=False, ask=gone) == 1
    assert not path.exists()


@pytest.mark.covers("N20")
@pytest.mark.parametrize(
    ("given", "word"), [({"server": "not an address"}, "not an address"), ({"school": "x" * 251}, "250 characters")]
)
def test_what_a_setting_cannot_hold_is_not_kept(tmp_path: Path, given: dict[str, str], word: str) -> None:
    with pytest.raises(SettingRefused, match=word):
        configure(tmp_path / "console.json", {}, settled([], {}), given, full=False, ask=None)
    assert not (tmp_path / "console.json").exists()


@pytest.mark.covers("N28")
def test_a_managed_setting_is_shown_and_not_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    managed = Policy("machine", "policy", {"student_selection_mode": "sis", "templates": TEMPLATES})
    asked: list[str] = []
    path = tmp_path / "console.json"
    assert configure(path, {}, settled([managed], {}), {}, full=False, ask=_typing({}, asked)) == 0
    assert "Student Selection Mode" not in asked
    assert "Student Selection Mode: Connect to SIS (managed)" in capsys.readouterr().out


def test_a_wrong_answer_is_asked_again_and_the_key_is_never_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, tries = new_key(), iter(["RK-12", ""])

    def ask(prompt: str) -> str:
        assert key.text() not in prompt
        return next(tries, "") if "Security key" in prompt else ""

    own = {"key": key.text()}
    assert configure(tmp_path / "console.json", own, settled([], own), {}, full=False, ask=ask) == 0
    assert "this one has 2" in capsys.readouterr().out
    assert read_own(tmp_path / "console.json")[0]["key"] == key.text()
