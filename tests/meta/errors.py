"""The errors that the source can raise or report, read from its syntax tree.

An error is stated by a call of an error class, by a call that reports one as data, or by a row of a table: a tuple
of code, what and todo. Names are followed to the constant or the assignment that they stand for.
"""

import ast
import functools
import re
from dataclasses import dataclass
from pathlib import Path

from rosterkeeper.oneroster import errors as tree_of_errors
from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.oneroster.findings import CODES
from tests.meta.tree import Function, parsed, place, python_files

_CLASSES = {
    name: each
    for name, each in vars(tree_of_errors).items()
    if isinstance(each, type) and issubclass(each, RosterkeeperError)
}
# Parts that report what went wrong as data: a run's result, a line of a connection test.
_REPORTS = ("Result", "Probe", "Check")
_CODE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_UNKNOWN = "…"


@dataclass(frozen=True, slots=True)
class Stated:
    """One error as its code states it; ``…`` stands where a name or number is filled in."""

    code: str
    exit_code: str
    what: str
    todo: str


def errors() -> list[Stated]:
    """Every stated error that is not a finding, once a code, in order of code."""
    found: dict[str, Stated] = {}
    for path in python_files("src"):
        for node, function in _nodes(path):
            one = _of_call(node, function) if isinstance(node, ast.Call) else _of_row(node)
            if one and one.code not in CODES and len(one.what) > len(found.get(one.code, _NOTHING).what):
                found[one.code] = one
    return [found[code] for code in sorted(found)]


def unnamed() -> list[str]:
    """Where an error is raised whose code cannot be read from the source."""
    return [
        place(path, node.lineno)
        for path in python_files("src")
        for node, function in _nodes(path)
        if isinstance(node, ast.Call)
        and _name(node) in _CLASSES
        and not _CODE.fullmatch(_text(_argument(node, 0, "code"), function))
        and not _passes_on(_argument(node, 0, "code"), path)
    ]


_NOTHING = Stated("", "", "", "")


def _nodes(path: Path) -> list[tuple[ast.AST, Function | None]]:
    """Every node of a file with the function it stands in."""
    found: list[tuple[ast.AST, Function | None]] = []

    def visit(node: ast.AST, function: Function | None) -> None:
        found.append((node, function))
        inner = node if isinstance(node, Function) else function
        for child in ast.iter_child_nodes(node):
            visit(child, inner)

    visit(parsed(path), None)
    return found


def _of_call(node: ast.Call, function: Function | None) -> Stated | None:
    name = _name(node)
    if name in _CLASSES:
        code, what = _argument(node, 0, "code"), _argument(node, 1, "what")
        exit_code = str(_CLASSES[name].exit_code)
    elif name in _REPORTS:
        code, what = _argument(node, 99, "code"), _argument(node, 99, "what")
        exit_code = "1"
    else:
        return None
    stated = _text(code, function)
    if not _CODE.fullmatch(stated):
        return None
    return Stated(stated, exit_code, _text(what, function), _text(_argument(node, 99, "todo"), function))


def _of_row(node: ast.AST) -> Stated | None:
    if not (isinstance(node, ast.Tuple) and len(node.elts) == 3):
        return None
    code, what, todo = (_text(each, None) for each in node.elts)
    is_row = _CODE.fullmatch(code) and all(isinstance(each, ast.Constant) for each in node.elts)
    return Stated(code, "1", what, todo) if is_row else None


def _passes_on(node: ast.expr | None, path: Path) -> bool:
    """Whether the code is one stated elsewhere: another error's, a finding's, or a row's of this file."""
    if isinstance(node, ast.Attribute) and node.attr == "code":
        return True
    return isinstance(node, ast.Name) and any(_of_row(each) for each in ast.walk(parsed(path)))


def _name(node: ast.Call) -> str:
    return ast.unparse(node.func).split(".")[-1]


def _argument(node: ast.Call, position: int, name: str) -> ast.expr | None:
    for keyword in node.keywords:
        if keyword.arg == name:
            return keyword.value
    return node.args[position] if position < len(node.args) else None


def _text(node: ast.expr | None, function: Function | None) -> str:
    """The text of an expression, with ``…`` for what is only known when it runs; "" where there is none."""
    match node:
        case None:
            return ""
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr():
            return "".join(_text(each, function) for each in node.values)
        case ast.FormattedValue():
            return _text(node.value, function) if isinstance(node.value, ast.Name | ast.Attribute) else _UNKNOWN
        case ast.BinOp(op=ast.Add()):
            return _text(node.left, function) + _text(node.right, function)
        case ast.IfExp():
            return _text(node.body, function)
        case ast.Name():
            return _assigned(node, function)
        case ast.Attribute():
            return _constants().get(node.attr, _UNKNOWN)
    return _UNKNOWN


def _assigned(name: ast.Name, function: Function | None) -> str:
    """The text last given to a name before it is used, in its function or as a constant of the product."""
    if function:
        given = [
            node
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and node.lineno <= name.lineno and ast.unparse(node.targets[0]) == name.id
        ]
        last = max(given, key=lambda node: node.lineno, default=None)
        if last and not isinstance(last.value, ast.Name):
            return _text(last.value, function)
    return _constants().get(name.id, _UNKNOWN)


@functools.cache
def _constants() -> dict[str, str]:
    """Every text constant at the top of a module of the product."""
    found = {}
    for path in python_files("src"):
        for node in parsed(path).body:
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(value)))
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str(value)))
                ):
                    found[name] = value
    return found
