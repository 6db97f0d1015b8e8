"""The teacher's console, started from its own room, which reads its own options."""

import sys

import click

from rosterkeeper.launcher.main import main


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def console(words: tuple[str, ...]) -> None:
    """Open the New Class page on a teacher's computer; `console --help` lists its commands."""
    sys.exit(main(words))
