"""What the provider of the tests says of its users: whatever a test has written down, be it right or wrong."""

import json
from pathlib import Path
from typing import Any

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from django.conf import settings
from django.contrib.auth.models import User


class SayingAdapter(DefaultOIDCAdapter):  # type: ignore[misc]
    """Takes subjects, claims and user info from the file that tests write."""

    def get_claims(self, purpose: str, user: User, client: object, scopes: object, **_: Any) -> dict[str, Any]:
        """What the id token or the user info says; it may contradict what the protocol wants."""
        said = _says(user)
        return {"sub": said.get("sub", user.username), **said.get(purpose, {})}


def _says(user: User) -> dict[str, Any]:
    held: dict[str, dict[str, Any]] = json.loads(
        Path(str(settings.DATABASES["default"]["NAME"])).with_name("says.json").read_text()
    )
    return held.get(user.username, {})
