"""Commands about connections: add, list, test, limits, remove."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rosterkeeper.cli.output import Json, as_json, give, tell, tell_error, tell_table
from rosterkeeper.cli.progress import shown
from rosterkeeper.cli.session import database
from rosterkeeper.job.words import Action
from rosterkeeper.sources.spec import AUTHS, KINDS, VERSIONS, CsvSpec, OneRosterSpec

if TYPE_CHECKING:
    from rosterkeeper.features.connections.models import Connection


@click.group()
def connection() -> None:
    """Add, list, test, limit and remove connections."""


@connection.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What the roster comes from.")
@click.option("--path", default="", help="The zip of a csv connection.")
@click.option("--url", default="", help="The root address of a oneroster connection's server.")
@click.option("--client-id", default="", help="The client id, or key, that the server gave out.")
@click.option("--token-url", default="", help="Where an OAuth 2 token is fetched, if not at the usual place.")
@click.option("--auth", type=click.Choice(AUTHS), default="oauth2", show_default=True, help="How to sign in.")
@click.option("--version", type=click.Choice(VERSIONS), default="auto", show_default=True, help="OneRoster's version.")
@click.option("--district", default="default", show_default=True, help="The district whose roster it is.")
@as_json
def add(name: str, kind: str, district: str, as_json: bool, **stated: str) -> int:
    """Add a connection. The secret comes from ROSTERKEEPER_SECRET or a prompt, never from an argument."""
    spec = _csv(stated) if kind == "csv" else _server(stated)
    with database():
        from rosterkeeper.features.connections import workflow

        made = workflow.add(name, spec, district=district)
    if as_json:
        give({"connection": name, "id": made.pk, "district": district, "kind": kind, "settings": made.settings})
    else:
        tell(f"Connection {name} was added. Next: rosterkeeper sync {name} --preview")
    return 0


@connection.command(name="list")
@as_json
def list_(as_json: bool) -> int:
    """List the connections in use, with when each was last checked and updated."""
    with database():
        from rosterkeeper.features.connections.workflow import listed

        objects = [_object(each) for each in listed()]
    if as_json:
        give({"connections": objects})
    elif objects:
        head = ("name", "district", "kind", "last_checked", "last_updated", "status")
        tell_table(head, [[str(each[column] or "") for column in head] for each in objects])
    else:
        tell("There is no connection. Next: rosterkeeper connection add NAME --kind csv --path F")
    return 0


@connection.command()
@click.argument("name")
@as_json
def test(name: str, as_json: bool) -> int:
    """Try what a sync needs, step by step, and write nothing."""
    with database(), shown() as follow:
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.runs.workflow import read

        result = read(find(name), Action.TEST, on_progress=follow)
    good = bool(result.checks) and all(check.ok for check in result.checks)
    if as_json:
        checks: list[Json] = [
            {"what": each.what, "ok": each.ok, "code": each.code, "says": each.says, "todo": each.todo}
            for each in result.checks
        ]
        give({"connection": name, "ok": good, "checks": checks})
    for each in () if as_json else result.checks:
        tell(f"{'ok' if each.ok else 'no'}  {each.what}" + (f": {each.says}" if each.says else ""))
        if not each.ok:
            tell_error(each.code, each.says, each.todo)
    if not result.checks:
        tell_error(result.code, result.what, result.todo)
    return 0 if good else 1


@connection.command()
@click.argument("name")
@click.option("--remove-percent", type=float, help="Removals of one entity beyond which a change waits.")
@click.option("--school-remove-percent", type=float, help="Removals of one school's users beyond which they wait.")
@click.option("--update-percent", type=float, help="Updates of one entity beyond which a change waits.")
@click.option("--reject-percent", type=float, help="Rejected records of one entity beyond which a change waits.")
@click.option("--floor", type=int, help="So many records never make a change wait by percentage.")
@as_json
def limits(name: str, floor: int | None, as_json: bool, **percents: float | None) -> int:
    """Show a connection's limits, and set those that are given."""
    import msgspec

    with database():
        from rosterkeeper.features.connections.specs import limits_of
        from rosterkeeper.features.connections.workflow import find, limit

        found = find(name)
        given: dict[str, float | int | None] = {**percents, "floor": floor}
        changes = {option: value for option, value in given.items() if value is not None}
        held = msgspec.structs.replace(limits_of(found), **changes)
        if changes:
            limit(found, held)
    stated: dict[str, Json] = msgspec.to_builtins(held)
    if as_json:
        give({"connection": name, "limits": stated})
    else:
        tell_table(("limit", "value"), [(option, str(value)) for option, value in stated.items()])
    return 0


@connection.command()
@click.argument("name")
@as_json
def remove(name: str, as_json: bool) -> int:
    """Stop a connection for good. Its people stay, and get no more updates."""
    with database():
        from rosterkeeper.features.connections import workflow

        found = workflow.find(name)
        workflow.remove(found)
    if as_json:
        give({"connection": name, "id": found.pk, "removed": True})
    else:
        tell(f"Connection {name} was removed; its people stay as they are.")
    return 0


def _csv(stated: dict[str, str]) -> CsvSpec:
    path = stated["path"]
    return CsvSpec(path=str(Path(path).expanduser().absolute()) if path else "")


def _server(stated: dict[str, str]) -> OneRosterSpec:
    return OneRosterSpec(
        url=stated["url"].rstrip("/"),
        client_id=stated["client_id"],
        secret=_secret(),
        token_url=stated["token_url"],
        auth=stated["auth"],
        version=stated["version"],
    )


def _secret() -> str:
    secret = os.environ.get("ROSTERKEEPER_SECRET", "")
    if not secret and sys.stdin.isatty():
        secret = click.prompt("Secret", hide_input=True, err=True)
    return secret


def _object(found: "Connection") -> dict[str, Json]:
    from rosterkeeper.features.runs.lease import state_of

    state = state_of(found.pk)
    checked, updated = state.last_checked, state.last_updated
    return {
        "name": found.name,
        "id": found.pk,
        "district": found.district.name,
        "kind": found.kind,
        "settings": found.settings,
        "created_at": found.created_at.isoformat(),
        "last_checked": checked.isoformat() if checked else None,
        "last_updated": updated.isoformat() if updated else None,
        "status": state.status_text,
    }
