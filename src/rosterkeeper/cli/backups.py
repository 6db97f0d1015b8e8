"""Commands that keep what an installation holds: backup, and the half of restore that is about backups."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

from pathlib import Path
from typing import Final

import click

from rosterkeeper.cli.output import as_json, chat, give, tell
from rosterkeeper.cli.session import configuration, database
from rosterkeeper.oneroster.errors import SettingsError

_MEGABYTE: Final = 1_000_000


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-key", is_flag=True, help="Put the key of stored secrets into it, too; guard the file then.")
@as_json
def backup(file: Path, with_key: bool, as_json: bool) -> int:
    """Write the database, snapshots, held changes and uploads to one file, while everything runs."""
    stated = configuration()
    with database():
        from rosterkeeper.features.audit.log import record
        from rosterkeeper.service.backup.taking import take

        made = take(stated, file, with_key=with_key)
        record("backup.taken", details={"with_key": with_key, "bytes": made.size})
    if as_json:
        give(
            {
                "file": str(file),
                "bytes": made.size,
                "parts": made.parts,
                "made_at": made.manifest.made_at,
                "database": made.manifest.database,
                "with_key": with_key,
            }
        )
    else:
        tell(f"{file}: {made.parts} parts, {made.size / _MEGABYTE:.1f} MB, as of {made.manifest.made_at}.")
        if not with_key:
            chat("The key of stored secrets is not in it. Keep secret.key at another place.")
    return 0


def restored(file: str, *, as_json: bool) -> int:
    """Restore a backup and tell what is there now."""
    stated = configuration()
    from rosterkeeper.service.backup.restoring import restore

    manifest = restore(stated, Path(file))
    with database():
        from rosterkeeper.features.audit.log import record

        record("backup.restored", details={"made_at": manifest.made_at})
        secrets = _secrets()
    if as_json:
        give(
            {
                "file": file,
                "made_at": manifest.made_at,
                "program": manifest.program,
                "database": manifest.database,
                "secrets": secrets,
                "settings": manifest.settings,
            }
        )
        return 0
    tell(f"Restored the {manifest.database} database as of {manifest.made_at}.")
    if secrets == "locked":
        tell(
            "The stored secrets cannot be opened without their key: put secret.key of that installation into"
            f" {stated.data_dir}, or set ROSTERKEEPER_SECRET_KEY."
        )
    tell(*(f"It ran with {name}={value}" for name, value in manifest.settings.items() if value))
    return 0


def _secrets() -> str:
    """Whether the stored secrets can be used here: readable, locked or none."""
    from rosterkeeper.features.sealed.box import installed_keys
    from rosterkeeper.features.sealed.rotation import are_readable, sealed_values

    if not sealed_values():
        return "none"
    try:
        return "readable" if are_readable(installed_keys()) else "locked"
    except SettingsError:
        return "locked"
