"""Imports point down, and the core stays pure."""

import ast
import logging
from collections.abc import Iterator

import pytest
from importlinter.cli import lint_imports

from tests.meta.tree import ROOT, core_files, imports, parsed, place, python_files

# What Python has on Unix systems alone: the product starts on Windows too.
UNIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
FRAMEWORKS = {"django", "dbos", "click", "rich", "logging"}


@pytest.fixture
def _loggers() -> Iterator[None]:
    """The linter sets logging up for a program of its own, and so switches off every logger that is there already."""
    heard = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    heard = [each for each in heard if not each.disabled]
    yield
    for each in heard:
        each.disabled = False


@pytest.mark.usefixtures("_loggers")
def test_every_import_contract_holds() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_no_core_module_imports_a_framework() -> None:
    wrong = [
        f"{place(path)} imports {name}"
        for path in core_files()
        for name in imports(path)
        if name.split(".")[0] in FRAMEWORKS
    ]
    assert not wrong, "\n".join(wrong)


def test_no_module_of_the_product_imports_what_only_unix_systems_have() -> None:
    wrong = [
        f"{place(path)} imports {name}"
        for path in python_files("src")
        for name in imports(path)
        if name.split(".")[0] in UNIX_ONLY
    ]
    assert not wrong, "\n".join(wrong)


def test_no_core_module_gives_up_its_types() -> None:
    wrong = [
        place(path, node.lineno)
        for path in core_files()
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.Name) and node.id == "Any") or (isinstance(node, ast.Attribute) and node.attr == "Any")
    ]
    assert not wrong, "\n".join(wrong)
