"""The program `rosterkeeper`: its commands, and what a user sees when something goes wrong."""

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NoReturn

import click

from rosterkeeper.cli.faults import told

# The modules of this room, and the commands that each of them has.
_HOMES: Final = {
    "accounts": ("account",),
    "backups": ("backup",),
    "connections": ("connection",),
    "console": ("console",),
    "console_keys": ("console-keys",),
    "districts": ("district",),
    "findings": ("findings",),
    "notices": ("notices",),
    "packages": ("export", "sample", "sample-server", "validate"),
    "people": ("people",),
    "rekeying": ("ids",),
    "roster": ("roster",),
    "runs": ("approve", "discard", "redo", "restore", "runs", "snapshots", "sync", "undo"),
    "schedule": ("schedule",),
    "scim": ("scim",),
    "secrets": ("secrets",),
    "service": ("first-link", "serve", "web", "worker"),
    "tokens": ("token",),
    "trail": ("audit",),
    "upkeep": ("init", "purge"),
    "watch": ("watch",),
}
_OBJECTS_BETWEEN_LOOKS: Final = 20_000
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}


class _Commands(click.Group):
    """The commands, of which only the one that is asked for is loaded: all of them take a fifth of a second."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's shape
        """Their names, in the order of the alphabet."""
        return sorted(_HOME_OF)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's shape
        """The command of a name; None where there is none."""
        home = _HOME_OF.get(cmd_name)
        if home is None:
            return None
        found = vars(import_module(f"rosterkeeper.cli.{home}"))[cmd_name.replace("-", "_")]
        if not isinstance(found, click.Command):
            raise TypeError(cmd_name)
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="rosterkeeper")
def cli() -> None:
    """Pull a school roster, prove it, compare it, apply it, serve it.

    Exit codes: 0 fine, 1 failed or refused, 2 usage or settings, 3 held.
    """


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
    # Loading makes many objects and drops none: to look for those at Python's own pace is a tenth of a small command.
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
    _fill_closed_streams()
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            # The reader went away, or there is no room; Python would complain once more when it closes the stream.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)


def _fill_closed_streams() -> None:
    """Open what a shell's `>&-` closed: the next file, perhaps the database, would become standard output."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # The lowest number that is free is the one that was closed.
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
