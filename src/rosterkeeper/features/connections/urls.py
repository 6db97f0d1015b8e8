"""The addresses of districts."""

from django.urls import path

from rosterkeeper.features.connections import pages

urlpatterns = [
    path("", pages.districts, name="districts"),
    path("<int:number>/", pages.rename, name="district_rename"),
]
