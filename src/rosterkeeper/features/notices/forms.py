"""The forms of notices."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.accounts.scope import districts_of, offered_districts
from rosterkeeper.features.connections.scope import connections_seen
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.notices.kinds import CHOICES
from rosterkeeper.features.notices.targets import Stated, tidy
from rosterkeeper.features.publish.models import Kind, Target
from rosterkeeper.oneroster.errors import SettingsError


class TargetForm(forms.Form):
    """A target: how it is reached and what it is told."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Such as: IT team, or On-call channel."))
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    address = forms.CharField(
        label=_("Address"),
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "E-mail: one address a line. Webhook: the receiver's https address. Teams: the address of a channel's"
            " workflow for webhooks. Slack: the address of an incoming webhook."
        ),
    )
    district = forms.TypedChoiceField(
        label=_("District"), coerce=int, empty_value=None, required=False, help_text=_("It hears of this one alone.")
    )
    words = forms.MultipleChoiceField(
        label=_("Notices of"),
        choices=CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: all of them."),
    )
    connections = forms.TypedMultipleChoiceField(
        label=_("Connections"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: all of them."),
    )

    def __init__(self, data: Any, *, request: HttpRequest, target: Target | None = None) -> None:
        initial: dict[str, Any] = {}
        if target is not None:
            initial = {
                "name": target.name,
                "kind": target.kind,
                "words": target.words,
                "connections": target.connections,
            }
        super().__init__(data, initial=initial)
        self._target = target
        self._offer_districts(request, is_new=target is None)
        choices = self.fields["connections"]
        choices.choices = [(each.pk, each.name) for each in connections_seen(request)]  # type: ignore[attr-defined]
        if not choices.choices:  # type: ignore[attr-defined]
            del self.fields["connections"]
        if target is not None:
            self.fields["kind"].disabled = True
            self.fields["address"].required = False
            self.fields["address"].help_text = _("It is not shown again. Leave it blank to keep it.")

    def _offer_districts(self, request: HttpRequest, *, is_new: bool) -> None:
        """Ask whose target it is, where there is a choice; that of one that is there stays."""
        mine = districts_of(request)
        offered = offered_districts(mine)
        self._only = next(iter(mine)) if mine is not None and len(mine) == 1 else None
        if not is_new or len(offered) < 2:
            del self.fields["district"]
            return
        field = self.fields["district"]
        field.choices = [*([("", _("all of them"))] if mine is None else []), *offered]  # type: ignore[attr-defined]
        field.required = mine is not None

    def clean(self) -> dict[str, Any]:
        """The fields together: whether the address is one of the kind."""
        stated = super().clean() or {}
        address = stated.get("address", "")
        if address and "kind" in stated:
            try:
                tidy(Kind(stated["kind"]), address)
            except SettingsError as wrong:
                self.add_error("address", refusal(wrong))
        return stated

    @property
    def stated(self) -> Stated:
        """What was stated, once the form is valid."""
        given = self.cleaned_data
        return Stated(
            name=given["name"],
            kind=Kind(given["kind"]),
            address=given["address"],
            words=given["words"],
            connections=given.get("connections") or (),
            district=given.get("district") or self._only,
        )


class RulesForm(forms.Form):
    """The rules that hold for all targets."""

    failures = forms.IntegerField(
        label=_("Failures in a row before a notice"),
        min_value=1,
        max_value=99,
        help_text=_("1 tells of the first failure. The same cause is told once, and once more when it is mended."),
    )
    stale_hours = forms.IntegerField(
        label=_("Hours without a successful sync after which data is stale"),
        min_value=0,
        max_value=8760,
        help_text=_("Usually 24. 0: never."),
    )
    digest_at = forms.TimeField(
        label=_("The digest goes out at"),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text=_("In the installation's time zone."),
    )


class ExpiryForm(forms.Form):
    """The last day of a connection's credentials."""

    last_day = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
