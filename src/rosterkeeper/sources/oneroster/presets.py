"""What is known of each SIS's OneRoster service, so that an administrator need not find it out (L12, R03).

A preset only fills in what `connection add` was not told; everything in it can be stated otherwise. What a vendor does
not publish is left as the standard has it, and the note says so.
"""

from dataclasses import dataclass
from typing import Final

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.oneroster.urls import Address


@dataclass(frozen=True, slots=True)
class Preset:
    """One SIS. ``title`` is its name in the list of SIS; ``url`` its one address, where it has one for all.

    ``token_urls`` are tried in order where no token address was stated; in them ``{origin}`` is the server's scheme and
    host, ``{root}`` the same with the path before `/ims/oneroster`. ``must_name`` must stand in one that was stated.
    """

    name: str
    title: str
    note: str
    auth: str = "oauth2"
    auth_style: str = "auto"
    scope: str = ""
    version: str = "auto"
    page_size: int = 10_000
    in_flight: int = 4
    url: str = ""
    token_urls: tuple[str, ...] = ()
    must_name: str = ""


_UNPUBLISHED: Final = (
    "No address form is published: give the address, the token address if there is one, and the client id that the"
    " vendor gave out."
)

PRESETS: Final = (
    Preset(
        "powerschool",
        "PowerSchool",
        "The OneRoster plugin must be installed; its data configuration caps the page size. Guardians do not come"
        " this way. Where e-mail addresses stand differs by district.",
        page_size=1000,
        version="1.1",
        token_urls=("{origin}/oauth/access_token", "{origin}/oauth/token"),
    ),
    Preset(
        "powerschool-unified-classroom",
        "PowerSchool Unified Classroom",
        "The address is on the district's own page.",
        auth_style="body",
        version="1.1",
        token_urls=("https://accounts.powerschool.com/as/token.oauth2",),
    ),
    Preset("ellucian", "Ellucian", _UNPUBLISHED),
    Preset(
        "eschoolplus",
        "eSchoolPlus",
        "OAuth 1 or OAuth 2 is chosen in the vendor's API profile, which also lists the endpoints that are on: say"
        " which with --auth. OneRoster 1.2 comes with eSchoolPlus 21.4.",
    ),
    Preset("illuminate", "Illuminate Education", _UNPUBLISHED),
    Preset("unit4", "Unit4", _UNPUBLISHED),
    Preset(
        "infinite-campus",
        "Infinite Campus",
        "Give the token address with the application's name: https://HOST/campus/oauth2/token?appName=NAME. Going from"
        " 1.1 to 1.2 gives every person a new id. Version 1.1 leaves out people without a user name, and its"
        " credentials end after a year. One request at a time, outside school hours.",
        in_flight=1,
        must_name="appName=",
    ),
    Preset(
        "skyward",
        "Skyward",
        "The token address is not derived from the other: both are in the API configuration. Staff may come twice.",
    ),
    Preset(
        "aeries",
        "Aeries",
        "The address is https://DISTRICT/aeries. A token needs a scope. Permission is given table by table; full pulls"
        " belong outside school hours.",
        version="1.1",
        token_urls=("{root}/token",),
    ),
    Preset(
        "synergy",
        "Synergy",
        "The token address is given out with the other; its credentials go in the form.",
        auth_style="body",
    ),
    Preset(
        "focus",
        "Focus",
        "The addresses are those of the third-party system in Focus. Of a person with several profiles only the highest"
        " is sent.",
        version="1.1",
    ),
    Preset(
        "blackbaud",
        "Blackbaud",
        "With OAuth 2; for the older address with key and secret choose blackbaud-myschoolapp.",
        version="1.1",
        url="https://api.sky.blackbaud.com/afe-rostr/ims/oneroster/v1p1",
        token_urls=("https://oauth2.sky.blackbaud.com/token",),
    ),
    Preset(
        "blackbaud-myschoolapp",
        "Blackbaud (myschoolapp.com)",
        "The older address, https://SCHOOL.myschoolapp.com, with key and secret.",
        auth="oauth1",
        version="1.1",
    ),
    Preset("other", "Other", "Any OneRoster 1.1 or 1.2 server; nothing is assumed."),
)

BY_NAME: Final = {preset.name: preset for preset in PRESETS}
NAMES: Final = tuple(BY_NAME)


def preset_of(name: str) -> Preset:
    """The preset called ``name``, ``other`` where none is; SettingsError where there is none of that name."""
    found = BY_NAME.get(name or "other")
    if found is None:
        raise SettingsError(
            "connection.preset", "There is no preset of that name.", todo="See rosterkeeper connection presets."
        )
    return found


def token_urls(name: str, address: Address) -> tuple[str, ...]:
    """Where the SIS keeps its token endpoint, as far as it is known."""
    root = f"{address.origin}{address.prefix}"
    return tuple(form.format(origin=address.origin, root=root) for form in preset_of(name).token_urls)
