"""The command that takes a list of accounts over: people upload."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rosterkeeper.cli.output import as_json, give, tell, tell_error, tell_table
from rosterkeeper.cli.report import exit_code, failed
from rosterkeeper.cli.session import database
from rosterkeeper.job.words import LISTED, Counts, Result
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.oneroster.findings import CODES

if TYPE_CHECKING:
    from rosterkeeper.features.people.models import Upload

_readable = click.Path(exists=True, dir_okay=False, path_type=Path)
# Seconds between two looks.
_LOOK = 0.2
# How a page and a call name the numbers.
_NAMES = {
    "new": "add",
    "changed": "update",
    "gone": "remove",
    "restored": "restore",
    "unchanged": "unchanged",
    "rejected": "rejected",
}


@click.command()
@click.argument("file", type=_readable)
@click.option("--district", required=True, help="The district whose directory it is.")
@click.option("--additions-only", is_flag=True, help="Suspend nobody for not being in the file.")
@click.option("--column", "columns", multiple=True, help="FIELD=HEADING, such as username=Login; may be repeated.")
@click.option("--preview", "way", flag_value="preview", help="Only say what it would change.")
@click.option("--confirm-gone", "way", flag_value="confirmed", help="Apply also where more are gone than is usual.")
@as_json
def upload(
    file: Path, district: str, additions_only: bool, columns: tuple[str, ...], way: str | None, as_json: bool
) -> int:
    """Take a CSV of a school's accounts over, as Entra ID, Google Workspace or Okta export it."""
    with database():
        from rosterkeeper.features.connections.districts import find
        from rosterkeeper.features.people import uploading

        number = find(district).pk
        with file.open("rb") as stream:
            made = uploading.keep(stream, file.name, district=number, account=0, whole=not additions_only)
        try:
            if columns:
                uploading.choose(made, made.columns | _stated(columns), whole=not additions_only)
            result = _carried_out(made)
            held = result.outcome == "held" and way != "confirmed"
            if way != "preview" and not held and not failed(result):
                uploading.apply(made, confirmed=way == "confirmed")
                result = _carried_out(made)
        finally:
            uploading.drop(made)
        applied, chosen = made.wants == "applied", dict(made.columns)
    counts = result.counts.get(LISTED, Counts())
    numbers = {name: getattr(counts, member) for name, member in _NAMES.items()}
    if as_json:
        give(
            {
                "applied": applied,
                "columns": chosen,
                "outcome": result.outcome,
                "code": result.code,
                **numbers,
                "findings": result.findings,
            }
        )
    elif not failed(result):
        _tell(result, numbers)
    if failed(result) or held:
        tell_error(result.code, result.what, _todo(result, held=held))
    return exit_code(result)


def _todo(result: Result, *, held: bool) -> str:
    return "Look at the numbers; if so many are truly gone, add --confirm-gone." if held else result.todo


def _stated(columns: Sequence[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in columns]
    if not all(field and heading for field, _sign, heading in pairs):
        raise SettingsError(
            "people.column_form", "A column is not stated as FIELD=HEADING.", todo="Write --column username=Login."
        )
    return {field.strip(): heading.strip() for field, _sign, heading in pairs}


def _carried_out(made: "Upload") -> Result:
    from rosterkeeper.features.people import uploading

    # A worker beside this command may have taken it up already.
    while made.wants in ("look", "apply"):
        uploading.carry_out(made.pk)
        made.refresh_from_db()
        time.sleep(_LOOK if made.wants in ("look", "apply") else 0)
    result = uploading.result_of(made)
    if result is None:
        raise SettingsError(
            "people.columns",
            "Accounts are known by their id, their username or their e-mail address, and none of them was chosen.",
            todo="Choose the column of at least one of the three.",
        )
    return result


def _tell(result: Result, numbers: dict[str, int]) -> None:
    tell_table(tuple(numbers), [tuple(numbers.values())])
    for code, number in result.findings.items():
        tell(f"{code}  {number}  {CODES[code].says}")
