"""What is shipped for installing says only what the program knows: its commands, options and settings."""

import re

import click
import pytest
import yaml

from rosterkeeper.cli.main import cli
from tests.meta.tree import ROOT

DEPLOY = ROOT / "deploy"
_SETTING = re.compile(r"\bROSTERKEEPER_[A-Z][A-Z_]*[A-Z]\b")
_EXEC = re.compile(r"rosterkeeper ((?:first-link|serve|backup)[^'\n]*)")


def _compose() -> dict[str, dict[str, object]]:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert isinstance(services, dict)
    return services


def _parses(words: list[str]) -> None:
    """The command line is one that the program takes."""
    command = cli.get_command(click.Context(cli), words[0])
    assert command is not None
    context = command.make_context(words[0], words[1:], resilient_parsing=False)
    assert isinstance(context, click.Context)


@pytest.mark.parametrize("service", ["init", "web", "worker"])
def test_the_compose_file_starts_commands_that_there_are(service: str) -> None:
    words = _compose()[service]["command"]
    assert isinstance(words, list)
    _parses([str(word) for word in words])
    assert words[0] == service


def test_the_other_files_start_commands_that_there_are() -> None:
    found = []
    for name in ("rosterkeeper.service", "rosterkeeper-backup.service", "compose.yaml"):
        for line in (DEPLOY / name).read_text(encoding="utf-8").splitlines():
            # What a shell fills in, such as the time.
            plain = re.sub(r"\$\$?\([^)]*\)", "now", line)
            found += [match[1].split() for match in _EXEC.finditer(plain)]
    last = re.findall(r"^CMD (\[.*\])$", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    found += [yaml.safe_load(words) for words in last]
    assert {words[0] for words in found} == {"first-link", "serve", "backup"}
    for words in found:
        _parses(words)


def test_every_setting_that_they_name_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    named = {name for path in DEPLOY.iterdir() for name in _SETTING.findall(path.read_text(encoding="utf-8"))}
    assert named
    assert sorted(name for name in named if f"`{name}`" not in page) == []


def test_nothing_runs_as_root_or_with_more_than_it_needs() -> None:
    assert re.search(r"^USER 10001", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    for name in ("init", "web", "worker"):
        assert _compose()[name]["cap_drop"] == ["ALL"]
        assert _compose()[name]["read_only"] is True
    assert "NoNewPrivileges=yes" in (DEPLOY / "rosterkeeper.service").read_text(encoding="utf-8")
