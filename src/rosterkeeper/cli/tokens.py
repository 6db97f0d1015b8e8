"""Commands about tokens of the API: list, add, revoke."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from rosterkeeper.cli.output import Json, as_json, give, tell, tell_table
from rosterkeeper.cli.session import database

if TYPE_CHECKING:
    from rosterkeeper.features.accounts.models import ApiToken

# As in accounts.rights, which cannot be imported before Django is set up.
_SCOPES: Final = ("roster", "see", "run", "settings", "accounts")
# As in accounts.kinds.
_KINDS: Final = ("student", "staff", "parent", "class")


@click.group()
def token() -> None:
    """Tokens of the API."""


@token.command(name="list")
@as_json
def list_(as_json: bool) -> int:
    """List the tokens, the newest first."""
    with database():
        from rosterkeeper.features.accounts.tokens import listed

        objects = [_object(each) for each in listed()]
    if as_json:
        give({"tokens": objects})
    elif objects:
        head = ("id", "name", "account", "scopes", "state", "last_used")
        tell_table(head, [[_cell(each[column]) for column in head] for each in objects])
    else:
        tell("There is no token. Next: rosterkeeper token add NAME --account EMAIL --scope see")
    return 0


@token.command()
@click.argument("name")
@click.option("--account", "email", required=True, help="The account that the token acts as.")
@click.option("--scope", "scopes", type=click.Choice(_SCOPES), multiple=True, required=True, help="What it may do.")
@click.option("--kind", "kinds", type=click.Choice(_KINDS), multiple=True, help="Of whom it is told alone.")
@click.option("--district", "districts", multiple=True, metavar="NAME", help="A district that it sees alone.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is good; else until it is revoked.")
@as_json
def add(name: str, email: str, days: int | None, as_json: bool, **limits: tuple[str, ...]) -> int:
    """Make a token and print it. It is kept nowhere: mind who looks on."""
    with database():
        from django.utils import timezone

        from rosterkeeper.features.accounts.kinds import limit
        from rosterkeeper.features.accounts.rights import Right
        from rosterkeeper.features.accounts.tokens import make
        from rosterkeeper.features.accounts.workflow import find
        from rosterkeeper.features.connections import districts

        until = timezone.now() + timedelta(days=days) if days else None
        scopes = [Right(each) for each in limits["scopes"]]
        numbers = [districts.find(each).pk for each in limits["districts"]]
        made, text = make(find(email), name, scopes, districts=numbers, until=until)
        limit(made, limits["kinds"])
        shown = _object(made)
    if as_json:
        give({**shown, "token": text})
    else:
        tell(text)
    return 0


@token.command()
@click.argument("number", type=click.IntRange(1))
@as_json
def revoke(number: int, as_json: bool) -> int:
    """Let nobody in by a token any more."""
    with database():
        from rosterkeeper.features.accounts import tokens

        found = tokens.find(number)
        tokens.revoke(found)
        shown = _object(found)
    if as_json:
        give(shown)
    else:
        tell(f"Token {number} is revoked.")
    return 0


def _object(found: "ApiToken") -> dict[str, Json]:
    return {
        "id": found.pk,
        "name": found.name,
        "account": found.account.email,
        "scopes": found.scopes,
        "kinds": found.kinds,
        "districts": found.districts,
        "state": "good" if found.is_good else "ended",
        "until": found.until.isoformat() if found.until else None,
        "last_used": found.used_at.isoformat() if found.used_at else None,
    }


def _cell(value: Json) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")
