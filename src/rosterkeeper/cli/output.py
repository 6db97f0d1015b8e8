"""What a command prints: its answer on standard output, everything else on standard error."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import click

from rosterkeeper.oneroster.errors import RosterkeeperError

# What one JSON object is made of.
Json = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None

as_json: Final = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")


def give(value: Json) -> None:
    """Print the command's one JSON object; RosterkeeperError where it cannot be written."""
    _answer(json.dumps(value, ensure_ascii=False, indent=2))


def tell(*lines: str) -> None:
    """Print the command's answer in words; RosterkeeperError where it cannot be written."""
    for line in lines:
        _answer(line)


def chat(*lines: str) -> None:
    """Print what is not the answer, on standard error, if anybody can hear it."""
    for line in lines:
        # A sync goes on though its terminal has gone or the disk of its log is full.
        with suppress(OSError):
            click.echo(line, err=True)


def tell_table(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> None:
    """Print rows under their head, in columns."""
    cells = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    for row in cells:
        tell("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def short_time(at: str) -> str:
    """An instant of RFC 3339, or none, as tables for people show it: in UTC, to the second."""
    return f"{datetime.fromisoformat(at).astimezone(UTC):%Y-%m-%d %H:%M:%S}" if at else ""


def csv_line(cells: Sequence[str | int]) -> str:
    """One CSV record without its line end. A cell that a spreadsheet would run as a formula is defused."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([_defused(cell) for cell in cells])
    return text.getvalue()


def error_object(fault: RosterkeeperError) -> dict[str, Json]:
    """An error as every command's JSON tells it."""
    return {"code": fault.code, "what": fault.what, "todo": fault.todo, "retry_after": fault.retry_after}


def tell_error(code: str, what: str, todo: str) -> None:
    """Print an error on standard error: what happened, then what to do."""
    chat(f"error {code}: {what}")
    if todo:
        chat(f"next: {todo}")


def at_terminal() -> bool:
    """Whether somebody sits at standard error to see a bar move."""
    return sys.stderr.isatty()


def _answer(line: str) -> None:
    try:
        click.echo(line)
    except BrokenPipeError:
        raise
    except OSError as fault:
        raise RosterkeeperError(
            "output.failed",
            f"The answer could not be written to standard output ({fault.strerror}).",
            todo="See that what it is written to has room. What the command did stands: see rosterkeeper runs NAME.",
        ) from None


def _defused(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
