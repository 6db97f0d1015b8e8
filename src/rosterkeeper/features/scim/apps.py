"""The app's place in Django."""

from django.apps import AppConfig


class ScimConfig(AppConfig):
    """`rosterkeeper.features.scim`, with tables named scim_*."""

    name = "rosterkeeper.features.scim"
    label = "scim"
