"""The command that reports a run's findings."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click
import msgspec

from rosterkeeper.cli.output import as_json, csv_line, give, tell, tell_table
from rosterkeeper.cli.session import database
from rosterkeeper.job.words import FindingLine
from rosterkeeper.oneroster.findings import CODES

COLUMNS: Final = ("severity", "code", "file", "row", "entity", "sourced_id", "field", "says")


@click.command()
@click.argument("run", type=click.IntRange(min=1))
@click.option("--csv", "csv_path", type=click.Path(dir_okay=False, path_type=Path), help="Write them to a CSV file.")
@as_json
def findings(run: int, csv_path: Path | None, as_json: bool) -> int:
    """Report what a run found in the data: code and place, never a value."""
    with database():
        from rosterkeeper.features.runs.workflow import find, findings_of

        found = findings_of(find(run))
        if csv_path:
            written = write_csv(csv_path, found)
        else:
            lines = list(found)
    if csv_path:
        if as_json:
            give({"run": run, "file": str(csv_path), "findings": written})
        else:
            tell(f"{written} findings were written to {csv_path}.")
    elif as_json:
        give({"run": run, "findings": [msgspec.to_builtins(line) for line in lines]})
    else:
        tell_lines(lines)
    return 0


def tell_lines(lines: Iterable[FindingLine]) -> None:
    """Print findings as a table."""
    rows = [[getattr(line, column) for column in COLUMNS] for line in map(spoken, lines)]
    if rows:
        tell_table(COLUMNS, rows)
    else:
        tell("There are no findings.")


def write_csv(path: Path, lines: Iterable[FindingLine]) -> int:
    """Write findings to a CSV file and return their number."""
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_line(COLUMNS) + "\r\n")
        for line in map(spoken, lines):
            file.write(csv_line([getattr(line, column) for column in COLUMNS]) + "\r\n")
            written += 1
    return written


def spoken(line: FindingLine) -> FindingLine:
    """The line with what its code says to an administrator."""
    if line.says or line.code not in CODES:
        return line
    return msgspec.structs.replace(line, says=CODES[line.code].says)
