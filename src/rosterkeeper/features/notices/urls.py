"""The addresses of notices."""

from django.urls import path

from rosterkeeper.features.notices import pages

urlpatterns = [
    path("", pages.notices, name="notices"),
    path("add/", pages.add, name="notice_add"),
    path("rules/", pages.set_rules, name="notice_rules"),
    path("expiry/<int:connection>/", pages.set_expiry, name="notice_expiry"),
    path("<int:number>/", pages.edit, name="notice_edit"),
    path("<int:number>/test/", pages.test, name="notice_test"),
    path("<int:number>/secret/", pages.renew, name="notice_secret"),
    path("<int:number>/delete/", pages.delete, name="notice_delete"),
    path("sent/", pages.sent, name="notice_sent"),
]
