"""Schedules in plain words: the forms, the presets, a schedule as a sentence, and what it means to switch it off."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosterkeeper.features.schedules.schedule import DAYS, Form, Schedule

FORMS: Final = {
    Form.TIMES: gettext_lazy("Several times a day"),
    Form.DAILY: gettext_lazy("Every day at a time"),
    Form.WEEKLY: gettext_lazy("On chosen weekdays at a time"),
    Form.WINDOW: gettext_lazy("Some time within a window of 24 hours"),
    Form.OFF: gettext_lazy("Off: only when somebody clicks Sync now"),
}
DAY_NAMES: Final = dict(
    zip(
        DAYS,
        (
            gettext_lazy("Monday"),
            gettext_lazy("Tuesday"),
            gettext_lazy("Wednesday"),
            gettext_lazy("Thursday"),
            gettext_lazy("Friday"),
            gettext_lazy("Saturday"),
            gettext_lazy("Sunday"),
        ),
        strict=True,
    )
)
PRESET_NAMES: Final = {
    "us-nz-nightly": gettext_lazy("US and New Zealand, nightly (from 18:00 US Central, UTC-5)"),
    "us-nz-tue-fri": gettext_lazy("US and New Zealand, Tuesday and Friday nights"),
    "au-nightly": gettext_lazy("Australia, nightly (from 18:00 Perth, UTC+8)"),
    "au-tue-fri": gettext_lazy("Australia, Tuesday and Friday nights"),
    "uk-nightly": gettext_lazy("United Kingdom, nightly (from 18:00 UTC)"),
    "uk-tue-fri": gettext_lazy("United Kingdom, Tuesday and Friday nights"),
    "hourly": gettext_lazy("Every hour (24 syncs per day)"),
    "daily": gettext_lazy("Every day at 2:00"),
}
# What to know before automation is switched off (M30).
CONSEQUENCE: Final = gettext_lazy(
    "While this is off, nobody who joins, moves or leaves at the source is taken over, and no class changes, until"
    " somebody clicks Sync now. What is there stays and can be used. After 24 hours without a sync the roster is shown"
    " as stale."
)


def in_words(schedule: Schedule) -> str:
    """The schedule as a sentence."""
    at, zone = f"{schedule.at:%H:%M}", schedule.zone
    match schedule.form:
        case Form.OFF:
            return str(FORMS[Form.OFF])
        case Form.TIMES if schedule.times > 1:
            gap = f"{1440 / schedule.times:.4g}"
            return _("%(times)s times a day, every %(gap)s minutes") % {"times": schedule.times, "gap": gap}
        case Form.WEEKLY:
            return _("%(days)s at %(at)s, %(zone)s") % {"days": _named(schedule.days), "at": at, "zone": zone}
        case Form.WINDOW:
            said = _("%(days)s, within the 24 hours from %(at)s, %(zone)s")
            return said % {"days": _named(schedule.days), "at": at, "zone": zone}
    return _("Every day at %(at)s, %(zone)s") % {"at": at, "zone": zone}


def _named(days: tuple[str, ...]) -> str:
    if len(days) == len(DAYS):
        return _("Every day")
    return ", ".join(str(DAY_NAMES[day]) for day in DAYS if day in days)
