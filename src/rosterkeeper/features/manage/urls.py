"""The addresses of pages that show several features at once."""

from django.urls import path

from rosterkeeper.features.manage import pages

urlpatterns = [
    path("", pages.overview, name="overview"),
    path("setup/", pages.setup, name="setup"),
    path("setup/approved/", pages.approved, name="setup_approved"),
]
