"""The form of a schedule: what was typed as a `Schedule`, errors at their fields, and what was typed kept."""

from datetime import date
from typing import Any, Final

import msgspec
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.schedules.checks import wrongs
from rosterkeeper.features.schedules.schedule import DAYS, MOST_TIMES, PRESETS, Dates, Form, Schedule, SchoolHours
from rosterkeeper.features.schedules.wording import DAY_NAMES, FORMS, PRESET_NAMES

_CHOOSES: Final = {"data-chooses": ""}
_ZONE: Final = {"list": "zones", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
_DAY_CHOICES: Final = [(day, DAY_NAMES[day]) for day in DAYS]
# The form's own fields, where they are named otherwise than the schedule's.
_AT_FIELD: Final = {
    "school.days": "school_days",
    "school.opens": "school_opens",
    "school.closes": "school_closes",
    "school.zone": "school_zone",
}
_MOST_TEXT: Final = 5000


def _clock(label: Any, help_text: Any = "") -> forms.TimeField:
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    return forms.TimeField(label=label, required=False, widget=widget, help_text=help_text)


def _weekdays(label: Any, help_text: Any = "") -> forms.MultipleChoiceField:
    widget = forms.CheckboxSelectMultiple()
    return forms.MultipleChoiceField(
        label=label, required=False, choices=_DAY_CHOICES, widget=widget, help_text=help_text
    )


def _dates(label: Any, help_text: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text, max_length=_MOST_TEXT)


class ScheduleForm(forms.Form):
    """Every field of a schedule; the page shows those of the chosen form, and what is not sent stays as it is."""

    preset = forms.ChoiceField(
        label=gettext_lazy("Begin with"),
        required=False,
        choices=[("", gettext_lazy("Choose…")), *((each.name, PRESET_NAMES[each.name]) for each in PRESETS)],
        help_text=gettext_lazy("The guides' own. It fills in the fields below; nothing is saved before Submit."),
    )
    form = forms.ChoiceField(
        label=gettext_lazy("When it syncs by itself"),
        choices=[(form.value, words) for form, words in FORMS.items()],
        widget=forms.RadioSelect(attrs=_CHOOSES),
    )
    times = forms.IntegerField(
        label=gettext_lazy("Syncs per day"),
        required=False,
        min_value=1,
        max_value=MOST_TIMES,
        widget=forms.NumberInput(attrs=_CHOOSES),
        help_text=gettext_lazy("From 1 to 99, spread evenly over 24 hours: 24 is every hour."),
    )
    once_at = _clock(gettext_lazy("Time of day"), gettext_lazy("Only where it syncs once a day."))
    days = _weekdays(gettext_lazy("Days"))
    at = _clock(gettext_lazy("Time"), gettext_lazy("Local time; for a window, when it opens."))
    zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs=_ZONE),
        help_text=gettext_lazy("A place such as America/Chicago, or UTC, or an offset such as UTC-05:00."),
    )
    after_manual = forms.BooleanField(
        label=gettext_lazy("Begin only after a first sync that somebody started by hand"),
        required=False,
        widget=forms.CheckboxInput(attrs={"data-switch": "", "role": "switch"}),
    )
    blackouts = _dates(
        gettext_lazy("Blackout dates"),
        gettext_lazy("Nothing runs by itself then. One span a line, such as 2026-12-20 to 2027-01-06, or one date."),
    )
    additions_only = _dates(
        gettext_lazy("Additions-only dates"),
        gettext_lazy("On these a run takes over who is new, and changes and removes nothing. One span a line."),
    )
    school_days = _weekdays(gettext_lazy("School days"), gettext_lazy("None: no run is warned of."))
    school_opens = _clock(gettext_lazy("School begins"))
    school_closes = _clock(gettext_lazy("School ends"))
    school_zone = forms.CharField(
        label=gettext_lazy("The school's time zone"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs=_ZONE),
        help_text=gettext_lazy("Blank: the same as above."),
    )

    def __init__(self, data: Any = None, *, held: Schedule) -> None:
        super().__init__(data, initial=_initial(held))
        self.held = held

    def clean(self) -> dict[str, Any]:
        """Say at each field what cannot be meant."""
        for name in ("blackouts", "additions_only"):
            self._read_dates(name)
        if not self.errors:
            for wrong in wrongs(self.schedule()):
                self.add_error(_AT_FIELD.get(wrong.field, wrong.field), refusal(wrong.error))
        return self.cleaned_data

    def schedule(self) -> Schedule:
        """The schedule that was typed, on top of the one that is held."""
        held, school = self.held, self.held.school
        form = Form(self.cleaned_data["form"])
        once = form is Form.TIMES and self._given("times", held.times) == 1
        return msgspec.structs.replace(
            held,
            form=form,
            times=self._given("times", held.times),
            at=self._given("once_at" if once else "at", held.at),
            days=tuple(self._sent("days", held.days)),
            zone=self._given("zone", held.zone).strip(),
            after_manual=self._sent("after_manual", held.after_manual),
            blackouts=self._sent("blackouts", held.blackouts),
            additions_only=self._sent("additions_only", held.additions_only),
            school=SchoolHours(
                days=tuple(self._sent("school_days", school.days)),
                opens=self._given("school_opens", school.opens),
                closes=self._given("school_closes", school.closes),
                zone=str(self._sent("school_zone", school.zone)).strip(),
            ),
        )

    def from_preset(self) -> "ScheduleForm":
        """The form anew, with the chosen preset's times over what was typed elsewhere."""
        chosen = next((each for each in PRESETS if each.name == self.data.get("preset")), None)
        typed = self.schedule() if self.is_valid() else self.held
        made = ScheduleForm(held=chosen.on(typed) if chosen else typed)
        made.initial["preset"] = chosen.name if chosen else ""
        return made

    def _given(self, name: str, held: Any) -> Any:
        """What was typed; a blank keeps what is held."""
        value = self.cleaned_data.get(name)
        return held if value in (None, "") else value

    def _sent(self, name: str, held: Any) -> Any:
        """What was sent, be it nothing: a page that shows boxes of days sends none where none is ticked.

        The page hides what its form does not read, and hidden fields are not sent.
        """
        there = f"{name}_shown" in self.data or name in self.data
        return self.cleaned_data.get(name) if there else held

    def _read_dates(self, name: str) -> None:
        lines = [line.strip() for line in str(self.cleaned_data.get(name, "")).splitlines() if line.strip()]
        try:
            self.cleaned_data[name] = tuple(_span(line) for line in lines)
        except ValueError:
            self.add_error(name, _("A line is not a date or two. Write 2026-12-20 to 2027-01-06, or one date."))


def _span(line: str) -> Dates:
    words = line.replace("..", " to ").replace("–", " to ").split(" to ")
    first, *last = (date.fromisoformat(word.strip()) for word in words)
    if len(last) > 1:
        raise ValueError(line)
    return Dates(first, last[0] if last else first)


def _initial(held: Schedule) -> dict[str, Any]:
    school = held.school
    return {
        "form": held.form.value,
        "times": held.times,
        "once_at": held.at,
        "at": held.at,
        "days": list(held.days),
        "zone": held.zone,
        "after_manual": held.after_manual,
        "blackouts": _lines(held.blackouts),
        "additions_only": _lines(held.additions_only),
        "school_days": list(school.days),
        "school_opens": school.opens,
        "school_closes": school.closes,
        "school_zone": school.zone,
    }


def _lines(spans: tuple[Dates, ...]) -> str:
    return "\n".join(str(one.first) if one.first == one.last else f"{one.first} to {one.last}" for one in spans)
