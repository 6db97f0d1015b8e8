"""Commands about the security keys of schools: list, add, show, rotate, revoke."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

from typing import TYPE_CHECKING

import click

from rosterkeeper.cli.output import Json, as_json, give, tell, tell_table
from rosterkeeper.cli.session import database
from rosterkeeper.oneroster.errors import SettingsError

if TYPE_CHECKING:
    from rosterkeeper.features.console.models import Key

_of = click.option("--district", default="", help="Whose; needed where there are several districts.")


@click.group(name="console-keys")
def console_keys() -> None:
    """Security keys, by which teachers' consoles come in."""


@console_keys.command(name="list")
@_of
@as_json
def list_(district: str, as_json: bool) -> int:
    """List a district's keys, without their secrets."""
    with database():
        from rosterkeeper.features.console import keys

        objects = [_object(each) for each in keys.listed(_district(district))]
    if as_json:
        give({"keys": objects})
    elif objects:
        head = ("key", "school", "note", "state", "last_used")
        tell_table(head, [[str(each[column] or "") for column in head] for each in objects])
    else:
        tell("There is no key. Next: rosterkeeper console-keys add --school NAME")
    return 0


@console_keys.command()
@click.option("--school", default="", help="CONNECTION:SOURCED_ID, sourcedId or name; else it is the whole district's.")
@click.option("--note", default="", help="What tells it from other keys.")
@_of
@as_json
def add(school: str, note: str, district: str, as_json: bool) -> int:
    """Make a key and print it: mind who looks on."""
    with database():
        from rosterkeeper.features.console import keys, schools

        number = _district(district)
        chosen = schools.meant(schools.served(number), school) if school else None
        if school and chosen is None:
            # Told as an unknown one, whatever was typed.
            keys.school_of(number, "")
        made, text = keys.make(number, chosen.value if chosen else "", note)
        shown = _object(made)
    return _told(shown, text, as_json=as_json)


@console_keys.command()
@click.argument("key")
@_of
@as_json
def show(key: str, district: str, as_json: bool) -> int:
    """Print a key again, to be copied."""
    with database():
        from rosterkeeper.features.console import keys

        found = _found(key, district)
        text, shown = keys.show(found), _object(found)
    return _told(shown, text, as_json=as_json)


@console_keys.command()
@click.argument("key")
@click.option("--days", type=click.IntRange(0, 365), default=14, show_default=True, help="So long the old one goes on.")
@_of
@as_json
def rotate(key: str, days: int, district: str, as_json: bool) -> int:
    """Make a new key in the place of one, and print it."""
    with database():
        from rosterkeeper.features.console import keys

        made, text = keys.rotate(_found(key, district), days)
        shown = _object(made)
    return _told(shown, text, as_json=as_json)


@console_keys.command()
@click.argument("key")
@_of
@as_json
def revoke(key: str, district: str, as_json: bool) -> int:
    """Let no launch by a key in any more."""
    with database():
        from rosterkeeper.features.console import keys

        found = _found(key, district)
        keys.revoke(found)
        shown = _object(found)
    if as_json:
        give(shown)
    else:
        tell(f"The key {shown['key']} is revoked.")
    return 0


def _district(name: str) -> int:
    from rosterkeeper.features.connections.districts import find, listed

    if name:
        return find(name).pk
    every = listed()
    if len(every) != 1:
        raise SettingsError(
            "console.which_district",
            "There is more than one district." if every else "There is no district yet.",
            todo="Name one with --district; `rosterkeeper district list` lists them.",
        )
    return every[0].pk


def _found(key: str, district: str) -> "Key":
    from rosterkeeper.features.console.models import Key

    found = Key.objects.filter(district_id=_district(district), key_id=key.strip().upper()).first()
    if found is None:
        raise SettingsError(
            "console.no_key",
            "The district has no key of this id.",
            todo="`rosterkeeper console-keys list` lists the ids.",
        )
    return found


def _told(shown: dict[str, Json], text: str, *, as_json: bool) -> int:
    if as_json:
        give({**shown, "text": text})
    else:
        tell(text)
    return 0


def _object(key: "Key") -> dict[str, Json]:
    return {
        "key": key.key_id,
        "school": f"{key.connection_id}:{key.school}" if key.school else "",
        "note": key.name,
        "state": {"": "good", "console.key_old": "replaced", "console.key_revoked": "revoked"}[key.objection],
        "until": key.until.isoformat() if key.until else None,
        "last_used": key.used_at.isoformat() if key.used_at else None,
    }
