"""What a provider says of who signs in, in our words. No role is read: what somebody may do stands on the roster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rosterkeeper.features.signin.models import Provider

# Texts by which systems of schools say that there is nothing.
_NOTHING: Final = frozenset({"", "null", "none", "undefined"})
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True, repr=False)
class Claims:
    """Who signs in: '' for what is not said. It is never shown, logged or kept, but for the two ids remembered."""

    issuer: str
    subject: str
    tenant: str = ""
    sourced_id: str = ""
    user_id: str = ""
    directory_id: str = ""
    username: str = ""
    email: str = ""
    is_email_verified: bool = False


def read(provider: Provider, token: Mapping[str, object], userinfo: Mapping[str, object]) -> Claims:
    """The claims of an id token that was checked, and what the user info adds to it."""

    def value(meaning: str) -> str:
        names = _names(provider, meaning)
        return next((found for held in (token, userinfo) for name in names if (found := _text(held.get(name)))), "")

    email, stated = value("email"), value("email_verified").lower()
    return Claims(
        issuer=_text(token["iss"]),
        subject=_text(token["sub"]),
        tenant=value("tenant"),
        sourced_id=value("sourced_id"),
        user_id=value("user_id") or _text(token["sub"]),
        directory_id=value("directory_id"),
        username=value("username"),
        email=email,
        # A provider that says itself that it does not know counts, whatever was set for it.
        is_email_verified=bool(email) and (stated in ("true", "1") or (provider.proves_email and not stated)),
    )


def lacks(provider: Provider, token: Mapping[str, object]) -> bool:
    """Whether the id token says less than the provider's mapping reads."""
    return any(
        not any(_text(token.get(name)) for name in _names(provider, meaning))
        for meaning in provider.claims
        if _names(provider, meaning)
    )


def _names(provider: Provider, meaning: str) -> list[str]:
    return [each.strip() for each in str(provider.claims.get(meaning, "")).split(",") if each.strip()]


def _text(value: object) -> str:
    """A claim as a text; a list stands for its only member."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    return "" if text.lower() in _NOTHING or len(text) > _LONGEST else text
