"""The addresses of the console: launches, and the pages of whoever is at it."""

from django.urls import path

from rosterkeeper.features.console import configuring, launching, new_class, past_pages, started

app_name = "console"
urlpatterns = [
    path("", new_class.new_class, name="new_class"),
    path("choose/", new_class.choose, name="choose"),
    path("teachers/", new_class.find, name="teachers"),
    path("view/", new_class.show_as, name="view"),
    path("configure/", configuring.configure, name="configure"),
    path("configure/save/", configuring.save, name="configure_save"),
    path("hello", launching.hello, name="hello"),
    path("launch", launching.launch, name="launch"),
    path("enter/<str:token>", launching.enter, name="enter"),
    path("out/", launching.leave, name="leave"),
    path("start/", started.start, name="start"),
    path("lessons/", past_pages.past_classes, name="past"),
    path("lessons/attendance.csv", past_pages.export, name="export"),
    path("lessons/<str:uid>/", started.lesson, name="lesson"),
    path("lessons/<str:uid>/since/", started.since, name="since"),
    path("lessons/<str:uid>/mark/<str:person>/", started.mark, name="mark"),
    path("lessons/<str:uid>/all-present/", started.all_present, name="all_present"),
    path("lessons/<str:uid>/end/", started.end, name="end"),
    path("lessons/<str:uid>/guest/", started.guest, name="guest"),
    path("lessons/<str:uid>/take-out/<str:person>/", started.take_out, name="take_out"),
    path("lessons/<str:uid>/guardians/<str:person>/", started.guardians_of, name="guardians"),
    path("lessons/<str:uid>/attendance.csv", past_pages.export_one, name="export_one"),
]
