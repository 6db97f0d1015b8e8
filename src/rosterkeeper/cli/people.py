"""Commands about people: match, what a matching would do, and what matching holds."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from rosterkeeper.cli.directory import upload
from rosterkeeper.cli.output import Json, as_json, give, tell, tell_error, tell_table
from rosterkeeper.cli.progress import shown
from rosterkeeper.cli.report import exit_code, failed, run_object
from rosterkeeper.cli.session import database
from rosterkeeper.engine.outcomes import EXIT_HELD, EXIT_OK
from rosterkeeper.matching.preview import Preview, Shift
from rosterkeeper.matching.tables import Kind, Result
from rosterkeeper.oneroster.errors import SettingsError

if TYPE_CHECKING:
    from rosterkeeper.features.connections.models import District
    from rosterkeeper.features.people.models import Trial

_readable = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def people() -> None:
    """Match a district's people to the accounts of its directory."""


people.add_command(upload)


@people.command()
@click.option("--district", default="", help="Of this district only; of all of them where it is not given.")
@click.option("--preview", is_flag=True, help="Only say what it would do; nothing is written.")
@click.option("--settings", "file", type=_readable, help="With --preview: try the settings of this JSON file.")
@as_json
def match(district: str, preview: bool, file: Path | None, as_json: bool) -> int:
    """Match now, without waiting for the worker, and print what it came to."""
    if preview or file:
        return _preview(district, file, as_json=as_json)
    with database(), shown() as follow:
        from rosterkeeper.features.connections.districts import find, listed
        from rosterkeeper.features.people.fresh import numbers, refresh, seconds

        chosen = [find(district)] if district else listed()
        results = [(each, refresh(each.pk, on_progress=follow)) for each in chosen]
        told = [(each.name, result, numbers(each.pk), seconds(each.pk)) for each, result in results]
    if as_json:
        made: list[Json] = [
            {"district": name, **(run_object(result) if failed(result) else {"numbers": counts, "seconds": took})}
            for name, result, counts, took in told
        ]
        give({"districts": made})
    for name, result, counts, _ in told:
        if failed(result):
            tell_error(result.code, result.what, result.todo)
        elif not as_json:
            tell(f"{name}:")
            _tell(counts)
    return max((exit_code(result) for _, result, *_ in told), default=0)


@people.command()
@click.argument("district")
@click.option("--approve", "word", flag_value="approve", help="Let happen what waits.")
@click.option("--discard", "word", flag_value="discard", help="Let it not happen, and ask no more about the same.")
@as_json
def held(district: str, word: str | None, as_json: bool) -> int:
    """Show what matching holds of a district's accounts, approve or discard it."""
    with database():
        from rosterkeeper.features.connections.districts import find
        from rosterkeeper.features.people import holding

        number = find(district).pk
        waits = holding.waiting(number)
        if waits is not None and word == "approve":
            holding.approve(number, waits.fingerprint)
        elif waits is not None and word == "discard":
            holding.discard(number, waits.fingerprint, by=0)
    reasons = waits.reasons if waits else []
    if as_json:
        told: list[Json] = [{"code": each.code, "number": each.number, "of": each.of} for each in reasons]
        give({"district": district, "reasons": told, "decided": word or ""})
        return EXIT_OK if word or not reasons else EXIT_HELD
    for each in reasons:
        tell(f"{each.says} {each.todo}")
    if waits is None:
        tell("Nothing of the accounts waits.")
    elif word:
        tell("Decided. Next: rosterkeeper people match, or the worker does it within seconds.")
    else:
        tell(f"Next: rosterkeeper people held {district} --approve, or --discard.")
    return EXIT_OK if word or waits is None else EXIT_HELD


class _Stated(msgspec.Struct, forbid_unknown_fields=True):
    """Settings as GET /api/v1/directories/{number}/settings gives them; what is left out is the default."""

    mode: str = "match"
    rules: dict[str, object] = {}
    normalisers: dict[str, bool] = {}
    domains: dict[str, str] = {}
    life: dict[str, object] = {}


def _preview(district: str, file: Path | None, *, as_json: bool) -> int:
    stated = _read(file) if file else None
    with database(), shown() as follow:
        from rosterkeeper.features.connections.districts import find, listed
        from rosterkeeper.features.people import trying

        told = []
        for each in [find(district)] if district else listed():
            made = _asked(each, stated)
            trying.carry_out(made.pk, on_progress=follow)
            made.refresh_from_db()
            result = trying.result_of(made)
            if result is not None:
                told.append((each.name, result))
    if as_json:
        objects: list[Json] = [
            {
                "district": name,
                **(run_object(result) if failed(result) else {"preview": msgspec.to_builtins(result.preview)}),
            }
            for name, result in told
        ]
        give({"districts": objects})
    for name, result in told:
        if failed(result):
            tell_error(result.code, result.what, result.todo)
        elif not as_json and result.preview:
            tell(f"{name}: nothing was changed. A matching would do this:")
            _tell_preview(result.preview)
    return max((exit_code(result) for _, result in told), default=0)


def _asked(district: "District", stated: _Stated | None) -> "Trial":
    from rosterkeeper.features.people import trying

    if stated is None:
        return trying.ask_present(district.pk, account=0)
    options = {"normalisers": stated.normalisers, "domains": stated.domains, "life": stated.life}
    return trying.ask(district.pk, mode=stated.mode, rules=stated.rules, options=options, account=0)


def _read(file: Path) -> _Stated:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Stated)
    except msgspec.DecodeError:
        raise SettingsError(
            "people.settings",
            "The settings of people cannot be used: the file is not JSON with mode, rules, normalisers, domains, life.",
            todo="Take what the API gives as settings, and change that.",
        ) from None


def _tell_preview(found: Preview) -> None:
    tell_table(("change", "people"), [(_SHIFTS[each], found.shifts.get(each, 0)) for each in Shift])
    _tell({**found.after, "directory": {"unmatched": found.without_person}})
    for word, number in found.accounts.items():
        if number:
            tell(f"accounts {word}: {number}")
    for reason in found.reasons:
        tell(f"It would be held ({reason.code}): {reason.says}")
    for each in found.samples:
        was, then = (
            _called(result, why) for result, why in ((each.was_result, each.was_reason), (each.result, each.reason))
        )
        tell(f"{_SHIFTS[Shift(each.shift)]}: {each.connection}:{each.sourced_id} ({was} -> {then})")


def _called(result: str, reason: str) -> str:
    return f"{result} {reason}".strip() or "new"


_SHIFTS = {
    Shift.LINKED: "newly linked",
    Shift.CREATED: "get a new account",
    Shift.MOVED: "linked to another account",
    Shift.UNLINKED: "no longer linked",
    Shift.DISPUTED: "newly disputed",
    Shift.UNDISPUTED: "no longer disputed, without an account",
}


def _tell(counts: dict[str, dict[str, int]]) -> None:
    made = {kind: counts.get(kind, {}) for kind in Kind}
    rows: list[tuple[str | int, ...]] = [(kind, *(made[kind].get(each, 0) for each in Result)) for kind in Kind]
    tell_table(("kind", *Result), rows)
    directory = counts.get("directory", {})
    tell(f"accounts of the directory that nobody of the roster has: {directory.get('unmatched', 0)}")
