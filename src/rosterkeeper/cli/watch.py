"""The command watch, and what it shares with a sync of a folder: every complete zip taken up, and told of."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

import time
from typing import TYPE_CHECKING

import click

from rosterkeeper.cli.output import Json, as_json, chat, give, tell, tell_error
from rosterkeeper.cli.progress import shown
from rosterkeeper.cli.report import exit_code, report_run, run_object
from rosterkeeper.cli.session import database
from rosterkeeper.engine.outcomes import EXIT_OK
from rosterkeeper.oneroster.errors import RosterkeeperError, RunRefused, SettingsError
from rosterkeeper.sources.csvzip.folder import SETTLE_SECONDS

if TYPE_CHECKING:
    from rosterkeeper.features.connections.models import Connection
    from rosterkeeper.features.runs.dropping import Passed
    from rosterkeeper.features.runs.workflow import Wish


@click.command()
@click.argument("name")
@click.option("--every", type=click.FloatRange(min=0.1), default=10.0, show_default=True, help="Seconds between looks.")
@click.option(
    "--settle",
    type=click.FloatRange(min=0),
    default=SETTLE_SECONDS,
    show_default=True,
    help="Seconds without a change after which a zip is taken to be there in full.",
)
@click.option("--once", is_flag=True, help="Look once, take up what is complete, and end.")
@as_json
def watch(name: str, every: float, settle: float, once: bool, as_json: bool) -> int:
    """Sync each zip that is put into a connection's folder, and move it to done, held or refused; ends with Ctrl-C."""
    with database():
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.runs.dropping import require_folder
        from rosterkeeper.features.runs.workflow import Wish

        require_folder(find(name))
        if once:
            return take_all(find(name), Wish(), settle=settle, as_json=as_json)
    chat(f"Watching the folder of {name}; Ctrl-C ends it.")
    try:
        while True:
            _look(name, settle, as_json=as_json)
            time.sleep(every)
    except KeyboardInterrupt:
        chat("The watch has ended.")
    return EXIT_OK


def take_all(connection: "Connection", wish: "Wish", *, settle: float = SETTLE_SECONDS, as_json: bool) -> int:
    """Take up every complete zip of the connection's folder once, tell of it, and return the worst exit code."""
    from rosterkeeper.features.runs.dropping import take_up

    files: list[Json] = []
    worst = EXIT_OK
    with shown() as follow:
        for passed in take_up(connection, wish, settle=settle, on_progress=follow):
            worst = max(worst, exit_code(passed.result))
            files.append(_object(passed))
            if not as_json:
                _tell(connection.name, passed)
    if as_json:
        give({"connection": connection.name, "files": files})
    elif not files:
        tell("No complete zip waits in the folder.")
    return worst


def _look(name: str, settle: float, *, as_json: bool) -> None:
    """One round of a watch, which no fault but one of the settings ends: the next round tries again."""
    try:
        with database(), shown() as follow:
            from django.db import close_old_connections

            from rosterkeeper.features.connections.workflow import find
            from rosterkeeper.features.runs.dropping import take_up
            from rosterkeeper.features.runs.workflow import Wish

            # Nobody keeps a connection to the database for days.
            close_old_connections()
            for passed in take_up(find(name), Wish(), settle=settle, on_progress=follow):
                if as_json:
                    give(_object(passed))
                else:
                    _tell(name, passed)
    except SettingsError:
        raise
    except RunRefused as fault:
        # Another watcher, or another run of the connection, is at it.
        if fault.code != "run.busy":
            tell_error(fault.code, fault.what, fault.todo)
    except RosterkeeperError as fault:
        tell_error(fault.code, fault.what, fault.todo)


def _object(passed: "Passed") -> dict[str, Json]:
    return {
        "file": passed.name,
        "place": passed.place,
        "path": str(passed.path),
        "run": passed.run,
        **run_object(passed.result),
    }


def _tell(connection: str, passed: "Passed") -> None:
    tell(f"{passed.name}: now in {passed.place}/")
    report_run(connection, "sync", passed.run, passed.result, as_json=False)
