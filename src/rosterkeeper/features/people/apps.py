"""The app's place in Django."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """`rosterkeeper.features.people`, with tables named people_*."""

    name = "rosterkeeper.features.people"
    label = "people"
