"""The app's place in Django."""

from django.apps import AppConfig


class GroupsConfig(AppConfig):
    """`rosterkeeper.features.groups`, with tables named groups_*."""

    name = "rosterkeeper.features.groups"
    label = "groups"
