"""The addresses of SCIM: the endpoint, and the page of its tokens."""

from django.urls import path

from rosterkeeper.features.scim import endpoint, pages

urlpatterns = [
    path("scim/v2/<int:district>/", endpoint.scim, name="scim_root"),
    path("scim/v2/<int:district>/<path:rest>", endpoint.scim, name="scim"),
    path("people/scim/", pages.tokens, name="scim_tokens"),
    path("people/scim/<int:number>/rotate/", pages.rotate, name="scim_rotate"),
    path("people/scim/<int:number>/revoke/", pages.revoke, name="scim_revoke"),
]
