"""Every requirement that is built is named by a test that shows it; what is left is written down with its reason."""

import ast
import re
from typing import Final

import pytest

from tests.meta.tree import ROOT, parsed, python_files

REQUIREMENTS: Final = ROOT.parent / "shared" / "requirements" / "requirements.md"
_ROW: Final = re.compile(r"^\| ([NLMRS]\d\d) \|", re.MULTILINE)

TO_COME: Final[dict[str, str]] = {}


def _covered() -> set[str]:
    """The ids in the marks of all tests."""
    calls = (
        node
        for path in python_files("tests")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "covers"
    )
    return {str(each.value) for call in calls for each in call.args if isinstance(each, ast.Constant)}


@pytest.fixture(scope="module")
def required() -> set[str]:
    """The ids of the list of requirements."""
    if not REQUIREMENTS.is_file():
        pytest.skip("the list of requirements, ../shared/requirements, is not on this machine")
    return set(_ROW.findall(REQUIREMENTS.read_text(encoding="utf-8")))


def test_every_requirement_is_covered_by_a_test_or_to_come(required: set[str]) -> None:
    assert len(required) == 161
    assert sorted(required - _covered() - set(TO_COME)) == []


def test_what_is_to_come_is_required_and_not_covered_yet(required: set[str]) -> None:
    assert sorted(set(TO_COME) - required) == []
    assert sorted(set(TO_COME) & _covered()) == []
