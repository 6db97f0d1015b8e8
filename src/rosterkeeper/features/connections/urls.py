"""The addresses of connections."""

from django.urls import path

from rosterkeeper.features.connections import pages

urlpatterns = [path("add/", pages.add, name="connection_add")]
