"""The database for the time of a command: opened, known to be set up, dead runs settled."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

import os
from collections.abc import Iterator
from contextlib import contextmanager

from rosterkeeper.service.configuration import Configuration, read


def configuration() -> Configuration:
    """The installation's settings; SettingsError where one is wrong."""
    return read(os.environ)


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
        from rosterkeeper.features.runs.recover import recover

        recover()
        yield
