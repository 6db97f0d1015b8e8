"""The app's place in Django."""

from django.apps import AppConfig


class RosterConfig(AppConfig):
    """`rosterkeeper.features.roster`, with tables named roster_*."""

    name = "rosterkeeper.features.roster"
    label = "roster"
