"""What a user sees of a fault: one line with a code, one with what to do; never a traceback."""

import errno
import os
import secrets
import sys
import tempfile
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
from click.exceptions import NoArgsIsHelpError, NoSuchOption

from rosterkeeper.cli.output import error_object, give, tell_error
from rosterkeeper.engine.outcomes import EXIT_FAILED, EXIT_USAGE
from rosterkeeper.job.logs import roomy
from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError
from rosterkeeper.service.configuration import read

LOG_NAME: Final = "errors.log"
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_UNWRITABLE: Final = (errno.EACCES, errno.EPERM, errno.EROFS)


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
        # Where standard output takes nothing, standard error and the exit code still tell.
        with suppress(OSError, RosterkeeperError):
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
            # An id may begin like an option.
            dash = "Write -- before a value that begins with a dash. " if isinstance(fault, NoSuchOption) else ""
            return SettingsError("usage.wrong", fault.format_message(), todo=f"{dash}See {path} --help.")
        case click.ClickException():
            return SettingsError("usage.file", fault.format_message(), todo="Correct the path, then try again.")
        case click.Abort() | KeyboardInterrupt():
            return RosterkeeperError("run.stopped", "The command was stopped.", todo="Start it again when it suits.")
        case OSError(errno=number) if number in (*_FULL, *_UNWRITABLE):
            _logged(fault)
            return _of_files(fault)
        case _:
            reference, log = _logged(fault)
            return RosterkeeperError(
                "program.fault",
                f"Something unexpected went wrong; its reference is {reference}.",
                todo=f"Report the reference; the details are in {log}.",
            )


def _of_files(fault: OSError) -> RosterkeeperError:
    if fault.errno in _FULL:
        return RosterkeeperError(
            "files.full",
            "A disk that is written to is full.",
            todo="Make room where ROSTERKEEPER_DATA_DIR and the files that were named are, then start it again.",
        )
    return SettingsError(
        "files.unwritable",
        f"A file or folder could not be used ({fault.strerror}).",
        todo="Let this user write to ROSTERKEEPER_DATA_DIR, all that is in it, and the files that were named.",
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
