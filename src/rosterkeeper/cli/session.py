"""The database for the time of a command: opened, known to be set up, dead runs settled."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rosterkeeper.cli.output import chat
from rosterkeeper.service.configuration import Configuration, read


def configuration() -> Configuration:
    """The installation's settings; SettingsError where one is wrong."""
    return read(os.environ)


@dataclass(frozen=True, slots=True)
class SetUp:
    """What setting the database up did: the migrations applied, and the copy that was made before, if any."""

    migrations: list[str]
    copy: Path | None


@contextmanager
def set_up(*, with_copy: bool = True) -> Iterator[SetUp]:
    """The database with every migration applied; one that holds something is copied before it is changed."""
    stated = configuration()
    from rosterkeeper.service.backup.upgrading import copy_before_upgrade
    from rosterkeeper.service.database import initialised

    copies: list[Path] = []

    def copy() -> None:
        if with_copy and (made := copy_before_upgrade(stated)):
            copies.append(made)
            chat(f"The database was copied to {made} before its upgrade.")

    with initialised(copy) as migrations:
        yield SetUp(migrations, copies[0] if copies else None)


@contextmanager
def database(*, with_child: bool = False) -> Iterator[None]:
    """The opened database; SettingsError where it is not set up. Models may be imported inside only.

    ``with_child`` says that a job will follow, so that its process is started already.
    """
    settings = configuration()
    # Without a data folder there is nothing to sync yet, and a log would make one.
    if with_child and settings.data_dir.is_dir():
        from rosterkeeper.job.launch import start_ahead

        start_ahead(settings.job_log)
    from rosterkeeper.service.database import opened

    with opened():
        from rosterkeeper.features.audit.callers import Caller, calling
        from rosterkeeper.features.runs.recover import recover

        recover()
        # Whoever may run commands is not an account; that it was a command is what can be said.
        with calling(lambda: Caller(origin="command line")):
            yield
