"""The app's place in Django."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """`rosterkeeper.features.audit`."""

    name = "rosterkeeper.features.audit"
    label = "audit"
