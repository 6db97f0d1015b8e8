"""Commands about connections: add, edit, list, presets, test, limits, rename, reset, remove."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rosterkeeper.cli.options import options
from rosterkeeper.cli.output import Json, as_json, chat, give, short_time, tell, tell_error, tell_table
from rosterkeeper.cli.progress import shown
from rosterkeeper.cli.session import database
from rosterkeeper.cli.stating import given, secrets_of, stated_options
from rosterkeeper.job.words import Action, Check
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.spec import KINDS

if TYPE_CHECKING:
    from rosterkeeper.features.connections.models import Connection


@click.group()
def connection() -> None:
    """Add, edit, list, test, limit, rename, reset and remove connections."""


connection.add_command(options)


@connection.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What the roster comes from.")
@click.option(
    "--district", default="", help="The district whose roster it is; the only one there is, or the one named default."
)
@click.option("--test", "tested", is_flag=True, help="Test the settings first, and add nothing where the test fails.")
@stated_options
@as_json
def add(name: str, kind: str, district: str, tested: bool, as_json: bool, **options: str | int | None) -> int:
    """Add a connection. The secret comes from ROSTERKEEPER_SECRET or a prompt, never from an argument."""
    stated = given(options)
    with database():
        from rosterkeeper.features.connections import stating, workflow
        from rosterkeeper.features.connections.districts import name_meant

        district = name_meant(district)
        installed = "the installation's" if os.environ.get("ROSTERKEEPER_CLASSLINK_API_KEY") else ""
        blank_means = installed if kind == "classlink" and "tenant_id" in stated else ""
        spec = stating.made(kind, _absolute(stated) | secrets_of(kind, stated, blank_means=blank_means))
        if tested and not _told_test(name, workflow.draft(spec), as_json=as_json, only_failure=True):
            return 1
        made = workflow.add(name, spec, district=district)
        if tested:
            workflow.verified(made)
    _warn(made)
    if as_json:
        give({"connection": name, "id": made.pk, "district": district, "kind": kind, "settings": made.settings})
    else:
        tell(f"Connection {name} was added. Next: rosterkeeper {'sync' if tested else 'connection test'} {name}")
    return 0


@connection.command()
@click.argument("name")
@click.option("--other-district", is_flag=True, help="The new address or Tenant ID is meant to be another district's.")
@click.option(
    "--test", "tested", is_flag=True, help="Test the settings first, and change nothing where the test fails."
)
@stated_options
@as_json
def edit(name: str, other_district: bool, tested: bool, as_json: bool, **options: str | int | None) -> int:
    """Change what is given and keep the rest; a secret from ROSTERKEEPER_SECRET or a prompt is new, blank keeps it."""
    stated = given(options)
    with database():
        from rosterkeeper.features.connections import stating, workflow
        from rosterkeeper.features.connections.specs import stated_spec

        found = workflow.find(name)
        secrets = secrets_of(found.kind, stated, blank_means="as it is")
        spec = stating.edited(stated_spec(found), _absolute(stated) | secrets)
        if tested and not _told_test(name, workflow.draft(spec), as_json=as_json, only_failure=True):
            return 1
        workflow.edit(found, spec, other_district=other_district)
        if tested:
            workflow.verified(found)
    _warn(found)
    if as_json:
        give({"connection": name, "id": found.pk, "kind": found.kind, "settings": found.settings})
    else:
        tell(f"Connection {name} was changed. Next: rosterkeeper {'sync' if tested else 'connection test'} {name}")
    return 0


@connection.command()
@as_json
def presets(as_json: bool) -> int:
    """List the SIS whose OneRoster services are known, and what is known of them."""
    from rosterkeeper.sources.oneroster.presets import PRESETS

    if as_json:
        give({"presets": [{field: getattr(each, field) for field in each.__slots__} for each in PRESETS]})
        return 0
    for each in PRESETS:
        tell(f"{each.name}  {each.title}", f"    {each.note}")
        known = {"auth": each.auth, "version": each.version, "page-size": str(each.page_size)}
        known |= {"url": each.url, "token-url": " or ".join(each.token_urls)}
        tell("    " + ", ".join(f"{word} {value}" for word, value in known.items() if value))
    return 0


@connection.command(name="list")
@as_json
def list_(as_json: bool) -> int:
    """List the connections in use, with when each was last checked and updated."""
    with database():
        from rosterkeeper.features.connections.workflow import listed

        objects = [_object(each) for each in listed()]
    if as_json:
        give({"connections": objects})
    elif objects:
        head = ("name", "district", "kind", "last checked (UTC)", "last updated (UTC)", "status")
        tell_table(head, [_row(each) for each in objects])
    else:
        tell("There is no connection. Next: rosterkeeper connection add NAME --kind csv --path F")
    return 0


@connection.command()
@click.argument("name")
@as_json
def test(name: str, as_json: bool) -> int:
    """Try what a sync needs, step by step, and write nothing of the roster."""
    with database():
        from rosterkeeper.features.connections.workflow import find, verified

        found = find(name)
        good = _told_test(name, found, as_json=as_json)
        if good:
            verified(found)
    return 0 if good else 1


@connection.command()
@click.argument("name")
@click.option("--remove-percent", type=float, help="Removals of one entity beyond which a change waits.")
@click.option("--school-remove-percent", type=float, help="Removals of one school's users beyond which they wait.")
@click.option("--update-percent", type=float, help="Updates of one entity beyond which a change waits.")
@click.option("--reject-percent", type=float, help="Rejected records of one entity beyond which a change waits.")
@click.option("--floor", type=int, help="So many records never make a change wait by percentage.")
@as_json
def limits(name: str, floor: int | None, as_json: bool, **percents: float | None) -> int:
    """Show a connection's limits, and set those that are given."""
    import msgspec

    with database():
        from rosterkeeper.features.connections.specs import limits_of
        from rosterkeeper.features.connections.workflow import find, limit

        found = find(name)
        given: dict[str, float | int | None] = {**percents, "floor": floor}
        changes = {option: value for option, value in given.items() if value is not None}
        held = msgspec.structs.replace(limits_of(found), **changes)
        if changes:
            limit(found, held)
    stated: dict[str, Json] = msgspec.to_builtins(held)
    if as_json:
        give({"connection": name, "limits": stated})
    else:
        tell_table(("limit", "value"), [(option, str(value)) for option, value in stated.items()])
    return 0


