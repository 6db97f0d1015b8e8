"""Commands about the live roster: counts, hash, show."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

import click

from rosterkeeper.cli.output import Json, as_json, give, tell, tell_error, tell_table
from rosterkeeper.cli.progress import shown
from rosterkeeper.cli.report import exit_code, failed, run_object
from rosterkeeper.cli.session import database
from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.oneroster.fields import ENTITIES, Entity


@click.group()
def roster() -> None:
    """Look at a connection's live roster."""


@roster.command()
@click.argument("name")
@as_json
def counts(name: str, as_json: bool) -> int:
    """Count the records by entity: live, and removed but kept."""
    with database():
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.roster.reading import counts as count

        held = count(find(name).pk)
    if as_json:
        live: dict[str, Json] = {entity: numbers.live for entity, numbers in held.items()}
        removed: dict[str, Json] = {entity: numbers.removed for entity, numbers in held.items()}
        give({"connection": name, "counts": live, "removed": removed})
    else:
        rows = [(entity, numbers.live, numbers.removed) for entity, numbers in held.items()]
        tell_table(("entity", "live", "removed"), rows)
    return 0


@roster.command(name="hash")
@click.argument("name")
@click.option("--all", "every_field", is_flag=True, help="Cover every stored field, not only those all forms carry.")
@as_json
def hash_(name: str, every_field: bool, as_json: bool) -> int:
    """Print a hash of the live roster, as the last word; equal rosters have equal hashes."""
    with database(), shown() as follow:
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.runs.workflow import fingerprint

        result = fingerprint(find(name), every_field=every_field, on_progress=follow)
    if as_json and failed(result):
        give({"connection": name, **run_object(result)})
    elif as_json:
        give({"connection": name, "hash": result.hash, "all": every_field})
    if failed(result):
        tell_error(result.code, result.what, result.todo)
    elif not as_json:
        tell(f"{name}{' (every field)' if every_field else ''}: {result.hash}")
    return exit_code(result)


@roster.command()
@click.argument("name")
@click.argument("entity")
@click.argument("sourced_id")
@as_json
def show(name: str, entity: str, sourced_id: str, as_json: bool) -> int:
    """Show one record whole. It is somebody's personal data: mind who looks on."""
    kind = _entity(entity)
    with database():
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.roster.reading import record

        found = record(find(name).pk, kind, sourced_id)
    if found is None:
        raise RunRefused(
            "roster.unknown_record",
            f"The roster of {name} has no record of that id among {kind.name}.",
            todo="Ids are as the source gives them; upper and lower case differ.",
        )
    if as_json:
        give(
            {
                "connection": name,
                "entity": kind.name,
                "record": {**found.fields},
                "metadata": found.metadata,
                "removed_at": found.removed_at or None,
            }
        )
    else:
        extra = {"metadata": found.metadata, "removed at": found.removed_at}
        tell_table(("field", "value"), [pair for pair in {**found.fields, **extra}.items() if pair[1]])
    return 0


def _entity(word: str) -> Entity:
    for entity in ENTITIES:
        if word in (entity.name, entity.singular):
            return entity
    raise click.UsageError(
        f"There is no entity of that name; choose among {', '.join(each.name for each in ENTITIES)}."
    )
