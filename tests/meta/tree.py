"""The repository as the rules see it: its files, parsed once."""

import ast
import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "rosterkeeper"
CORE = ("oneroster", "scratch", "sources", "engine", "store", "job")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the repository: what git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = (ROOT / name for name in listed.split("\0") if name)
    return tuple(sorted(path for path in found if path.is_file()))


@functools.cache
def python_files(*under: str) -> tuple[Path, ...]:
    """The repository's Python files below the given folders; migrations, which a program writes, are left out."""
    folders = [ROOT / each for each in under or ("src", "tests", "bench")]
    return tuple(
        path
        for path in files()
        if path.suffix == ".py" and "migrations" not in path.parts and any(map(path.is_relative_to, folders))
    )


def core_files() -> tuple[Path, ...]:
    """The Python files of the rooms that know neither web framework nor settings."""
    return python_files(*(f"src/rosterkeeper/{room}" for room in CORE))


@functools.cache
def parsed(path: Path) -> ast.Module:
    """The file's syntax tree; `./run` is Python too, below its shell head."""
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[Function]:
    """Every function and method of a file."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, Function):
            yield node


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, by its full name."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def place(path: Path, line: int = 0) -> str:
    """A file, and a line of it, as a reader of a failure wants it."""
    return f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))