@connection.command()
@click.argument("name")
@click.argument("new_name")
@as_json
def rename(name: str, new_name: str, as_json: bool) -> int:
    """Give a connection another name."""
    with database():
        from rosterkeeper.features.connections import workflow

        found = workflow.find(name)
        workflow.rename(found, new_name)
    if as_json:
        give({"connection": new_name, "id": found.pk})
    else:
        tell(f"Connection {name} is now named {new_name}.")
    return 0


@connection.command()
@click.argument("name")
@click.option("--yes", "understood", is_flag=True, help="The reset is meant; without it nothing is done.")
@as_json
def reset(name: str, understood: bool, as_json: bool) -> int:
    """Forget when and how far the source was read: the next sync pulls everything. The roster stays as it is."""
    if not understood:
        raise SettingsError(
            "connection.reset_unsaid",
            "A reset makes the connection look never synced, and its next sync a full one; nothing was done.",
            todo="If that is meant, say --yes. To rebuild the roster at once, then run rosterkeeper sync NAME --full.",
        )
    with database():
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.runs.resetting import forget

        found = find(name)
        forget(found)
    if as_json:
        give({"connection": name, "id": found.pk, "reset": True})
    else:
        tell(f"The sync position of {name} was forgotten. Next: rosterkeeper sync {name}")
    return 0


@connection.command()
@click.argument("name")
@as_json
def remove(name: str, as_json: bool) -> int:
    """Stop a connection for good. Its people stay, and get no more updates."""
    with database():
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.runs.resetting import retire

        found = find(name)
        retire(found)
    if as_json:
        give({"connection": name, "id": found.pk, "removed": True})
    else:
        tell(f"Connection {name} was removed; its people stay as they are.")
    return 0


def _absolute(stated: dict[str, str | int]) -> dict[str, str | int]:
    """A zip's path as it is from any folder."""
    if not stated.get("path"):
        return stated
    return {**stated, "path": str(Path(str(stated["path"])).expanduser().absolute())}


def _warn(found: "Connection") -> None:
    if str(found.settings.get("url", "")).startswith("http://"):
        chat("warning: the address is http: names, and what signs in, cross the network for all to read.")


def _told_test(name: str, found: "Connection", *, as_json: bool, only_failure: bool = False) -> bool:
    """Test a connection, stored or not, and tell what the test came to; whether it passed."""
    from rosterkeeper.features.runs.workflow import read

    with shown() as follow:
        result = read(found, Action.TEST, on_progress=follow)
    good = bool(result.checks) and all(check.ok for check in result.checks)
    if as_json and not (good and only_failure):
        checks: list[Json] = [
            {"what": each.what, "ok": each.ok, "code": each.code, "says": each.says, "todo": each.todo}
            for each in result.checks
        ]
        give({"connection": name, "ok": good, "checks": checks})
    if not as_json:
        _tell_checks(result.checks)
    if not result.checks:
        tell_error(result.code, result.what, result.todo)
    return good


def _tell_checks(checks: Sequence[Check]) -> None:
    for each in checks:
        tell(f"{'ok' if each.ok else 'no'}  {each.what}" + (f": {each.says}" if each.says else ""))
        if not each.ok:
            tell_error(each.code, each.says, each.todo)
        elif each.todo:
            tell(f"    {each.todo}")


def _row(stated: Mapping[str, Json]) -> list[str]:
    words = [str(stated[column] or "") for column in ("name", "district", "kind", "status")]
    times = [short_time(str(stated[column] or "")) for column in ("last_checked", "last_updated")]
    return [*words[:3], *times, words[3]]


def _object(found: "Connection") -> dict[str, Json]:
    from rosterkeeper.features.runs.lease import state_of

    state = state_of(found.pk)
    checked, updated = state.last_checked, state.last_updated
    return {
        "name": found.name,
        "id": found.pk,
        "district": found.district.name,
        "kind": found.kind,
        "settings": found.settings,
        "created_at": found.created_at.isoformat(),
        "verified_at": found.verified_at.isoformat() if found.verified_at else None,
        "needs_sync": bool(found.edited_at and (updated is None or found.edited_at > updated)),
        "last_checked": checked.isoformat() if checked else None,
        "last_updated": updated.isoformat() if updated else None,
        "status": state.status_text,
    }
