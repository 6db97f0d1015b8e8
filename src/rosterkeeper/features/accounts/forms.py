"""The forms of accounts."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.accounts import scope
from rosterkeeper.features.accounts.kinds import KINDS
from rosterkeeper.features.accounts.rights import FOR_TOKENS, Right, Role

_PASSWORD_HELP = _("At least 12 characters. A few words that belong together only for you are best.")
_RIGHTS = {
    Right.ROSTER: _("See people, classes and schools"),
    Right.SEE: _("See connections and runs"),
    Right.RUN: _("Sync, approve, discard and undo"),
    Right.SETTINGS: _("Manage Settings"),
    Right.ACCOUNTS: _("Manage accounts and tokens, read the audit log"),
}


class PasswordForm(forms.Form):
    """A new password."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_PASSWORD_HELP,
    )

    def clean_password(self) -> str:
        """The password, if it is one that cannot be guessed at once."""
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password


class FirstForm(PasswordForm):
    """Who the first administrator is."""

    name = forms.CharField(label=_("Your name"), required=False, max_length=200)
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    field_order = ("name", "email", "password")


class ForgottenForm(forms.Form):
    """Whose password is forgotten."""

    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))


class ScopeForm(forms.Form):
    """What may be seen: the districts, where there is a choice, and the schools; only what the reader sees is offered.

    ``request`` is the reader's. Whoever is limited to districts must name some of them.
    """

    districts = forms.TypedMultipleChoiceField(
        label=_("Districts"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    schools = forms.MultipleChoiceField(label=_("Schools"), required=False)

    def __init__(self, data: Any = None, *, request: HttpRequest, **more: Any) -> None:
        super().__init__(data, **more)
        self._mine = scope.districts_of(request)
        offered = scope.offered_districts(self._mine)
        schools = scope.offered(self._mine)
        _choose(self, "districts", offered)
        _choose(self, "schools", schools)
        self.has_schools = bool(schools)
        if len(offered) < 2 and not self.initial.get("districts"):
            del self.fields["districts"]

    def chosen(self) -> list[scope.School]:
        """The chosen schools."""
        return [scope.read(each) for each in self.cleaned_data.get("schools", [])]

    def chosen_districts(self) -> list[int]:
        """The chosen districts; where there is no choice, what the reader sees ([]: all)."""
        if "districts" not in self.fields:
            return sorted(self._mine or ())
        return sorted(self.cleaned_data["districts"])


class RoleForm(ScopeForm):
    """What an account is, and for a school viewer the schools."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=Role.choices,
        initial=Role.VIEWER,
        widget=forms.Select(attrs={"data-chooses": ""}),
        help_text=_(
            "A manager has Manage Settings; a viewer changes nothing; a school viewer sees chosen schools alone."
        ),
    )
    field_order: tuple[str, ...] = ("role", "districts", "schools")

    def __init__(self, data: Any = None, *, request: HttpRequest, **more: Any) -> None:
        super().__init__(data, request=request, **more)
        self.fields["schools"].widget.attrs["size"] = "8"
        if "districts" in self.fields and self._mine is None:
            self.fields["districts"].help_text = _("None chosen: every district, as for a vendor's own people.")
        elif "districts" in self.fields:
            self.fields["districts"].required = True

    def clean(self) -> dict[str, Any]:
        """What was stated; a school viewer without a school would see nothing."""
        stated = super().clean() or self.cleaned_data
        if stated.get("role") == Role.SCHOOL and not stated.get("schools") and "schools" not in self.errors:
            self.add_error("schools", _("Choose at least one school."))
        return stated


class InviteForm(RoleForm):
    """Who is let in, and as what."""

    name = forms.CharField(label=_("Name"), required=False, max_length=200)
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    field_order = ("name", "email", "role", "districts", "schools")


class TokenForm(ScopeForm):
    """What a token of the API is for."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What will use it, so that you know later whether it may go.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(right.value, _RIGHTS[right]) for right in FOR_TOKENS],
        widget=forms.CheckboxSelectMultiple,
    )
    kinds = forms.MultipleChoiceField(
        label=_("Of whom and what it is told"),
        choices=list(KINDS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means all. With some chosen it may call only what hands out single kinds."),
    )
    days = forms.TypedChoiceField(
        label=_("Good for"),
        coerce=int,
        initial=365,
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("a year")), (0, _("until it is revoked"))],
    )
    field_order = ("name", "scopes", "kinds", "days", "districts", "schools")

    def __init__(self, data: Any = None, *, request: HttpRequest, **more: Any) -> None:
        super().__init__(data, request=request, **more)
        self.fields["schools"].widget.attrs["size"] = "6"
        for name in ("districts", "schools"):
            if name in self.fields:
                self.fields[name].help_text = _("None chosen means all that you see.")
        if not self.has_schools:
            del self.fields["schools"]

    def until(self) -> datetime | None:
        """When it ends; None for never."""
        days: int = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=days) if days else None


def _choose(form: forms.Form, name: str, choices: Iterable[tuple[object, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for the type checker
    field.choices = [(value, label) for value, label in choices]
