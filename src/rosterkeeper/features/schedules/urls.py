"""The addresses of schedules, below those of connections."""

from django.urls import path

from rosterkeeper.features.schedules import pages

urlpatterns = [
    path("<int:number>/schedule/", pages.schedule, name="connection_schedule"),
    path("<int:number>/schedule/next/", pages.upcoming, name="connection_schedule_next"),
]
