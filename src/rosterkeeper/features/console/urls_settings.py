"""The addresses of the administrators' pages about the console."""

from django.urls import path

from rosterkeeper.features.console import settings_pages

urlpatterns = [
    path("", settings_pages.districts, name="console_settings"),
]
