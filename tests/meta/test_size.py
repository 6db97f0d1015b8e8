"""Small rooms: files, functions and parameter lists stay within the house's limits."""

import ast

from tests.meta.tree import ROOT, functions, parsed, place, python_files

FILE_LINES = 400
FUNCTION_LINES = 50
PARAMETERS = 6


def test_no_file_is_longer_than_400_lines() -> None:
    long = [
        f"{place(path)} has {lines} lines"
        for path in (*python_files(), ROOT / "run")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES
    ]
    assert not long, "\n".join(long)


def test_no_function_is_longer_than_50_lines() -> None:
    long = [
        f"{place(path, each.lineno)} {each.name} has {lines} lines"
        for path in (*python_files(), ROOT / "run")
        for each in functions(path)
        if (lines := (each.end_lineno or each.lineno) - each.lineno + 1) > FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


def test_no_function_of_the_product_takes_more_than_six_parameters() -> None:
    many = []
    for path in python_files("src"):
        for each in functions(path):
            given = [*each.args.posonlyargs, *each.args.args, *each.args.kwonlyargs]
            count = len([one for one in given if one.arg not in ("self", "cls")])
            if count > PARAMETERS and not _is_command(each.decorator_list):
                many.append(f"{place(path, each.lineno)} {each.name} takes {count}")
    assert not many, "\n".join(many)


def test_every_python_file_parses() -> None:
    assert all(isinstance(parsed(path), ast.Module) for path in python_files())


def _is_command(decorators: list[ast.expr]) -> bool:
    """A click command takes one parameter an option: the command line's shape decides, not the function's."""
    return any(".command" in ast.unparse(each) or "click." in ast.unparse(each) for each in decorators)
