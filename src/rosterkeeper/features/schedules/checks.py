"""Whether a schedule can be meant, told field by field, so that a form can say it where it was typed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final, NamedTuple

from rosterkeeper.features.connections.zones import zone_of
from rosterkeeper.features.schedules.schedule import DAYS, MOST_TIMES, Dates, Form, Schedule, fields_of
from rosterkeeper.oneroster.errors import SettingsError

_MOST_SPANS: Final = 50
_LONGEST_SPAN: Final = timedelta(days=366)


class Wrong(NamedTuple):
    """What is wrong with one field of a schedule; a field of the school hours is written ``school.opens``."""

    field: str
    error: SettingsError


def check(schedule: Schedule) -> None:
    """SettingsError for the first field that cannot be meant."""
    for wrong in wrongs(schedule):
        raise wrong.error


def wrongs(schedule: Schedule) -> Iterator[Wrong]:
    """Everything that cannot be meant, in the order of the fields."""
    read = fields_of(schedule)
    if schedule.form is Form.TIMES and not 1 <= schedule.times <= MOST_TIMES:
        text = f"Syncs per day is not a whole number from 1 to {MOST_TIMES}."
        yield Wrong("times", SettingsError("schedule.times", text, todo="Write a whole number from 1 to 99."))
    if "days" in read and not _are_days(schedule.days):
        yield Wrong("days", _no_days())
    yield from _wrong_zone("zone", schedule.zone)
    for name, spans in (("blackouts", schedule.blackouts), ("additions_only", schedule.additions_only)):
        yield from _wrong_spans(name, spans)
    yield from _wrong_school(schedule)


def _wrong_school(schedule: Schedule) -> Iterator[Wrong]:
    school = schedule.school
    if school.days and not _are_days(school.days):
        yield Wrong("school.days", _no_days())
    if school.days and school.opens >= school.closes:
        error = SettingsError(
            "schedule.school_hours",
            "School hours end before they begin.",
            todo="Write when school begins and ends on one day, such as 08:00 and 15:00.",
        )
        yield Wrong("school.closes", error)
    if school.zone:
        yield from _wrong_zone("school.zone", school.zone)


def _wrong_zone(field: str, name: str) -> Iterator[Wrong]:
    try:
        zone_of(name)
    except SettingsError as error:
        yield Wrong(field, error)


def _wrong_spans(field: str, spans: tuple[Dates, ...]) -> Iterator[Wrong]:
    backwards = any(each.last < each.first or each.last - each.first > _LONGEST_SPAN for each in spans)
    if backwards or len(spans) > _MOST_SPANS:
        error = SettingsError(
            "schedule.dates",
            "The dates end before they begin, span more than a year, or are more than 50 spans.",
            todo="Write the first and the last date of each span; remove those that are over.",
        )
        yield Wrong(field, error)


def _are_days(days: tuple[str, ...]) -> bool:
    return bool(days) and set(days) <= set(DAYS)


def _no_days() -> SettingsError:
    return SettingsError(
        "schedule.days", "No weekday is chosen, or one is not a weekday.", todo="Choose at least one, mon to sun."
    )
