"""The addresses of accounts."""

from django.urls import path

from rosterkeeper.features.accounts import pages

urlpatterns = [
    path("first/<str:secret>/", pages.first_visit, name="first_visit"),
    path("account/", pages.own, name="account_self"),
]
