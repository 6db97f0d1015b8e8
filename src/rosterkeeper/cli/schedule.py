"""The command that shows and sets when a connection syncs by itself."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final

import click

from rosterkeeper.cli.output import Json, as_json, give, tell, tell_table
from rosterkeeper.cli.session import database
from rosterkeeper.features.schedules.schedule import DAYS, MOST_TIMES, PRESETS, Form
from rosterkeeper.oneroster.errors import SettingsError

if TYPE_CHECKING:
    from rosterkeeper.features.schedules.rules import Upcoming
    from rosterkeeper.features.schedules.schedule import Dates, Schedule

_CLOCK: Final = "%H:%M"
_NAMES: Final = [preset.name for preset in PRESETS]
# Flags whose values take the place of what is there.
_PLAIN: Final = ("times", "zone", "after_manual")
_SPANS: Final = ("blackouts", "additions_only")


@click.command()
@click.argument("name")
@click.argument("action", type=click.Choice(("show", "set")), default="show")
@click.option("--preset", type=click.Choice(_NAMES), help="Begin with a guide's schedule; other flags change it.")
@click.option("--form", type=click.Choice([form.value for form in Form]), help="How the schedule says when.")
@click.option("--times", type=click.IntRange(1, MOST_TIMES), help="Syncs per day, evenly spread.")
@click.option("--at", help="The local time of day, or when a window opens, as 02:00.")
@click.option("--day", "days", multiple=True, type=click.Choice(DAYS), help="A weekday, or one a window opens on.")
@click.option("--zone", help="The time zone, as America/Chicago, UTC or UTC-05:00.")
@click.option(
    "--after-manual/--not-after-manual", default=None, help="Begin only after a first sync that was started by hand."
)
@click.option("--blackout", "blackouts", multiple=True, metavar="FROM..TO", help="Dates on which nothing runs.")
@click.option("--no-blackouts", is_flag=True, help="Forget the blackout dates.")
@click.option(
    "--additions-only", multiple=True, metavar="FROM..TO", help="Dates on which a run changes and removes nothing."
)
@click.option("--no-additions-only", is_flag=True, help="Forget the additions-only dates.")
@click.option("--school-day", "school_days", multiple=True, type=click.Choice(DAYS), help="A day of school.")
@click.option("--school-hours", metavar="FROM-TO", help="When school is, as 08:00-15:00; a run then is warned of.")
@click.option("--school-zone", help="The school's time zone, if not the schedule's.")
@click.option("--no-school-hours", is_flag=True, help="Warn of no run.")
@as_json
def schedule(name: str, action: str, as_json: bool, **given: Any) -> int:
    """Show when a connection syncs by itself and its next three runs, or set what is given and keep the rest."""
    if action == "show" and any(value not in (None, False, ()) for value in given.values()):
        raise click.UsageError(f"To change the schedule, write: rosterkeeper schedule {name} set …")
    with database():
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.schedules import workflow
        from rosterkeeper.features.schedules.changing import change

        found, now = find(name), datetime.now(UTC)
        made = _changed(workflow.schedule_of(found), given)
        change(found, made, account=0, now=now)
        runs = workflow.next_runs(found, made, now=now)
        waits = workflow.waits_for(found, made) or None
    if as_json:
        give({"connection": name, "schedule": _object(made), "waits_for": waits, "next": [_run(one) for one in runs]})
    else:
        _tell(name, made, waits, runs)
    return 0


def _changed(held: "Schedule", given: dict[str, Any]) -> "Schedule":
    """The schedule with what was given on the command line; SettingsError where a text cannot be read."""
    import msgspec

    if given["preset"]:
        held = next(preset for preset in PRESETS if preset.name == given["preset"]).on(held)
    changes: dict[str, Any] = {each: given[each] for each in _PLAIN if given[each] is not None}
    if given["form"]:
        changes["form"] = Form(given["form"])
    if given["at"]:
        changes["at"] = _time(given["at"])
    if given["days"]:
        changes["days"] = _in_order(given["days"])
    for each in _SPANS:
        kept = () if given[f"no_{each}"] else getattr(held, each)
        changes[each] = tuple(sorted({*kept, *map(_span, given[each])}, key=lambda span: (span.first, span.last)))
    school: dict[str, Any] = {"zone": given["school_zone"]} if given["school_zone"] is not None else {}
    if given["school_hours"]:
        opens, _, closes = given["school_hours"].partition("-")
        school |= {"opens": _time(opens), "closes": _time(closes)}
    if given["school_days"] or given["no_school_hours"]:
        school["days"] = _in_order(given["school_days"])
    changes["school"] = msgspec.structs.replace(held.school, **school)
    return msgspec.structs.replace(held, **changes)


def _in_order(days: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(day for day in DAYS if day in days)


def _time(text: str) -> time:
    try:
        return datetime.strptime(text.strip(), _CLOCK).replace(tzinfo=UTC).time()
    except ValueError:
        raise SettingsError(
            "schedule.time", "A time of day cannot be read.", todo="Write it with 24 hours, as 02:00 or 18:30."
        ) from None


def _span(text: str) -> "Dates":
    from rosterkeeper.features.schedules.schedule import Dates

    first, _, last = text.partition("..")
    try:
        return Dates(date.fromisoformat(first), date.fromisoformat(last or first))
    except ValueError:
        raise SettingsError(
            "schedule.span", "Dates cannot be read.", todo="Write 2026-12-20..2027-01-06, or one date."
        ) from None


def _object(made: "Schedule") -> dict[str, Json]:
    school = made.school
    return {
        "form": made.form.value,
        "times": made.times,
        "at": f"{made.at:{_CLOCK}}",
        "days": made.days,
        "zone": made.zone,
        "after_manual": made.after_manual,
        **{each: [[str(span.first), str(span.last)] for span in getattr(made, each)] for each in _SPANS},
        "school": {
            "days": school.days,
            "opens": f"{school.opens:{_CLOCK}}",
            "closes": f"{school.closes:{_CLOCK}}",
            "zone": school.zone or made.zone,
        },
    }


def _run(one: "Upcoming") -> dict[str, Json]:
    return {
        "utc": one.at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "local": one.local.isoformat(timespec="seconds"),
        "additions_only": one.additions_only,
        "in_school_hours": one.in_school_hours,
    }


def _tell(name: str, made: "Schedule", waits: str | None, runs: "list[Upcoming]") -> None:
    from rosterkeeper.features.schedules.wording import CONSEQUENCE, in_words

    tell(f"{name}: {in_words(made)}")
    if made.form is Form.OFF:
        tell(str(CONSEQUENCE), f"Next: rosterkeeper schedule {name} set --form daily --at 02:00")
        return
    for label, each in (("No run", "blackouts"), ("Additions only", "additions_only")):
        tell(*(f"{label} from {span.first} to {span.last}." for span in getattr(made, each)))
    rows = [
        (
            f"{one.local:%a %Y-%m-%d %H:%M:%S} {made.zone}",
            f"{one.at:%Y-%m-%d %H:%M:%S}",
            ", ".join(_remarks(one)),
        )
        for one in runs
    ]
    tell("")
    tell_table(("next", "UTC", ""), rows)
    if waits == "test":
        tell(f"It begins once the connection is tested. Next: rosterkeeper connection test {name}")
    elif waits:
        tell(f"It begins after the first sync that you start. Next: rosterkeeper sync {name}")


def _remarks(one: "Upcoming") -> list[str]:
    told = ((one.additions_only, "additions only"), (one.in_school_hours, "in school hours"))
    return [words for is_so, words in told if is_so]
