"""The addresses of the console: launches, and the pages of whoever is at it."""

from django.urls import path

from rosterkeeper.features.console import launching, new_class

app_name = "console"
urlpatterns = [
    path("", new_class.new_class, name="new_class"),
    path("hello", launching.hello, name="hello"),
    path("launch", launching.launch, name="launch"),
    path("enter/<str:token>", launching.enter, name="enter"),
    path("out/", launching.leave, name="leave"),
]
