"""The forms of groups' pages."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.groups.changing import Stay
from rosterkeeper.features.groups.listing import Wanted
from rosterkeeper.features.groups.words import KINDS, ROLES, STATES
from rosterkeeper.matching.group_names import LONGEST
from rosterkeeper.matching.tables import Member as Role

_LONGEST_TEXT = 200


def _search(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=_LONGEST_TEXT,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )


class GroupsForm(forms.Form):
    """Which groups a list is of; ``school`` is CONNECTION:ORG."""

    text = _search(_("Name"))
    district = forms.ChoiceField(label=_("District"), required=False)
    school = forms.ChoiceField(label=_("School"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("any")), *KINDS.items()])
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("all", _("any")), *list(STATES.items())[:3]])

    def __init__(
        self, stated: Any, *, schools: Iterable[tuple[str, str]], districts: Iterable[tuple[str, str]] = ()
    ) -> None:
        super().__init__({"state": "active", **{name: stated[name] for name in stated}})
        for name, choices in (("school", schools), ("district", districts)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for the type checker
            field.choices = [("", _("any")), *choices]

    def wanted(self, text: str) -> Wanted:
        """The list that was asked for; the text is told apart, for it may come from a body alone."""
        given = self.cleaned_data
        connection, _colon, org = given["school"].partition(":")
        state = "" if given["state"] == "all" else given["state"] or "active"
        return Wanted(
            text=text,
            district=int(given["district"] or 0),
            kind=given["kind"],
            connection=int(connection or 0),
            school=org,
            state=state,
        )


class NameForm(forms.Form):
    """A group's name; blank gives a class's group back to the template."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST, required=False)


class MakeForm(forms.Form):
    """A group that somebody makes: its district and its name."""

    district = forms.ChoiceField(label=_("District"))
    name = forms.CharField(label=_("Name"), max_length=LONGEST)

    def __init__(self, stated: Any, *, districts: Iterable[tuple[str, str]]) -> None:
        super().__init__(stated)
        field = self.fields["district"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for the type checker
        field.choices = list(districts)


class StayForm(forms.Form):
    """Who is put into a group, as what, and how long; ``person`` is CONNECTION:SOURCED_ID."""

    text = _search(_("Name, e-mail, username or id"))
    person = forms.CharField(max_length=300, required=False, widget=forms.HiddenInput)
    role = forms.ChoiceField(label=_("As"), choices=list(ROLES.items()), initial=Role.GUEST)
    from_on = forms.DateField(
        label=_("First day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Blank: at once."),
    )
    until_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("This day still counts. Blank: until somebody takes them out."),
    )

    def stay(self) -> Stay:
        """What was stated."""
        given = self.cleaned_data
        days = [each.isoformat() if each else "" for each in (given["from_on"], given["until_on"])]
        return Stay(Role(given["role"]), *days)


class TemplateForm(forms.Form):
    """A district's template for names."""

    template = forms.CharField(
        label=_("Template"), max_length=_LONGEST_TEXT, widget=forms.TextInput(attrs={"spellcheck": "false"})
    )
