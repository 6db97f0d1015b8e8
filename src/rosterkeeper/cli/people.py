"""Commands about people: match, and what matching holds."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

import click

from rosterkeeper.cli.output import Json, as_json, give, tell, tell_error, tell_table
from rosterkeeper.cli.progress import shown
from rosterkeeper.cli.report import exit_code, failed, run_object
from rosterkeeper.cli.session import database
from rosterkeeper.engine.outcomes import EXIT_HELD, EXIT_OK
from rosterkeeper.matching.tables import Kind, Result


@click.group()
def people() -> None:
    """Match a district's people to the accounts of its directory."""


@people.command()
@click.option("--district", default="", help="Of this district only; of all of them where it is not given.")
@as_json
def match(district: str, as_json: bool) -> int:
    """Match now, without waiting for the worker, and print what it came to."""
    with database(), shown() as follow:
        from rosterkeeper.features.connections.districts import find, listed
        from rosterkeeper.features.people.fresh import numbers, refresh

        chosen = [find(district)] if district else listed()
        results = [(each, refresh(each.pk, on_progress=follow)) for each in chosen]
        told = [(each.name, result, numbers(each.pk)) for each, result in results]
    if as_json:
        made: list[Json] = [
            {"district": name, **(run_object(result) if failed(result) else {"numbers": counts})}
            for name, result, counts in told
        ]
        give({"districts": made})
    for name, result, counts in told:
        if failed(result):
            tell_error(result.code, result.what, result.todo)
        elif not as_json:
            tell(f"{name}:")
            _tell(counts)
    return max((exit_code(result) for _, result, _ in told), default=0)


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


def _tell(counts: dict[str, dict[str, int]]) -> None:
    made = {kind: counts.get(kind, {}) for kind in Kind}
    rows: list[tuple[str | int, ...]] = [(kind, *(made[kind].get(each, 0) for each in Result)) for kind in Kind]
    tell_table(("kind", *Result), rows)
    directory = counts.get("directory", {})
    tell(f"accounts of the directory that nobody of the roster has: {directory.get('unmatched', 0)}")
