"""The addresses of the administrators' pages about the console."""

from django.urls import path

from rosterkeeper.features.console import settings_pages

urlpatterns = [
    path("", settings_pages.districts, name="console_settings"),
    path("templates.zip", settings_pages.templates, name="console_templates"),
    path("console.pyz", settings_pages.program, name="console_program"),
    path("<int:number>/", settings_pages.district, name="console_district"),
    path("<int:number>/switches/", settings_pages.switches, name="console_switches"),
    path("<int:number>/keys/", settings_pages.make_key, name="console_key_make"),
    path("<int:number>/keys/<int:key>/show/", settings_pages.show_key, name="console_key_show"),
    path("<int:number>/keys/<int:key>/rotate/", settings_pages.rotate_key, name="console_key_rotate"),
    path("<int:number>/keys/<int:key>/revoke/", settings_pages.revoke_key, name="console_key_revoke"),
]
