"""Commands that keep the installation: init, purge."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

from typing import Final

import click

from rosterkeeper.cli.output import Json, as_json, give, tell
from rosterkeeper.cli.progress import shown
from rosterkeeper.cli.report import exit_code, failed, report_run, run_object
from rosterkeeper.cli.session import configuration, database, set_up

# A century; the calendar of dates ends not far beyond.
_MOST_DAYS: Final = 36_500


@click.command()
@click.option("--no-copy", is_flag=True, help="Upgrade a database without a copy of it first.")
@as_json
def init(no_copy: bool, as_json: bool) -> int:
    """Set up the data folder, the key of stored secrets and the database. Asks nothing; safe to repeat.

    A database of an earlier version is copied to the folder backups first, and then upgraded whole or not at all.
    """
    stated = configuration()
    with set_up(with_copy=not no_copy) as done:
        from rosterkeeper.features.connections.workflow import prepare

        made_key = prepare()
    kind = "sqlite" if stated.sqlite_path else "postgresql"
    if as_json:
        give(
            {
                "database": kind,
                "data_dir": str(stated.data_dir),
                "migrations": done.migrations,
                "key_made": made_key,
                "copy": str(done.copy) if done.copy else "",
            }
        )
    else:
        tell(f"The {kind} database is ready; {len(done.migrations)} migrations were applied.")
        tell(f"Data folder: {stated.data_dir}" + (" (a key for stored secrets was made)" if made_key else ""))
    return 0


@click.command()
@click.option(
    "--days",
    type=click.IntRange(min=0, max=_MOST_DAYS),
    default=365,
    show_default=True,
    help="Keep removed records so long.",
)
@as_json
def purge(days: int, as_json: bool) -> int:
    """Delete for good what was removed from the rosters more than so many days ago."""
    objects: list[Json] = []
    worst = 0
    with database():
        from rosterkeeper.features.connections.workflow import ever
        from rosterkeeper.features.runs import workflow

        for connection in ever():
            with shown() as follow:
                ended = workflow.purge(connection, days=days, on_progress=follow)
            worst = max(worst, exit_code(ended.result))
            objects.append({"connection": connection.name, "run": ended.run, **run_object(ended.result)})
            if not as_json:
                tell(f"{connection.name}:")
            if not as_json or failed(ended.result):
                report_run(connection.name, "purge", ended.run, ended.result, as_json=False)
    if as_json:
        give({"days": days, "purged": objects})
    return worst
