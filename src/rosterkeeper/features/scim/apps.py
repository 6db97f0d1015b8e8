"""The app's place in Django."""

from django.apps import AppConfig


class ScimConfig(AppConfig):
    """`rosterkeeper.features.scim`, with tables named scim_*."""

    name = "rosterkeeper.features.scim"
    label = "scim"

    def ready(self) -> None:
        """Say of which district an entry about a token is."""
        from rosterkeeper.features.audit.districts import find_by  # noqa: PLC0415 -- models are not ready earlier

        find_by(("scim_token",), lambda district: (district,))
