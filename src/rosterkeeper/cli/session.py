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
def database() -> Iterator[None]:
    """The opened database; SettingsError where it is not set up. Models may be imported inside only."""
    configuration()
    from rosterkeeper.service.database import opened

    with opened():
        from rosterkeeper.features.runs.recover import recover

        recover()
        yield
