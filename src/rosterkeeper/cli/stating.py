"""The options by which a connection's source is stated, and its secrets, which never come as arguments."""

import os
import sys
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import click

from rosterkeeper.sources.oneroster.presets import NAMES
from rosterkeeper.sources.spec import AUTH_STYLES, AUTHS, GRANTS, INCREMENTAL, VERSIONS

F = TypeVar("F", bound=Callable[..., object])

_OPTIONS: Final = (
    click.option("--path", help="The zip of a csv connection."),
    click.option("--url", help="The root address of the server: ClassLink's Endpoint URL, or a OneRoster server's."),
    click.option("--tenant-id", help="The district's Tenant ID at ClassLink; the secret is then the API key."),
    click.option("--client-id", help="The client id, or key, that the server gave out."),
    click.option("--preset", type=click.Choice(NAMES), help="The district's SIS; fills in what is known of it."),
    click.option(
        "--auth", type=click.Choice(AUTHS), help="How to sign in; OAuth 2, at ClassLink OAuth 1, if not given."
    ),
    click.option("--token-url", help="Where an OAuth 2 token is fetched, if not at the usual place."),
    click.option("--auth-style", type=click.Choice(AUTH_STYLES), help="How the client shows itself for a token."),
    click.option("--grant", type=click.Choice(GRANTS), help="What a token is given for."),
    click.option("--username", help="Who the password grant names; the password comes from ROSTERKEEPER_PASSWORD."),
    click.option("--scope", help="The scope to ask for; `none` asks for none. The standard's own if not given."),
    click.option("--version", type=click.Choice(VERSIONS), help="OneRoster's version; found by asking if not given."),
    click.option("--page-size", type=click.IntRange(1, 50_000), help="How many records to ask for at once."),
    click.option("--incremental", type=click.Choice(INCREMENTAL), help="Whether to ask for what changed only."),
    click.option("--full-every-days", type=click.IntRange(1, 365), help="Pull everything anew when so old; 7."),
    click.option("--in-flight", type=click.IntRange(1, 8), help="How many requests run at once."),
)


def stated_options(command: F) -> F:
    """Give a command every option of a source."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def given(options: Mapping[str, str | int | None]) -> dict[str, str | int]:
    """The options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def secrets_of(kind: str, stated: Mapping[str, str | int], *, blank_means: str = "") -> dict[str, str]:
    """The secrets for a connection of the kind: from the environment, else from a prompt at a terminal.

    ``blank_means`` says what an empty answer comes to; without it an empty answer is not taken.
    """
    if kind == "csv":
        return {}
    wanted = ["secret"]
    if stated.get("grant") == "password" or "username" in stated:
        wanted.append("password")
    found = {name: os.environ.get(f"ROSTERKEEPER_{name.upper()}", "") for name in wanted}
    for name in wanted:
        if not found[name] and sys.stdin.isatty():
            hint = f"{name.capitalize()} (blank: {blank_means})" if blank_means else name.capitalize()
            default = "" if blank_means else None
            found[name] = click.prompt(hint, hide_input=True, err=True, default=default, show_default=False)
    return {name: secret for name, secret in found.items() if secret}
