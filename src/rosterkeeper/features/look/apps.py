"""The app's place in Django."""

from django.apps import AppConfig


class LookConfig(AppConfig):
    """`rosterkeeper.features.look`."""

    name = "rosterkeeper.features.look"
    label = "look"
