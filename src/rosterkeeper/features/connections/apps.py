"""The app's place in Django."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """`rosterkeeper.features.connections`, with tables named connections_*."""

    name = "rosterkeeper.features.connections"
    label = "connections"
