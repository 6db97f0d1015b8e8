"""The app's place in Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """`rosterkeeper.features.accounts`."""

    name = "rosterkeeper.features.accounts"
    label = "accounts"
