"""The app's place in Django."""

from django.apps import AppConfig


class SchedulesConfig(AppConfig):
    """`rosterkeeper.features.schedules`, with tables named schedules_*."""

    name = "rosterkeeper.features.schedules"
    label = "schedules"
