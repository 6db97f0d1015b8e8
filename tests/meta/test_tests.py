"""Rules about the tests themselves: what they name exists, and each of them asserts something."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.meta.tree import Function, functions, parsed, place, python_files

# The requirement families and how many each has.
REQUIREMENTS = {"N": 44, "L": 42, "M": 35, "R": 22, "S": 18}
IDS = {f"{family}{number:02d}" for family, count in REQUIREMENTS.items() for number in range(1, count + 1)}


def _silent(path: Path) -> Iterator[str]:
    """The file's tests that assert nothing, neither themselves nor through a function of the same file."""
    known = {each.name: each for each in functions(path)}
    for name, each in known.items():
        if name.startswith("test_") and not _asserts(each, known, set()):
            yield f"{place(path, each.lineno)} {name}"


def _asserts(function: Function, known: dict[str, Function], seen: set[str]) -> bool:
    seen.add(function.name)
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).split(".")[-1]
            # expect(place).to_be_visible() and its likes wait for what they assert; expect(place) alone does neither.
            if called.startswith(("to_", "not_to_")) and ast.unparse(node.func).startswith("expect("):
                return True
            if called in ("raises", "fail") or called.startswith(("assert_", "expect_")):
                return True
            if called in known and called not in seen and _asserts(known[called], known, seen):
                return True
    return False


def test_every_test_asserts_something() -> None:
    files = [path for path in python_files("tests") if path.name.startswith("test_")]
    silent = [each for path in files for each in _silent(path)]
    assert files
    assert not silent, "\n".join(silent)


def test_covers_markers_name_requirements_that_exist() -> None:
    wrong = []
    for path in python_files("tests"):
        for node in ast.walk(parsed(path)):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.covers"):
                continue
            named = [ast.unparse(each).strip("'") for each in node.args]
            wrong += [f"{place(path, node.lineno)} {each}" for each in named if each not in IDS]
            if not named:
                wrong.append(f"{place(path, node.lineno)} names nothing")
    assert not wrong, "\n".join(wrong)


def test_no_test_replaces_a_part_with_a_patch() -> None:
    wrong = [
        place(path, node.lineno)
        for path in python_files("tests")
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unittest.mock"))
        or (isinstance(node, ast.Attribute) and ast.unparse(node) in ("mock.patch", "monkeypatch.setattr"))
    ]
    assert not wrong, "\n".join(wrong)
