"""The texts that the core tells and pages show in the reader's language: errors, findings, holds, options, tests.

The core knows no translation; its texts are English and stand in the code. They are read from there for the catalogs.
``…`` stands in them where a value is filled in. Notices are kept as they were told, too, and are shown alike.
"""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

from rosterkeeper.engine.options import OPTIONS
from rosterkeeper.engine.outcomes import MEANINGS
from rosterkeeper.oneroster.fields import BY_NAME
from rosterkeeper.oneroster.findings import CODES, Severity
from rosterkeeper.sources.oneroster.presets import PRESETS
from tests.meta.errors import argument, exit_codes, name_of, nodes, of_assignment, of_row, texts
from tests.meta.tree import ROOT, Function, parsed, python_files

HOLE = "…"
# Where what a call tells stands among its arguments, where it has no name; 99 is nowhere.
_PLACES: dict[str, dict[str, int]] = {
    "Probe": {"what": 0, "says": 3, "todo": 4},
    "failed": {"what": 0},
    "Reason": {"says": 1},
    "Result": {},
    "Check": {},
}
_OF_ERRORS = {"what": 1}
# Why a zip is refused. The API has Problems of its own, which programs read.
_OF_ZIPS = {"Problem": {"what": 1, "todo": 2}, "refusal": {"what": 1}}
# These tell the terminal only.
_TERMINAL = ("cli", "sample", "backup")
# Of these the lines of a connection test, and what a connection's state is, are put together.
PARTS = (
    "… of … fields",
    "… of … fields, without …",
    "… files",
    "and … more",
    "1 file",
    "manifest.csv announces …; all were there and read to their last byte",
    "OneRoster 1.0 needs … files; all were there and read to their last byte",
    "every byte is as it was in run …, which took over all of it",
    "every collection ended on …",
    "… ended on …",
    "…, of what changed",
    "the end of its Link chain",
    "an empty page",
    "invalid zip",
    "HMAC-SHA1 was tried too, and refused.",
)
_NOTICES = ROOT / "src" / "rosterkeeper" / "features" / "notices"
_NAMED_HOLE = re.compile(r"%\(\w+\)")
_LEAST_LETTERS = 8


@functools.cache
def told() -> dict[str, set[str]]:
    """Every such text, with the files it stands in."""
    found: dict[str, set[str]] = {}
    for path in python_files("src"):
        if not set(_TERMINAL) & set(path.parts):
            places = {**_PLACES, **(_OF_ZIPS if "csvzip" in path.parts else {})}
            for node, function in nodes(path):
                for text in _of(node, function, places):
                    if _says_something(text):
                        found.setdefault(text, set()).add(_place(path))
    for text, place in _of_tables():
        found.setdefault(text, set()).add(place)
    return found


def with_values() -> list[str]:
    """Those with values in them, the most telling first, as pages look them up."""
    shapes = [*(text for text in told() if HOLE in text), *_of_notices()]
    return sorted(shapes, key=lambda text: (-len(text.replace(HOLE, "")), text))


def _of(node: ast.AST, function: Function | None, calls: dict[str, dict[str, int]]) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = name_of(node)
        if name in calls or name in exit_codes():
            places = calls.get(name, _OF_ERRORS)
            for word in ("what", "says", "todo"):
                yield from texts(argument(node, places.get(word, 99), word), function)
    for stated in (*of_row(node), *of_assignment(node, function)):
        yield from (stated.what, stated.todo)
    # A result's code, what and todo, handed back together.
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 3:
        _, what, todo = node.value.elts
        if isinstance(todo, ast.Constant) and str(todo.value).endswith("."):
            yield from (*texts(what, function), *texts(todo, function))


def _of_notices() -> set[str]:
    return {
        node.args[0].value
        for path in _NOTICES.glob("*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and name_of(node) == "_" and isinstance(node.args[0], ast.Constant)
        if isinstance(node.args[0].value, str) and _NAMED_HOLE.search(node.args[0].value)
    }


def _of_tables() -> Iterator[tuple[str, str]]:
    yield from ((code.says, "oneroster/findings.py") for code in CODES.values())
    yield from ((meaning.says, "engine/outcomes.py") for meaning in MEANINGS.values())
    yield from ((text, "engine/options.py") for option in OPTIONS for text in (option.label, option.does))
    yield from ((preset.note, "sources/oneroster/presets.py") for preset in PRESETS)
    yield from ((name, "oneroster/fields.py") for name in BY_NAME)
    yield from ((severity.value, "oneroster/findings.py") for severity in Severity)
    yield from ((text, "sources") for text in PARTS)


def _says_something(text: str) -> bool:
    if HOLE not in text:
        return any(each.isalpha() for each in text)
    return sum(each.isalpha() for each in text) >= _LEAST_LETTERS


def _place(path: Path) -> str:
    return path.as_posix().split("src/rosterkeeper/")[-1]
