"""Commands about districts: list, add, rename, zone."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

from typing import TYPE_CHECKING

import click

from rosterkeeper.cli.output import Json, as_json, give, tell, tell_table
from rosterkeeper.cli.session import database

if TYPE_CHECKING:
    from rosterkeeper.features.connections.models import District


@click.group()
def district() -> None:
    """Districts, whose people never meet: every connection belongs to one, and accounts can be limited to some."""


@district.command(name="list")
@as_json
def list_(as_json: bool) -> int:
    """List the districts, with how many connections each has."""
    with database():
        from rosterkeeper.features.connections.districts import listed

        objects = [_object(each) for each in listed()]
    if as_json:
        give({"districts": objects})
    else:
        head = ("id", "name", "zone", "connections")
        tell_table(head, [[str(each[column]) for column in head] for each in objects])
    return 0


@district.command()
@click.argument("name")
@as_json
def add(name: str, as_json: bool) -> int:
    """Add a district."""
    with database():
        from rosterkeeper.features.connections import districts

        made = _object(districts.add(name))
    if as_json:
        give(made)
    else:
        tell(f"The district was added. Next: rosterkeeper connection add NAME --kind KIND --district {name!r}")
    return 0


@district.command()
@click.argument("name")
@click.argument("new_name")
@as_json
def rename(name: str, new_name: str, as_json: bool) -> int:
    """Give a district another name."""
    with database():
        from rosterkeeper.features.connections import districts

        found = districts.find(name)
        districts.rename(found, new_name)
        shown = _object(found)
    if as_json:
        give(shown)
    else:
        tell(f"The district is called {new_name} now.")
    return 0


@district.command()
@click.argument("name")
@click.argument("time_zone", metavar="ZONE", default="")
@as_json
def zone(name: str, time_zone: str, as_json: bool) -> int:
    """Say in which time zone a district is, such as America/Chicago; without ZONE it is the server's."""
    with database():
        from rosterkeeper.features.connections import districts

        found = districts.find(name)
        districts.set_zone(found, time_zone)
        shown = _object(found)
    if as_json:
        give(shown)
    else:
        tell(f"The district's time zone is {time_zone or 'the one of this server'}.")
    return 0


def _object(found: "District") -> dict[str, Json]:
    in_use = found.connections.filter(removed_at=None).count()
    return {"id": found.pk, "name": found.name, "zone": found.zone, "connections": in_use}
