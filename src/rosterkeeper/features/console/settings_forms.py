"""The forms of the administrators' page Teacher's console."""

from collections.abc import Collection
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.console.keys import LONGEST_NAME, LONGEST_OVERLAP, OVERLAP
from rosterkeeper.features.console.schools import School, labelled

_WHOLE: Final = "district"


class SwitchesForm(forms.Form):
    """How a district wants its console; a district that trusts no login demands the full sign-in."""

    is_on = forms.BooleanField(
        label=_("Console on"), required=False, help_text=_("Off: nobody gets in, by a key or signed in.")
    )
    full_sign_in = forms.BooleanField(
        label=_("Require full sign-in instead of trusting the login"),
        required=False,
        help_text=_(
            "The console opens the browser, and teachers sign in there with the providers under Sign-in. Without it,"
            " whoever has a school's key can claim to be any of its teachers."
        ),
    )
    cover = forms.BooleanField(
        label=_("Cover allowed"),
        required=False,
        help_text=_("A class of a colleague of the same school may be started. The audit log says who did."),
    )
    guardians_at_cover = forms.BooleanField(
        label=_("Guardians shown at cover"),
        required=False,
        help_text=_("Whoever covers a class and has signed in sees its guardians, too. By a key nobody ever does."),
    )


class KeyForm(forms.Form):
    """A key to make: for which school, and what for."""

    school = forms.ChoiceField(label=_("School"))
    name = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=LONGEST_NAME,
        help_text=_("What tells it from other keys, such as Library. Blank for none."),
    )

    def __init__(self, stated: Any, *, schools: Collection[School]) -> None:
        super().__init__(stated)
        field = self.fields["school"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for the type checker
        field.choices = [("", _("Choose")), *labelled(schools), (_WHOLE, _("The whole district"))]

    @property
    def wanted(self) -> str:
        """The school as CONNECTION:ORG, '' for the whole district."""
        chosen = str(self.cleaned_data["school"])
        return "" if chosen == _WHOLE else chosen


class RotateForm(forms.Form):
    """How long the old key goes on."""

    days = forms.IntegerField(label=_("Days"), min_value=0, max_value=LONGEST_OVERLAP, initial=OVERLAP)
