"""The errors that the source can raise or report, read from its syntax tree."""

import ast
from dataclasses import dataclass

from rosterkeeper.oneroster import errors as tree_of_errors
from rosterkeeper.oneroster.errors import RosterkeeperError
from tests.meta.tree import parsed, python_files

_CLASSES = {
    name: each
    for name, each in vars(tree_of_errors).items()
    if isinstance(each, type) and issubclass(each, RosterkeeperError)
}
# Parts that report what went wrong as data: a run's result, a line of a connection test.
_REPORTS = ("Result", "Probe", "Check")


@dataclass(frozen=True, slots=True)
class Stated:
    """One error as its code states it; ``…`` stands where a name or number is filled in."""

    code: str
    exit_code: str
    what: str
    todo: str


def errors() -> list[Stated]:
    """Every stated error, once a code, in order of code."""
    found: dict[str, Stated] = {}
    for path in python_files("src"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and (one := _stated(node)):
                known = found.get(one.code)
                if known is None or (one.what and not known.what):
                    found[one.code] = one
    return [found[code] for code in sorted(found)]


def unnamed() -> list[tuple[str, int]]:
    """Where an error is raised whose code cannot be read from the source: file and line."""
    return [
        (str(path), node.lineno)
        for path in python_files("src")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and _name(node) in _CLASSES and not _text(_argument(node, 0, "code"))
    ]


def _stated(node: ast.Call) -> Stated | None:
    name = _name(node)
    if name in _CLASSES:
        code, what = _text(_argument(node, 0, "code")), _text(_argument(node, 1, "what"))
        exit_code = str(_CLASSES[name].exit_code)
    elif name in _REPORTS:
        code, what = _text(_argument(node, 99, "code")), _text(_argument(node, 99, "what"))
        exit_code = "1"
    else:
        return None
    return Stated(code, exit_code, what, _text(_argument(node, 99, "todo"))) if code else None


def _name(node: ast.Call) -> str:
    return ast.unparse(node.func).split(".")[-1]


def _argument(node: ast.Call, place: int, name: str) -> ast.expr | None:
    for keyword in node.keywords:
        if keyword.arg == name:
            return keyword.value
    return node.args[place] if place < len(node.args) else None


def _text(node: ast.expr | None) -> str:
    """The literal text of an expression, with ``…`` for what is only known when it runs; "" where there is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(each) if isinstance(each, ast.Constant) else "…" for each in node.values)
    if isinstance(node, ast.IfExp):
        return _text(node.body) or _text(node.orelse)
    return ""
