"""The docs are true: tables equal the code, everything a user can meet is there, and links lead somewhere."""

import re
from pathlib import Path

import pytest

from rosterkeeper.cli.main import cli
from rosterkeeper.oneroster.findings import CODES, FAMILIES
from tests.meta.errors import errors, unnamed
from tests.meta.tables import REFRESH, pages, renewed, walk
from tests.meta.tree import ROOT, files, place, python_files

DOCS = ROOT / "docs"
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_SETTING = re.compile(r"\bROSTERKEEPER_[A-Z][A-Z_]*[A-Z]\b")


def _page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def _markdown() -> list[Path]:
    return [path for path in files() if path.suffix == ".md"]


def test_tables_in_the_docs_equal_the_code() -> None:
    held = pages()
    assert held
    old = [
        place(path) for path in held if renewed(path.read_text(encoding="utf-8")) != path.read_text(encoding="utf-8")
    ]
    assert not old, f"{', '.join(old)}: {REFRESH}"


def test_every_finding_code_has_a_known_family_and_is_documented() -> None:
    page = _page("findings.md")
    assert all(name.split(".")[0] in FAMILIES for name in CODES)
    assert [name for name in CODES if f"`{name}`" not in page] == []


@pytest.mark.covers("L27", "L28")
def test_every_error_code_is_stated_in_the_source_and_documented() -> None:
    page = _page("errors.md")
    assert unnamed() == []
    assert [each.code for each in errors() if f"`{each.code}`" not in page] == []


@pytest.mark.covers("L28")
def test_every_error_says_what_to_do_next() -> None:
    assert [each.code for each in errors() if not each.todo] == []


def test_every_setting_is_documented() -> None:
    page = _page("settings.md")
    used = {
        name
        for path in (*python_files("src"), ROOT / "run")
        for name in _SETTING.findall(path.read_text(encoding="utf-8"))
    }
    assert used
    assert sorted(name for name in used if f"`{name}`" not in page) == []


def test_every_command_is_documented() -> None:
    page = _page("commands.md")
    words = [words for words, _command in walk(cli)]
    assert words
    assert [each for each in words if f"### `{each}" not in page] == []


def test_every_link_between_pages_leads_to_a_file() -> None:
    broken = []
    for path in _markdown():
        for target in _LINK.findall(path.read_text(encoding="utf-8")):
            local = target.split("#")[0]
            if local and "://" not in local and not local.startswith("mailto:") and not (path.parent / local).exists():
                broken.append(f"{place(path)} → {target}")
    assert not broken, "\n".join(broken)


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        for target in _LINK.findall(path.read_text(encoding="utf-8")):
            reached = (path.parent / target.split("#")[0]).resolve()
            if reached.suffix == ".md" and reached.is_file():
                todo.append(reached)
    assert [place(path) for path in _markdown() if path not in seen and path.is_relative_to(DOCS)] == []
