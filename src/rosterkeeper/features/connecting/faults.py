"""Where a form shows what is wrong with a connection's settings: for each code its field and what to do there.

The command line says the same in its own words (the errors' own next steps); here is the one place of the pages' words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.look.told import refusal
from rosterkeeper.oneroster.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Place:
    """The field of a code, and what its reader is told there."""

    field: str
    says: str | Promise


PLACES: Final[Mapping[str, Place]] = {
    "connection.name": Place(
        "name", _("A name has up to 100 characters, no slash, and no blank at its beginning or end.")
    ),
    "connection.district": Place(
        "district", _("A district's name has up to 100 characters, no slash, and no character that cannot be seen.")
    ),
    "connection.tenant_blank": Place("tenant_id", _("There is a blank inside the Tenant ID. Copy it again, without.")),
    "connection.name_taken": Place("name", _("The district already has a connection of this name. Choose another.")),
    "connection.path": Place("path", _("Give the path of the zip, or of a folder that zips are put into.")),
    "connection.server_path": Place(
        "path", _("An account that is limited to districts cannot name a path on the server. Upload the zip.")
    ),
    "connection.installed_key": Place(
        "api_key", _("Enter your own API Key; this installation's is not for you to use.")
    ),
    "connection.classlink_way": Place(
        "way", _("Choose one way: the Tenant ID and API Key, or the Endpoint URL, Client ID and Client Secret.")
    ),
    "connection.api_key": Place(
        "api_key",
        _(
            "The API Key is missing. It is in the ClassLink Management Console: Roster Server > Manage > Applications"
            " > API Key and Secret."
        ),
    ),
    "connection.url": Place(
        "url", _("This is not an http or https address. Write it like https://roster.example.org, without a password.")
    ),
    "connection.link_local": Place(
        "url",
        _(
            "An address that begins with 169.254. or fe80: holds between two machines on one cable, and is not reached."
            " Write the server's name."
        ),
    ),
    "connection.version": Place("version", _("Choose one of the versions.")),
    "connection.token_url": Place("token_url", _("This is not an http or https address. Correct it, or leave it out.")),
    "connection.token_url_name": Place(
        "token_url",
        _("For Infinite Campus, the address must name the application: https://HOST/campus/oauth2/token?appName=NAME."),
    ),
    "connection.auth_style": Place("auth_style", _("Choose one of the ways to ask for a token.")),
    "connection.auth": Place("auth", _("Choose another way to sign in; a district's own server takes no bearer.")),
    "connection.client_id": Place("client_id", _("The Client ID is missing. The server's administrator gave it out.")),
    "connection.secret": Place("secret", _("The Client Secret is missing. Paste it from where the Client ID is.")),
    "connection.password": Place("password", _("The password grant needs a user name and a password.")),
    "connection.preset": Place("sis", _("Choose one of the list; Other if it is not there.")),
    "connection.other_source": Place(
        "guardians_only",
        _(
            "Another connection brings this district's students and staff. Tick this box for a zip of guardians, or"
            " switch students and staff off in the other connection's options first."
        ),
    ),
    "connection.days": Place("days_before", _("Days before and after are whole numbers from 0 to 366.")),
    "connection.role": Place("roles", _("Choose among the roles of the list.")),
    "connection.relationship": Place(
        "relationships", _("Choose at least one relationship type, or switch Sync Parent Data off.")
    ),
}


def show(form: forms.Form, fault: SettingsError) -> None:
    """Put the error at its field; above the form where it has none there."""
    if not mark(form, fault.code):
        form.add_error(None, refusal(fault))


def mark(form: forms.Form, code: str) -> bool:
    """Put the code's words at its field, where that has no error yet; False where the form has no such field."""
    place = PLACES.get(code)
    if place is None or place.field not in form.fields:
        return False
    if place.field not in form.errors:
        form.add_error(place.field, str(place.says))
    return True
