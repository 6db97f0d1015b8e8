"""The addresses of signing in by providers: the visitors' own, and the administrators'."""

from django.urls import path

from rosterkeeper.features.signin import explaining, own, pages, provider_pages

urlpatterns = [
    path("me/", own.me, name="signin_me"),
    path("signin/", pages.choose, name="signin"),
    path("signin/out/", pages.sign_out, name="signin_sign_out"),
    path("signin/out/done/", pages.signed_out, name="signin_out"),
    path("signin/<slug:slug>/start/", pages.start, name="signin_start"),
    path("signin/<slug:slug>/back/", pages.back, name="signin_back"),
    path("signin/<slug:slug>/link/", pages.connect, name="signin_connect"),
    path("signin/<slug:slug>/linking/", pages.connecting, name="signin_connecting"),
    path("account/links/", provider_pages.links, name="signin_links"),
    path("account/links/<int:number>/unlink/", provider_pages.unlink, name="signin_unlink"),
    path("providers/", provider_pages.listed, name="signin_providers"),
    path("providers/add/<slug:kind>/", provider_pages.add, name="signin_provider_add"),
    path("providers/<int:number>/", provider_pages.provider, name="signin_provider"),
    path("providers/<int:number>/test/", provider_pages.test, name="signin_provider_test"),
    path("providers/<int:number>/switch/", provider_pages.switch, name="signin_provider_switch"),
    path("providers/<int:number>/delete/", provider_pages.delete, name="signin_provider_delete"),
    path("providers/sign-ins/", provider_pages.attempts, name="signin_attempts"),
    path("providers/sign-ins/person/<str:uid>/", explaining.why, name="signin_why"),
    path("providers/sign-ins/person/<str:uid>/forget/", explaining.forget, name="signin_forget"),
]
