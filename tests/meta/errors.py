"""The errors that the source can raise or report, read from its syntax tree.

An error is stated by a call of an error class, by a call that reports one as data, or by a row of a table: a tuple
of code, what and todo. Names are followed to the constant or the assignment that they stand for.
"""

import ast
import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rosterkeeper.oneroster import errors as tree_of_errors
from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.oneroster.findings import CODES
from tests.meta.tree import Function, parsed, place, python_files

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
    return [one for one in _collected((*exit_codes(), *_REPORTS)) if one.code not in CODES]


def holds() -> list[Stated]:
    """Every reason for which a run waits, in order of code."""
    return [one for one in _collected(("Reason",), rows=False) if one.code.startswith("hold.")]


def unnamed() -> list[str]:
    """Where an error is raised whose code cannot be read from the source."""
    return [
        place(path, node.lineno)
        for path in python_files("src")
        for node, function in nodes(path)
        if isinstance(node, ast.Call)
        and name_of(node) in exit_codes()
        and not _codes(node, function, path)
        and not _passes_on(argument(node, 0, "code"), path)
    ]


@functools.cache
def _collected(calls: tuple[str, ...], *, rows: bool = True) -> list[Stated]:
    found: dict[str, Stated] = {}
    for path in python_files("src"):
        for node, function in nodes(path):
            stated = [*of_row(node), *of_assignment(node, function)] if rows else []
            if isinstance(node, ast.Call) and name_of(node) in calls:
                stated = _of_call(node, function, path)
            for one in stated:
                if one.code not in found or len(one.what) > len(found[one.code].what):
                    found[one.code] = one
    return [found[code] for code in sorted(found)]


@functools.cache
def exit_codes() -> dict[str, str]:
    """Every error class, ours and those derived from them anywhere in the product, with its exit code."""
    known = {
        name: str(each.exit_code)
        for name, each in vars(tree_of_errors).items()
        if isinstance(each, type) and issubclass(each, RosterkeeperError)
    }
    for path in python_files("src"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef) and node.name not in known:
                for base in map(ast.unparse, node.bases):
                    if base in known:
                        known[node.name] = known[base]
    return known


@functools.cache
def nodes(path: Path) -> list[tuple[ast.AST, Function | None]]:
    """Every node of a file with the function it stands in."""
    found: list[tuple[ast.AST, Function | None]] = []

    def visit(node: ast.AST, function: Function | None) -> None:
        found.append((node, function))
        inner = node if isinstance(node, Function) else function
        for child in ast.iter_child_nodes(node):
            visit(child, inner)

    visit(parsed(path), None)
    return found


def _of_call(node: ast.Call, function: Function | None, path: Path) -> list[Stated]:
    exit_code = exit_codes().get(name_of(node), "1")
    what = _text(argument(node, 99 if name_of(node) in _REPORTS else 1, "what"), function)
    todo = _text(argument(node, 99, "todo"), function)
    return [Stated(code, exit_code, what, todo) for code in _codes(node, function, path)]


def _codes(node: ast.Call, function: Function | None, path: Path) -> list[str]:
    """The codes that a call can state: its own, or those that callers of its function hand in."""
    code = argument(node, 99 if name_of(node) in _REPORTS else 0, "code")
    given = [_text(code, function)]
    if isinstance(code, ast.Name) and function and code.id in (names := [each.arg for each in function.args.args]):
        calls = [
            each for each in ast.walk(parsed(path)) if isinstance(each, ast.Call) and name_of(each) == function.name
        ]
        given = [_text(argument(each, names.index(code.id), code.id), None) for each in calls]
    return [each for each in given if _CODE.fullmatch(each)]


def of_row(node: ast.AST) -> list[Stated]:
    """The error that a row of a table states: a tuple of code, what and todo."""
    if not (isinstance(node, ast.Tuple) and len(node.elts) == 3):
        return []
    code, what, todo = (_text(each, None) for each in node.elts)
    is_row = _CODE.fullmatch(code) and all(isinstance(each, ast.Constant) for each in node.elts)
    return [Stated(code, "1", what, todo)] if is_row else []


def of_assignment(node: ast.AST, function: Function | None) -> list[Stated]:
    """A result that is given its code after it was made: ``result.code = …``, with what and todo beside it."""
    match node:
        case ast.Assign(targets=[ast.Attribute(value=holder, attr="code")], value=ast.Constant(value=str(code))):
            texts = {
                ast.unparse(each.targets[0]): _text(each.value, function)
                for each in ast.walk(function or node)
                if isinstance(each, ast.Assign)
            }
            of = ast.unparse(holder)
            return [Stated(code, "1", texts.get(f"{of}.what", ""), texts.get(f"{of}.todo", ""))]
    return []


def _passes_on(node: ast.expr | None, path: Path) -> bool:
    """Whether the code is one stated elsewhere: another error's, a finding's, or a row's of this file."""
    if isinstance(node, ast.Attribute) and node.attr == "code":
        return True
    return isinstance(node, ast.Name) and any(of_row(each) for each in ast.walk(parsed(path)))


def name_of(node: ast.Call) -> str:
    """The last word of what is called."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ast.unparse(node.func)


def argument(node: ast.Call, position: int, name: str) -> ast.expr | None:
    """A call's argument, by name or by position."""
    for keyword in node.keywords:
        if keyword.arg == name:
            return keyword.value
    return node.args[position] if position < len(node.args) else None


def _text(node: ast.expr | None, function: Function | None) -> str:
    """The first of the texts that an expression can be."""
    return texts(node, function)[0]


def texts(node: ast.expr | None, function: Function | None) -> list[str]:
    """The texts that an expression can be, with ``…`` for what is only known when it runs; "" where there is none."""
    match node:
        case None:
            return [""]
        case ast.Constant(value=str(value)):
            return [value]
        case ast.JoinedStr():
            return [re.sub(f"{_UNKNOWN}+", _UNKNOWN, each) for each in _joined(node.values, function)]
        case ast.FormattedValue():
            return texts(node.value, function) if isinstance(node.value, ast.Name | ast.Attribute) else [_UNKNOWN]
        case ast.BinOp(op=ast.Add()):
            return _joined([node.left, node.right], function)
        case ast.IfExp():
            return [*texts(node.body, function), *texts(node.orelse, function)]
        case ast.Name():
            return _assigned(node, function)
        case ast.Attribute():
            return [_constants().get(node.attr, _UNKNOWN)]
    return [_UNKNOWN]


def _joined(nodes: Sequence[ast.expr], function: Function | None) -> list[str]:
    return ["".join(each) for each in itertools.product(*(texts(node, function) for node in nodes))]


def _assigned(name: ast.Name, function: Function | None) -> list[str]:
    """The text last given to a name before it is used, in its function or as a constant of the product."""
    if function:
        given = [
            node
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and node.lineno <= name.lineno and ast.unparse(node.targets[0]) == name.id
        ]
        last = max(given, key=lambda node: node.lineno, default=None)
        if last and not isinstance(last.value, ast.Name):
            return texts(last.value, function)
    return [_constants().get(name.id, _UNKNOWN)]


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
