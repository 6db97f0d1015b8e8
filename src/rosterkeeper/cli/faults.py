"""What a user sees of a fault: one line with a code, one with what to do; never a traceback."""

import os
import secrets
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
from click.exceptions import NoArgsIsHelpError

from rosterkeeper.cli.output import error_object, give, tell_error
from rosterkeeper.engine.outcomes import EXIT_FAILED, EXIT_USAGE
from rosterkeeper.job.logs import roomy
from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError
from rosterkeeper.service.configuration import read

LOG_NAME: Final = "errors.log"


def told(fault: BaseException, *, as_json: bool) -> int:
    """Tell the user of the fault and return the exit code."""
    match fault:
        case BrokenPipeError():
            return EXIT_FAILED  # whoever read our output has gone; there is nobody to tell
        case SystemExit(code=int(code)):
            return code
        case NoArgsIsHelpError():
            click.echo(fault.ctx.get_help() if fault.ctx else "", err=True)
            return EXIT_USAGE
        case _:
            error = _as_error(fault)
    if as_json:
        give({"error": error_object(error)})
    tell_error(error.code, error.what, error.todo)
    return error.exit_code


def _as_error(fault: BaseException) -> RosterkeeperError:
    match fault:
        case RosterkeeperError():
            if fault.__cause__ is not None:
                _logged(fault)
            return fault
        case click.UsageError():
            path = fault.ctx.command_path if fault.ctx else "rosterkeeper"
            return SettingsError("usage.wrong", fault.format_message(), todo=f"See {path} --help.")
        case click.ClickException():
            return SettingsError("usage.file", fault.format_message(), todo="Correct the path, then try again.")
        case click.Abort() | KeyboardInterrupt():
            return RosterkeeperError("run.stopped", "The command was stopped.", todo="Start it again when it suits.")
        case _:
            reference, log = _logged(fault)
            return RosterkeeperError(
                "program.fault",
                f"Something unexpected went wrong; its reference is {reference}.",
                todo=f"Report the reference; the details are in {log}.",
            )


def _logged(fault: BaseException) -> tuple[str, Path]:
    """Append where the fault came from to the log; the reference it has there, and the log's path.

    A fault's own text may quote data, so that its class and the places stand in the log, and its text does not.
    """
    reference = secrets.token_hex(4)
    lines = [f"{datetime.now(UTC).isoformat(timespec='seconds')} reference {reference}\n"]
    link: BaseException | None = fault
    while link is not None:
        lines += [f"{type(link).__module__}.{type(link).__qualname__}\n", *traceback.format_tb(link.__traceback__)]
        link = link.__cause__ or link.__context__
    for folder in _log_folders():
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with roomy(folder / LOG_NAME).open("a", encoding="utf-8") as log:
                log.writelines([*lines, "\n"])
        except OSError:
            continue
        return reference, folder / LOG_NAME
    return reference, Path(os.devnull)


def _user() -> str:
    """What tells the users of this machine apart; Windows gives each a folder of temporary files of their own."""
    if sys.platform == "win32":
        return "mine"
    return str(os.getuid())


def _log_folders() -> list[Path]:
    fallback = Path(tempfile.gettempdir()) / f"rosterkeeper-{_user()}"
    try:
        return [read(os.environ).logs, fallback]
    except SettingsError:
        return [fallback]
