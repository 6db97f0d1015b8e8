"""The forms of the roster's pages: which people or classes a list is of, and who is missed."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.roster.listing import Wanted
from rosterkeeper.features.roster.pages.reader import Source
from rosterkeeper.features.roster.trends import OF_CLASSES, OF_PEOPLE
from rosterkeeper.features.roster.words import MEASURES, spoken_role

_LONGEST: Final = 200
_CLASS_ISSUES: Final = [(measure, MEASURES.get(measure, _("any"))) for measure in ("", *OF_CLASSES)]
_STATES: Final = {"": False, "removed": True, "both": None}


class PeopleForm(forms.Form):
    """Which people a list is of."""

    text = forms.CharField(
        label=_("Name, e-mail, username or id"),
        required=False,
        max_length=_LONGEST,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )
    connection = forms.ChoiceField(label=_("Connection"), required=False)
    role = forms.ChoiceField(label=_("Role"), required=False)
    grade = forms.ChoiceField(label=_("Grade"), required=False)
    issue = forms.ChoiceField(label=_("Data health"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("live")), ("removed", _("removed, kept until purged")), ("both", _("live and removed"))],
    )
    school = forms.CharField(required=False, max_length=_LONGEST, widget=forms.HiddenInput)

    def __init__(self, stated: Any, *, sources: Sequence[Source], grades: Iterable[str], roles: Iterable[str]) -> None:
        super().__init__(stated)
        chosen: dict[str, list[tuple[str, str]]] = {
            "connection": [(str(each.number), each.label) for each in sources],
            "role": [(role, spoken_role(role)) for role in roles],
            "grade": [(grade, grade) for grade in grades],
            "issue": [(measure, str(MEASURES[measure])) for measure in OF_PEOPLE],
        }
        for name, choices in chosen.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for the type checker
            field.choices = [("", _("any")), *choices]

    def wanted(self, text: str) -> Wanted:
        """The list that was asked for; the text is told apart, for it may come from a body alone."""
        given = self.cleaned_data
        return Wanted(
            text=text,
            connection=int(given["connection"] or 0),
            school=given["school"] if given["connection"] else "",
            role=given["role"],
            grade=given["grade"],
            issue=given["issue"],
            removed=_STATES[given["state"]],
        )


class ClassesForm(forms.Form):
    """Which classes of a connection a list is of; a term and a school come from the page that led here."""

    text = forms.CharField(
        label=_("Title, code or id"),
        required=False,
        max_length=_LONGEST,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )
    issue = forms.ChoiceField(
        label=_("Data health"),
        required=False,
        choices=_CLASS_ISSUES,
    )
    school = forms.CharField(required=False, max_length=_LONGEST, widget=forms.HiddenInput)
    term = forms.CharField(required=False, max_length=_LONGEST, widget=forms.HiddenInput)


class MissingForm(forms.Form):
    """Who is missed."""

    typed = forms.CharField(
        label=_("sourcedId, name or e-mail"),
        max_length=_LONGEST,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "A student who was never taken over can be found by the sourcedId alone: no name of theirs is kept."
        ),
    )
