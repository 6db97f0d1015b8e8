"""The forms of accounts."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _


class FirstForm(forms.Form):
    """Who the first administrator is."""

    name = forms.CharField(label=_("Your name"), required=False, max_length=200)
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. A few words that belong together only for you are best."),
    )

    def clean_password(self) -> str:
        """The password, if it is one that cannot be guessed at once."""
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password
