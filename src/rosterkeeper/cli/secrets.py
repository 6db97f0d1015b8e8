"""Commands about the key of stored secrets."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

import click

from rosterkeeper.cli.output import as_json, give, tell
from rosterkeeper.cli.session import database


@click.group()
def secrets() -> None:
    """The key of stored secrets."""


@secrets.command()
@as_json
def rotate(as_json: bool) -> int:
    """Seal every stored secret with a new key, while everything runs; the old key opens nothing then."""
    with database():
        from rosterkeeper.features.audit.log import record
        from rosterkeeper.features.sealed.rotation import rotate as change

        done = change()
        record("secrets.rotated", details={"secrets": done.secrets})
    if as_json:
        give({"secrets": done.secrets, "keys_to_remove": done.keys_to_remove})
        return 0
    tell(f"{done.secrets} secrets are sealed with the newest key.")
    if done.keys_to_remove:
        tell("Leave that key alone in ROSTERKEEPER_SECRET_KEY, and start every process anew with it.")
    else:
        tell("Keep a copy of secret.key at another place; backups made until now need the old one.")
    return 0


@secrets.command("new-key")
@as_json
def new_key(as_json: bool) -> int:
    """Print a new key for ROSTERKEEPER_SECRET_KEY. It is kept nowhere: mind who looks on."""
    from rosterkeeper.features.sealed.box import new_key as made

    key = made()
    if as_json:
        give({"key": key})
    else:
        tell(key)
    return 0
