"""Taking a backup: the database as it is at one moment, and beside it what it names, while everything runs."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from rosterkeeper.features.sealed.box import installed_keys
from rosterkeeper.job.locks import Held, locked
from rosterkeeper.oneroster.errors import RunRefused
from rosterkeeper.service.backup.archive import ARTIFACTS, DATABASE, KEY, Manifest, Writer, written
from rosterkeeper.service.backup.pinned import drop_orphans, pin
from rosterkeeper.service.backup.sqlite import copy_database, migrations_in
from rosterkeeper.service.configuration import Configuration

_SHAREABLE: Final = (
    "ROSTERKEEPER_MEMORY_LIMIT",
    "ROSTERKEEPER_THREADS",
    "ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS",
    "ROSTERKEEPER_CLASSLINK_PROXY",
    "ROSTERKEEPER_RETENTION_DAYS",
    "ROSTERKEEPER_TIME_ZONE",
    "ROSTERKEEPER_WEB_HOSTS",
    "ROSTERKEEPER_HTTPS",
    "ROSTERKEEPER_TRUST_PROXY",
    "ROSTERKEEPER_PUBLIC_URL",
    "ROSTERKEEPER_SMTP_HOST",
    "ROSTERKEEPER_SMTP_PORT",
    "ROSTERKEEPER_SMTP_USER",
    "ROSTERKEEPER_SMTP_TLS",
    "ROSTERKEEPER_SMTP_FROM",
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that was made: its size in bytes, how many parts it has, and the manifest's word on the rest."""

    size: int
    parts: int
    manifest: Manifest


def take(configuration: Configuration, file: Path, *, with_key: bool = False, whole: bool = True) -> Taken:
    """Write a backup of the open database and, where ``whole``, of the artifacts.

    Errors: ``backup.exists``, ``backup.busy``, ``secret.no_key``, ``backup.no_room``, ``backup.write``.
    """
    with _alone(configuration) as staging, Writer(file) as writer:
        pins = staging / "artifacts"
        if whole:
            pin(configuration.artifacts, pins)
        manifest = _manifest(configuration, whole=whole)
        _add_database(configuration, manifest, writer, staging)
        if whole:
            pin(configuration.artifacts, pins)
            drop_orphans(pins)
            for path in sorted(each for each in pins.rglob("*") if each.is_file()):
                writer.add(f"{ARTIFACTS}{path.relative_to(pins).as_posix()}", path)
        if with_key:
            with writer.part(KEY) as part:
                part.write("".join(f"{key}\n" for key in installed_keys()).encode())
        return Taken(writer.finish(manifest), len(manifest.parts), manifest)


def _add_database(configuration: Configuration, manifest: Manifest, writer: Writer, staging: Path) -> None:
    if configuration.sqlite_path is not None:
        copy = staging / DATABASE
        with written():
            copy_database(copy)
        manifest.migrations = migrations_in(copy)
        writer.add(DATABASE, copy)
        copy.unlink()
        return
    # psycopg takes a moment to import, and an installation on SQLite has no use for it.
    from rosterkeeper.service.backup import postgresql  # noqa: PLC0415

    with postgresql.snapshot(configuration.database_url) as session:
        manifest.migrations = postgresql.migrations_of(session)
        manifest.columns, manifest.sequences = postgresql.dump(session, writer)


def _manifest(configuration: Configuration, *, whole: bool) -> Manifest:
    return Manifest(
        program=version("rosterkeeper"),
        made_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        database="sqlite" if configuration.sqlite_path else "postgresql",
        whole=whole,
        settings=_settings(),
    )


def _settings() -> dict[str, str]:
    """The environment's settings that are no secret and not of one machine, so that they can be set again."""
    return {name: os.environ[name] for name in _SHAREABLE if os.environ.get(name)}


@contextmanager
def _alone(configuration: Configuration) -> Iterator[Path]:
    """A folder for what is on its way into a backup; one backup at a time, so what is left there is nobody's."""
    parent = configuration.scratch / "backup"
    with ExitStack() as held:
        with written():
            configuration.locks.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                held.enter_context(locked(configuration.locks / "backup.lock", wait=False))
            except Held:
                raise RunRefused(
                    "backup.busy",
                    "Another backup of this installation is being made.",
                    todo="Wait for it to end, then try again.",
                    retry_after=60,
                ) from None
        try:
            shutil.rmtree(parent, ignore_errors=True)
            with written():
                parent.mkdir(mode=0o700, parents=True)
            yield parent
        finally:
            shutil.rmtree(parent, ignore_errors=True)
