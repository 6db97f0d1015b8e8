"""Django's settings, made of the installation's configuration."""

import os
from pathlib import Path
from typing import Final

from rosterkeeper.service.configuration import Configuration, read

# An interactive writer waits this long (seconds) while a large apply commits, and then some.
_BUSY_TIMEOUT: Final = 120

_POSTGRESQL_NAMES: Final = {
    "NAME": "dbname",
    "USER": "user",
    "PASSWORD": "password",
    "HOST": "host",
    "PORT": "port",
}

_CONFIGURATION = read(os.environ)

ROSTER_DATABASE_URL: str = _CONFIGURATION.database_url
ROSTER_SQLITE_PATH: Path | None = _CONFIGURATION.sqlite_path
ROSTER_SECRET_KEYS: tuple[str, ...] = _CONFIGURATION.secret_keys
ROSTER_KEY_FILE: Path = _CONFIGURATION.key_file
ROSTER_SCRATCH: Path = _CONFIGURATION.scratch
ROSTER_ARTIFACTS: Path = _CONFIGURATION.artifacts
ROSTER_JOB_LOG: Path = _CONFIGURATION.job_log
ROSTER_MEMORY_LIMIT: str = _CONFIGURATION.memory_limit
ROSTER_THREADS: int = _CONFIGURATION.threads
ROSTER_ALLOWED_HOSTS: tuple[str, ...] = _CONFIGURATION.allowed_hosts
ROSTER_CLASSLINK_API_KEY: str = _CONFIGURATION.classlink_api_key
ROSTER_CLASSLINK_PROXY: str = _CONFIGURATION.classlink_proxy

INSTALLED_APPS = [
    "rosterkeeper.features.connections",
    "rosterkeeper.features.roster",
    "rosterkeeper.features.runs",
]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def database_of(configuration: Configuration) -> dict[str, object]:
    """The configuration's database as Django wants it told; SettingsError where PostgreSQL would not understand it."""
    if configuration.sqlite_path is not None:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": configuration.sqlite_path,
            "OPTIONS": {
                "timeout": _BUSY_TIMEOUT,
                "transaction_mode": "IMMEDIATE",
                # The page size takes effect on a new file: larger than usual makes a first load cheaper, larger still
                # a day's changes dearer.
                "init_command": "PRAGMA page_size=8192;PRAGMA journal_mode=WAL",
            },
        }
    # psycopg takes a moment to import, and libpq's own reading of the URL is the one to trust.
    from psycopg import ProgrammingError  # noqa: PLC0415
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    from rosterkeeper.oneroster.errors import SettingsError  # noqa: PLC0415

    try:
        stated = conninfo_to_dict(configuration.database_url)
    except ProgrammingError:
        raise SettingsError(
            "settings.database_url",
            "ROSTERKEEPER_DATABASE_URL is not an address that PostgreSQL understands.",
            todo="Write postgresql://user:password@host/database.",
        ) from None
    named = {django: stated.pop(libpq, None) or "" for django, libpq in _POSTGRESQL_NAMES.items()}
    return {"ENGINE": "django.db.backends.postgresql", **named, "OPTIONS": stated}


DATABASES = {"default": database_of(_CONFIGURATION)}
