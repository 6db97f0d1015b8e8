"""The addresses of SCIM: the endpoint, and the page of a district's tokens."""

from django.urls import path

from rosterkeeper.features.scim import endpoint, pages

urlpatterns = [
    path("scim/v2/<int:district>/", endpoint.scim, name="scim_root"),
    path("scim/v2/<int:district>/<path:rest>", endpoint.scim, name="scim"),
    path("directory/<int:number>/scim/", pages.tokens, name="scim_tokens"),
    path("directory/<int:number>/scim/<int:token>/rotate/", pages.rotate, name="scim_rotate"),
    path("directory/<int:number>/scim/<int:token>/revoke/", pages.revoke, name="scim_revoke"),
]
