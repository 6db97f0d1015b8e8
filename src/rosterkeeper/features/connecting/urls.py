"""The addresses of connections."""

from django.urls import path

from rosterkeeper.features.connecting import pages, pages_adding, pages_ending, pages_settings

urlpatterns = [
    path("", pages.connections, name="connections"),
    path("add/", pages_adding.kinds, name="connection_add"),
    path("add/<slug:kind>/", pages_adding.add, name="connection_add_kind"),
    path("<int:number>/", pages.connection, name="connection"),
    path("<int:number>/sync/", pages.sync, name="connection_sync"),
    path("<int:number>/test/", pages.test, name="connection_test"),
    path("<int:number>/preview/", pages.preview, name="connection_preview"),
    path("<int:number>/edit/", pages_settings.edit, name="connection_edit"),
    path("<int:number>/options/", pages_settings.options, name="connection_options"),
    path("<int:number>/schools/", pages_settings.excluded, name="connection_schools"),
    path("<int:number>/reset/", pages_ending.reset, name="connection_reset"),
    path("<int:number>/delete/", pages_ending.delete, name="connection_delete"),
]
