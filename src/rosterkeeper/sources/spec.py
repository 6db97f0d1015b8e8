"""What a source needs to be opened: plain values, as a job description carries them."""

from typing import Final

import msgspec

KINDS: Final = ("csv", "oneroster", "classlink")
# Whether a server is asked for what changed: unless it has shown that it cannot tell, always, or never.
INCREMENTAL: Final = ("auto", "on", "off")
AUTHS: Final = ("oauth1", "oauth1-sha1", "oauth2", "bearer")
VERSIONS: Final = ("1.1", "1.2", "auto")
# How an OAuth 2 client shows itself to the token endpoint: by HTTP Basic, in the form, or by Basic with all else in
# the query; ``auto`` tries the first two.
AUTH_STYLES: Final = ("auto", "basic", "body", "query")
GRANTS: Final = ("client-credentials", "password")
# As a scope: ask for none.
NO_SCOPE: Final = "none"
# The one that ClassLink's own documentation names; an installation may set another.
CLASSLINK_PROXY: Final = "https://oneroster-proxy.apis.classlink.com"


class CsvSpec(msgspec.Struct, frozen=True, tag_field="kind", tag="csv"):
    """A OneRoster CSV zip at a path of this machine."""

    path: str
    label: str = ""


class OneRosterSpec(msgspec.Struct, frozen=True, tag_field="kind", tag="oneroster"):
    """A OneRoster 1.1 or 1.2 server. ``secret`` is the OAuth secret, or the bearer itself.

    ``scope``: "" is what the pull needs in the version's own words, ``none`` is none, else it is sent as it stands.
    ``username`` and ``password`` are those of the password grant alone. ``incremental`` is one of `INCREMENTAL`; all is
    pulled anew when the last pull of all is ``full_every_days`` old.
    """

    url: str
    client_id: str = ""
    secret: str = ""
    token_url: str = ""
    auth: str = "oauth2"
    version: str = "auto"
    page_size: int = 10_000
    in_flight: int = 4
    preset: str = ""
    auth_style: str = "auto"
    grant: str = "client-credentials"
    scope: str = ""
    username: str = ""
    password: str = ""
    incremental: str = "auto"
    full_every_days: int = 7


class ClassLinkSpec(msgspec.Struct, frozen=True, tag_field="kind", tag="classlink"):
    """A district's ClassLink Roster Server, in one of two ways.

    Through ClassLink's proxy: ``tenant_id``, and ``secret`` is the API key. Straight to the district's server:
    ``url``, ``client_id`` and ``secret``, proven as ``auth`` says. ``proxy`` is the proxy's address, ``preset`` the
    district's SIS; the rest as in `OneRosterSpec`.
    """

    tenant_id: str = ""
    url: str = ""
    client_id: str = ""
    secret: str = ""
    auth: str = "oauth1"
    version: str = "auto"
    page_size: int = 10_000
    in_flight: int = 4
    preset: str = ""
    proxy: str = ""
    incremental: str = "auto"
    full_every_days: int = 7


ServerSpec = OneRosterSpec | ClassLinkSpec
SourceSpec = CsvSpec | OneRosterSpec | ClassLinkSpec
