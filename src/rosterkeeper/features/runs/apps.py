"""The app's place in Django."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """`rosterkeeper.features.runs`, with tables named runs_*."""

    name = "rosterkeeper.features.runs"
    label = "runs"
