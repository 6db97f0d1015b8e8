"""The form of a provider."""

from collections.abc import Iterator
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.connections.models import District
from rosterkeeper.features.signin.models import Provider
from rosterkeeper.features.signin.presets import MEANINGS, Preset
from rosterkeeper.features.signin.saving import Stated
from rosterkeeper.matching.tables import Kind

_KINDS: Final = (
    (Kind.STAFF, _("Teachers and other staff")),
    (Kind.STUDENT, _("Students")),
    (Kind.PARENT, _("Parents")),
)
_LABELS: Final = {
    "tenant": _("Tenant or hosted domain"),
    "sourced_id": _("sourcedId"),
    "user_id": _("User id"),
    "directory_id": _("Id in the directory (SCIM)"),
    "username": _("Username"),
    "email": _("E-mail address"),
    "email_verified": _("E-mail address verified"),
}


class ProviderForm(forms.Form):
    """A provider: where it is, whom it lets in, how its claims are read."""

    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("As people know it. The button says: Sign in with this name.")
    )
    issuer = forms.CharField(
        label=_("Issuer"),
        max_length=300,
        help_text=_("The address whose /.well-known/openid-configuration says how to sign in."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    client_id = forms.CharField(
        label=_("Client id"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    secret = forms.CharField(
        label=_("Client secret"),
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Who may sign in"), choices=_KINDS, required=False, widget=forms.CheckboxSelectMultiple
    )
    hours = forms.IntegerField(label=_("A session lasts (hours)"), min_value=1, max_value=24, initial=8)
    student_hours = forms.IntegerField(label=_("Of a student (hours)"), min_value=1, max_value=24, initial=2)
    is_enabled = forms.BooleanField(label=_("Switched on"), required=False, initial=True)
    for_administrators = forms.BooleanField(
        label=_("Administrators may sign in, too"),
        required=False,
        help_text=_(
            "Those who linked their account to it themselves, or whose verified e-mail address is in a domain below."
        ),
    )
    administrator_domains = forms.CharField(
        label=_("Domains of administrators"),
        required=False,
        max_length=500,
        help_text=_("With blanks between. Whoever has a verified address there opens the account of that address."),
    )
    does_mfa = forms.BooleanField(
        label=_("The provider asks administrators for a second factor"),
        required=False,
        help_text=_("Only then is the second factor of this server not asked for after it."),
    )
    scopes = forms.CharField(label=_("Scopes"), max_length=300)
    proves_email = forms.BooleanField(
        label=_("Its e-mail addresses are verified without saying so"),
        required=False,
        help_text=_("Only where people cannot enter an address of their own at the provider."),
    )
    asks_userinfo = forms.BooleanField(label=_("Ask its user info for what the id token lacks"), required=False)

    def __init__(
        self,
        *args: Any,
        preset: Preset,
        districts: list[District],
        everywhere: bool,
        provider: Provider | None = None,
        **kwargs: Any,
    ) -> None:
        self._preset, self._districts = preset, districts
        kwargs["initial"] = _of_provider(provider) if provider else _of_preset(preset)
        super().__init__(*args, **kwargs)
        for meaning in MEANINGS:
            self.fields[f"claim_{meaning}"] = forms.CharField(label=_LABELS[meaning], required=False, max_length=200)
        for each in districts:
            self.fields[f"district_{each.pk}"] = forms.BooleanField(label=each.name, required=False)
            self.fields[f"tenants_{each.pk}"] = forms.CharField(
                label=_("Tenant ids or domains of %(district)s") % {"district": each.name},
                required=False,
                max_length=1000,
            )
        if len(districts) == 1 and provider is None:
            self.initial[f"district_{districts[0].pk}"] = True
        if provider is not None:
            self.fields["secret"].required = False
            self.fields["secret"].help_text = _("It is not shown again. Leave it blank to keep it.")
        if not everywhere:
            for name in ("for_administrators", "administrator_domains", "does_mfa"):
                del self.fields[name]

    def of_districts(self) -> Iterator[tuple[BoundField, BoundField]]:
        """Each district's two fields: whether the provider is for it, and its tenants."""
        for each in self._districts:
            yield self[f"district_{each.pk}"], self[f"tenants_{each.pk}"]

    def of_claims(self) -> Iterator[BoundField]:
        """The fields that name claims."""
        for meaning in MEANINGS:
            yield self[f"claim_{meaning}"]

    @property
    def stated(self) -> Stated:
        """What was stated, once the form is valid."""
        given = self.cleaned_data
        plain = {
            name: given[name]
            for name in (
                *("name", "issuer", "client_id", "secret", "scopes", "proves_email", "asks_userinfo", "kinds"),
                *("hours", "student_hours", "is_enabled", "for_administrators", "administrator_domains", "does_mfa"),
            )
            if name in given
        }
        return Stated(
            **plain,
            preset=self._preset.name,
            claims={meaning: given[f"claim_{meaning}"] for meaning in MEANINGS},
            districts={
                each.pk: given[f"tenants_{each.pk}"].replace(",", " ").split()
                for each in self._districts
                if given[f"district_{each.pk}"]
            },
        )


def _of_preset(preset: Preset) -> dict[str, Any]:
    return {
        "name": preset.title if preset.issuer else "",
        "issuer": preset.issuer,
        "scopes": preset.scopes,
        "proves_email": preset.proves_email,
        "asks_userinfo": preset.asks_userinfo,
        "kinds": [Kind.STAFF, Kind.STUDENT],
        "hours": 8,
        "student_hours": 2,
        "is_enabled": True,
        **{f"claim_{meaning}": names for meaning, names in preset.claims.items()},
    }


def _of_provider(provider: Provider) -> dict[str, Any]:
    made = {
        name: getattr(provider, name)
        for name in (
            *("name", "issuer", "client_id", "scopes", "proves_email", "asks_userinfo", "kinds", "hours"),
            *("student_hours", "is_enabled", "for_administrators", "administrator_domains", "does_mfa"),
        )
    }
    for each in provider.served.all():
        made |= {f"district_{each.district_id}": True, f"tenants_{each.district_id}": " ".join(each.tenants)}
    return made | {f"claim_{meaning}": names for meaning, names in provider.claims.items()}
