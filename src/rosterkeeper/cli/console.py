"""The teacher's console, started from its own room, which reads its own options."""

import sys

import click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def console(words: tuple[str, ...]) -> None:
    """Open the New Class page on a teacher's computer; `console --help` lists its commands."""
    # Its HTTP client takes longer to load than most commands take.
    from rosterkeeper.launcher.main import main  # noqa: PLC0415

    sys.exit(main(words))
