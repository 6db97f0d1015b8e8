"""No quirk is forgotten: each is the id of a test, or stands among those that no test of a pull can show."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from rosterkeeper.sample.faults.plan import FAULTS
from tests.conftest import unavailable
from tests.contract.quirks import NOT_APPLICABLE
from tests.meta.tree import ROOT

QUIRKS = ROOT.parent / "shared" / "spec" / "provider-quirks.yaml"


@pytest.fixture(scope="module")
def known() -> set[str]:
    """The ids of all quirks."""
    if not QUIRKS.is_file():
        unavailable("../shared/spec/provider-quirks.yaml is missing")
    return {str(each["id"]) for each in yaml.safe_load(QUIRKS.read_text(encoding="utf-8"))}


def _modules() -> list[ModuleType]:
    names = sorted(path.stem for path in Path(ROOT, "tests", "contract").glob("test_quirks_*.py"))
    return [importlib.import_module(f"tests.contract.{name}") for name in names]


def _tested() -> set[str]:
    """The ids of the quirks that tests are parametrized by."""
    return {
        str(quirk)
        for module in _modules()
        for value in vars(module).values()
        for mark in getattr(value, "pytestmark", [])
        if mark.name == "parametrize" and mark.args[0] == "quirk"
        for quirk in mark.args[1]
    }


def test_every_quirk_is_a_test_or_not_applicable_with_a_reason(known: set[str]) -> None:
    tested = _tested()
    assert tested | set(NOT_APPLICABLE) == known
    assert tested & set(NOT_APPLICABLE) == set()
    assert all(NOT_APPLICABLE.values())


def test_every_fault_names_quirks_that_exist(known: set[str]) -> None:
    assert {quirk for fault in FAULTS.values() for quirk in fault.quirks} <= known
