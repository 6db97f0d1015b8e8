"""The program `rosterkeeper`: its commands, and what a user sees when something goes wrong."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from rosterkeeper.cli.accounts import account
from rosterkeeper.cli.backups import backup
from rosterkeeper.cli.connections import connection
from rosterkeeper.cli.console import console
from rosterkeeper.cli.console_keys import console_keys
from rosterkeeper.cli.directory import upload
from rosterkeeper.cli.districts import district
from rosterkeeper.cli.faults import told
from rosterkeeper.cli.findings import findings
from rosterkeeper.cli.notices import notices
from rosterkeeper.cli.options import options
from rosterkeeper.cli.packages import export, sample, sample_server, validate
from rosterkeeper.cli.people import people
from rosterkeeper.cli.rekeying import ids
from rosterkeeper.cli.roster import roster
from rosterkeeper.cli.runs import approve, discard, redo, restore, runs, snapshots, sync, undo
from rosterkeeper.cli.schedule import schedule
from rosterkeeper.cli.scim import scim
from rosterkeeper.cli.secrets import secrets
from rosterkeeper.cli.service import first_link, serve, web, worker
from rosterkeeper.cli.tokens import token
from rosterkeeper.cli.trail import audit
from rosterkeeper.cli.upkeep import init, purge
from rosterkeeper.cli.watch import watch


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="rosterkeeper")
def cli() -> None:
    """Pull a school roster, prove it, compare it, apply it, serve it.

    Exit codes: 0 fine, 1 failed or refused, 2 usage or settings, 3 held.
    """


for _command in (
    init,
    district,
    connection,
    sync,
    schedule,
    watch,
    console,
    console_keys,
    runs,
    approve,
    discard,
    ids,
    undo,
    redo,
    restore,
    snapshots,
    roster,
    people,
    scim,
    findings,
    validate,
    export,
    sample,
    sample_server,
    purge,
    backup,
    secrets,
    serve,
    web,
    worker,
    first_link,
    account,
    token,
    audit,
    notices,
):
    cli.add_command(_command)
connection.add_command(options)
people.add_command(upload)


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line and return its exit code; nothing is raised."""
    try:
        code = cli.main(list(arguments), prog_name="rosterkeeper", standalone_mode=False)
    except BaseException as fault:  # noqa: BLE001 -- the one place below which no traceback may fall
        return told(fault, as_json="--json" in arguments)
    return code if isinstance(code, int) else 0


def main() -> NoReturn:
    """The console script."""
    # Databases, snapshots, exports: whatever is written holds people, and is its owner's alone.
    os.umask(0o077)
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader went away; Python would complain once more when it closes the stream at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
