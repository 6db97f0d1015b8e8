"""The app's place in Django."""

from django.apps import AppConfig


class PublishConfig(AppConfig):
    """`rosterkeeper.features.publish`."""

    name = "rosterkeeper.features.publish"
    label = "publish"
