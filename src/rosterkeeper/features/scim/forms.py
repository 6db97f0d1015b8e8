"""The form of the page of tokens."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.connections.models import District


class TokenForm(forms.Form):
    """For which district, and for what the token is."""

    district = forms.ModelChoiceField(District.objects.none(), label=_("District"), empty_label=None)
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("What the token is for, such as Entra ID or Okta."),
    )

    def __init__(self, *args: Any, districts: QuerySet[District], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["district"].queryset = districts  # type: ignore[attr-defined]
