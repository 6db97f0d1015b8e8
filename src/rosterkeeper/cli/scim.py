"""Commands about the tokens by which a district's identity provider pushes accounts: list, add, rotate, revoke."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

from typing import TYPE_CHECKING

import click

from rosterkeeper.cli.output import Json, as_json, give, tell, tell_table
from rosterkeeper.cli.session import database
from rosterkeeper.oneroster.errors import SettingsError

if TYPE_CHECKING:
    from rosterkeeper.features.scim.models import DirectoryToken

_number = click.IntRange(min=1)


@click.group()
def scim() -> None:
    """Tokens by which a district's identity provider pushes accounts by SCIM."""


@scim.command(name="list")
@click.argument("district")
@as_json
def list_(district: str, as_json: bool) -> int:
    """List a district's tokens, the newest first."""
    with database():
        from rosterkeeper.features.connections.districts import find
        from rosterkeeper.features.scim import tokens

        objects = [_object(each) for each in tokens.listed(find(district).pk)]
    if as_json:
        give({"district": district, "tokens": objects})
    elif objects:
        head = ("id", "name", "begins_with", "state", "last_used")
        tell_table(head, [[str(each[column] or "") for column in head] for each in objects])
    else:
        tell(f"There is no token. Next: rosterkeeper scim add {district} NAME")
    return 0


@scim.command()
@click.argument("district")
@click.argument("name")
@as_json
def add(district: str, name: str, as_json: bool) -> int:
    """Make a token and print it. It is kept nowhere: mind who looks on."""
    with database():
        from rosterkeeper.features.connections.districts import find
        from rosterkeeper.features.scim import tokens

        made, text = tokens.make(find(district).pk, name)
        return _given(made, text, as_json=as_json)


@scim.command()
@click.argument("district")
@click.argument("number", type=_number)
@as_json
def rotate(district: str, number: int, as_json: bool) -> int:
    """Make a token in the place of one, which stays good for a week, and print it."""
    with database():
        from rosterkeeper.features.scim import tokens

        made, text = tokens.rotate(_found(district, number))
        return _given(made, text, as_json=as_json)


@scim.command()
@click.argument("district")
@click.argument("number", type=_number)
@as_json
def revoke(district: str, number: int, as_json: bool) -> int:
    """Let no identity provider in by a token any more."""
    with database():
        from rosterkeeper.features.scim import tokens

        found = _found(district, number)
        tokens.revoke(found)
        shown = _object(found)
    if as_json:
        give(shown)
    else:
        tell(f"Token {number} is revoked.")
    return 0


def _found(district: str, number: int) -> "DirectoryToken":
    from rosterkeeper.features.connections.districts import find
    from rosterkeeper.features.scim import tokens

    found = tokens.find(find(district).pk, number)
    if found is None:
        raise SettingsError(
            "scim.no_token",
            f"The district has no token {number}.",
            todo=f"See rosterkeeper scim list {district}.",
        )
    return found


def _given(made: "DirectoryToken", text: str, *, as_json: bool) -> int:
    if as_json:
        give({**_object(made), "token": text})
    else:
        tell(text)
    return 0


def _object(found: "DirectoryToken") -> dict[str, Json]:
    return {
        "id": found.pk,
        "name": found.name,
        "begins_with": found.hint,
        "state": "good" if found.is_good else "ended",
        "until": found.until.isoformat() if found.until else None,
        "last_used": found.used_at.isoformat() if found.used_at else None,
    }
