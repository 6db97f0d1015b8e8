"""The addresses of runs."""

from django.urls import path

from rosterkeeper.features.runs import pages

urlpatterns = [
    path("connections/<int:number>/", pages.connection, name="connection"),
    path("connections/<int:number>/now/", pages.now, name="connection_now"),
    path("connections/<int:number>/sync/", pages.sync, name="connection_sync"),
    path("runs/<int:number>/", pages.run, name="run"),
]
