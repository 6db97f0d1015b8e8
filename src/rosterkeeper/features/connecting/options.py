"""The form of a connection's options, made of the one table that says what each does (L17–L20, R09–R12)."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rosterkeeper.engine.options import FAMILY_ROLES, KNOWN_ROLES, OPTIONS, Options
from rosterkeeper.features.roster.words import spoken_role
from rosterkeeper.oneroster.errors import SettingsError

# The schools have a page of their own.
_ELSEWHERE: Final = ("excluded_schools",)
_MANY: Final = {"relationships": FAMILY_ROLES, "roles": KNOWN_ROLES}
# The guides' words for what switches these off (M20, M21).
_GUIDE_WORDS: Final = {
    "students": gettext_noop("Enable Automatic Student Import"),
    "staff": gettext_noop("Enable Automatic Staff Import"),
}
# What the guides have in the form that adds a connection.
_SWITCHES: Final = ("classrooms", "parents", "respect_enrolment_date", "respect_academic_sessions")
_ADVANCED: Final = ("all_parents", "demographics", "days_before", "days_after", "grades", "roles")


class OptionsForm(forms.Form):
    """A switch, a number or a list for each option."""

    def __init__(self, *args: Any, held: Options, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held = held
        for option in OPTIONS:
            if option.name not in _ELSEWHERE:
                field = _field(option.name, getattr(held, option.name))
                guide = _GUIDE_WORDS.get(option.name)
                field.label = f"{_(option.label)} ({_(guide)})" if guide else _(option.label)
                field.help_text = _(option.does)
                self.fields[option.name] = field

    def options(self) -> Options:
        """The options as they were chosen; what has another page stays."""
        chosen: dict[str, Any] = dict(self.cleaned_data)
        chosen["grades"] = tuple(sorted(set(chosen["grades"].replace(",", " ").split())))
        for name in _MANY:
            chosen[name] = tuple(sorted(chosen[name]))
        chosen["days_before"] = chosen["days_before"] or 0
        chosen["days_after"] = chosen["days_after"] or 0
        return msgspec.structs.replace(self._held, **chosen)

    def main(self) -> Iterator[BoundField]:
        """The options that the guides have."""
        return (self[name] for name in self.fields if name not in _ADVANCED)

    def advanced(self) -> Iterator[BoundField]:
        """The others, folded away."""
        return (self[name] for name in self.fields if name in _ADVANCED)


def at_first() -> Iterator[tuple[str, bool]]:
    """The guides' switches, and whether each is on in a new connection."""
    new = Options()
    return ((_(each.label), getattr(new, each.name)) for each in OPTIONS if each.name in _SWITCHES)


def switched_off(held: Options, chosen: Options) -> list[str]:
    """What of people and classes is taken over now and would no longer be: ``students``, ``staff``, …."""
    return [
        name
        for name in ("students", "staff", "classrooms", "parents")
        if getattr(held, name) and not getattr(chosen, name)
    ]


def check_meant(held: Options, chosen: Options, *, is_understood: bool) -> None:
    """SettingsError where people or classes are switched off and that is not said to be understood (M20, M21)."""
    if not is_understood and switched_off(held, chosen):
        raise SettingsError(
            "connection.switched_off",
            "People or classes that are taken over now would get no more updates.",
            todo="If that is meant, say understood.",
        )


def _field(name: str, value: object) -> forms.Field:
    if isinstance(value, bool):
        return forms.BooleanField(
            required=False, initial=value, widget=forms.CheckboxInput(attrs={"data-switch": "", "role": "switch"})
        )
    if name in _MANY:
        return forms.MultipleChoiceField(
            required=False,
            initial=value,
            choices=[(each, spoken_role(each)) for each in _MANY[name]],
            widget=forms.CheckboxSelectMultiple,
        )
    if isinstance(value, int):
        return forms.IntegerField(required=False, initial=value, min_value=0, max_value=366)
    listed = value if isinstance(value, tuple) else ()
    return forms.CharField(required=False, initial=", ".join(listed), max_length=500)
