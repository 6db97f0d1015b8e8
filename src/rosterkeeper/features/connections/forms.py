"""The form of a new connection, one a kind; what it states goes the same way as the command's options."""

from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

KINDS: Final = (("classlink", "ClassLink"), ("oneroster", "OneRoster"), ("csv", _("OneRoster CSV zip")))


class ConnectionForm(forms.Form):
    """Name, kind, and where the roster is."""

    name = forms.CharField(label=_("Name"), max_length=100)
    kind = forms.ChoiceField(label=_("Source"), choices=KINDS)
    path = forms.CharField(label=_("Path of the zip"), required=False)
    url = forms.CharField(label=_("Endpoint URL"), required=False)
    client_id = forms.CharField(label=_("Client ID"), required=False)
    secret = forms.CharField(label=_("Client Secret"), required=False, strip=False, widget=forms.PasswordInput)

    def stated(self) -> dict[str, str | int]:
        """What was stated of the source."""
        words = self.cleaned_data
        return {name: words[name] for name in ("path", "url", "client_id", "secret") if words[name]}
