"""The command that shows and sets what a connection takes over."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
import msgspec

from rosterkeeper.cli.output import Json, as_json, give, tell, tell_table
from rosterkeeper.cli.session import database
from rosterkeeper.engine.options import FAMILY_ROLES, KNOWN_ROLES, OPTIONS, Options

if TYPE_CHECKING:
    from rosterkeeper.features.roster.reading import School

_SWITCHES = (
    "classrooms",
    "students",
    "staff",
    "parents",
    "all_parents",
    "demographics",
    "respect_enrolment_date",
    "respect_academic_sessions",
)


def _switches(command: Callable[..., int]) -> Callable[..., int]:
    """An on and an off flag for each option that is one or the other."""
    labels = {option.name: option.label for option in OPTIONS}
    for name in reversed(_SWITCHES):
        flag = name.replace("_", "-")
        command = click.option(f"--{flag}/--no-{flag}", name, default=None, help=f"{labels[name]}, on or off.")(command)
    return command


@click.command()
@click.argument("name")
@_switches
@click.option(
    "--relationship", multiple=True, type=click.Choice(FAMILY_ROLES), help="A family role to take; repeat it."
)
@click.option("--exclude-school", multiple=True, metavar="ID", help="Exclude the school of this sourcedId; repeat it.")
@click.option("--include-school", multiple=True, metavar="ID", help="Include an excluded school again; repeat it.")
@click.option("--days-before", type=click.IntRange(min=0), help="Days that a session counts before it begins.")
@click.option("--days-after", type=click.IntRange(min=0), help="Days that a session counts after it ends.")
@click.option("--grade", multiple=True, help="A grade to take students of; repeat it.")
@click.option("--all-grades", is_flag=True, help="Take students of all grades again.")
@click.option("--role", multiple=True, type=click.Choice(KNOWN_ROLES), help="A role to take; repeat it.")
@click.option("--all-roles", is_flag=True, help="Take all roles again.")
@as_json
def options(name: str, as_json: bool, **given: Any) -> int:
    """Show what a connection takes over, and change what is given. The next sync applies it."""
    with database():
        from rosterkeeper.features.connections.choosing import choose, options_of
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.roster.reading import schools
        from rosterkeeper.features.runs.lease import state_of

        found = find(name)
        held = options_of(found)
        chosen = _changed(held, given)
        if chosen != held:
            choose(found, chosen)
        state = state_of(found.pk)
        waits = state.version > 0 and state.options != chosen.fingerprint
        known = schools(found.pk)
    if as_json:
        give(
            {
                "connection": name,
                "options": msgspec.to_builtins(chosen),
                "waits": waits,
                "schools": _lists(chosen, known),
            }
        )
    else:
        _tell(name, chosen, known, waits=waits)
    return 0


def _changed(held: Options, given: dict[str, Any]) -> Options:
    """The options with what was given on the command line."""
    changes: dict[str, Any] = {each: given[each] for each in _SWITCHES if given[each] is not None}
    changes |= {each: given[each] for each in ("days_before", "days_after") if given[each] is not None}
    if given["relationship"]:
        changes["relationships"] = tuple(sorted(set(given["relationship"])))
    out = {*held.excluded_schools, *given["exclude_school"]} - set(given["include_school"])
    changes["excluded_schools"] = tuple(sorted(out))
    for many, one in (("grades", "grade"), ("roles", "role")):
        if given[one] or given[f"all_{many}"]:
            changes[many] = tuple(sorted(set(given[one])))
    return msgspec.structs.replace(held, **changes)


def _lists(chosen: Options, known: "list[School]") -> dict[str, Json]:
    """The guides' two lists: a school is in one of them; an excluded one that is not known yet has no name."""
    names = {school.sourced_id: school.name for school in known}
    excluded = set(chosen.excluded_schools)
    return {
        "included": [{"sourced_id": each, "name": name} for each, name in names.items() if each not in excluded],
        "excluded": [{"sourced_id": each, "name": names.get(each, "")} for each in chosen.excluded_schools],
    }


def _tell(name: str, chosen: Options, known: "list[School]", *, waits: bool) -> None:
    tell_table(("option", "value"), [(each.label, each.in_words(chosen)) for each in OPTIONS])
    excluded = set(chosen.excluded_schools)
    strangers = excluded - {school.sourced_id for school in known}
    if known:
        rows = [
            ("excluded" if each.sourced_id in excluded else "included", each.sourced_id, each.name) for each in known
        ]
        tell("")
        tell_table(("school", "sourcedId", "name"), rows)
    for each in sorted(strangers) if known else ():
        tell(f"There is no school {each} in the roster; it is left out if it comes.")
    if waits:
        tell(f"Not applied yet. Next: rosterkeeper sync {name} --preview")
