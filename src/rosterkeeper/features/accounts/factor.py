"""The second factor: its secrets sealed, its tries counted as those of passwords are."""

from typing import Any, Final

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django import forms
from django.db.models import Model

from rosterkeeper.features.accounts import throttle
from rosterkeeper.features.accounts.adapter import TOO_MANY
from rosterkeeper.features.accounts.models import Account, SecondSecret
from rosterkeeper.features.audit.callers import caller
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.sealed.box import installed_box

_PREFIX: Final = "sealed:"


class SealedMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps secrets in a column of sealed texts, so that a change of the key seals them anew, too."""

    def encrypt(self, text: str) -> str:
        """Where the secret is kept."""
        return f"{_PREFIX}{SecondSecret.objects.create(sealed=installed_box().seal(text)).pk}"

    def decrypt(self, encrypted_text: str) -> str:
        """The secret that is kept there."""
        kept = SecondSecret.objects.get(pk=int(encrypted_text.removeprefix(_PREFIX)))
        return installed_box().open(kept.sealed)


def forget(sender: type[Model], instance: Any, **_: object) -> None:  # noqa: ARG001 -- a signal's signature
    """An authenticator was removed: its secrets go with it."""
    numbers = [
        int(each.removeprefix(_PREFIX))
        for each in _texts(instance.data)
        if each.startswith(_PREFIX) and each.removeprefix(_PREFIX).isdigit()
    ]
    SecondSecret.objects.filter(pk__in=numbers).delete()


def _texts(data: dict[str, object]) -> list[str]:
    found: list[str] = []
    for value in data.values():
        found += [str(each) for each in value] if isinstance(value, list) else [str(value)]
    return found


class _CountedCode:
    """A form that asks for a code: whoever sees it knows the password, so tries count for the account, too."""

    user: Account

    def clean_code(self) -> str:
        """The code, if it is right and there were not too many wrong ones."""
        keys = (*throttle.keys_of(caller().origin, f"code:{self.user.pk}"), f"code:{self.user.pk}")
        reserved = throttle.reserve(keys)
        if reserved is None:
            raise forms.ValidationError(TOO_MANY)
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except forms.ValidationError:
            record("account.sign_in_failed", about=f"account:{self.user.pk}", details={"factor": 2})
            raise
        throttle.give_back(keys, reserved)
        return code


class CodeForm(_CountedCode, AuthenticateForm):  # type: ignore[misc]
    """The code that is asked for after the password."""


class CodeAgainForm(_CountedCode, ReauthenticateForm):  # type: ignore[misc]
    """The code that is asked for again before something that matters."""
