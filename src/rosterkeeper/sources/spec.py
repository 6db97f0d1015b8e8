"""What a source needs to be opened: plain values, as a job description carries them."""

import msgspec

KINDS = ("csv", "oneroster")
AUTHS = ("oauth1", "oauth1-sha1", "oauth2", "bearer")
VERSIONS = ("1.1", "1.2", "auto")


class CsvSpec(msgspec.Struct, frozen=True, tag_field="kind", tag="csv"):
    """A OneRoster CSV zip at a path of this machine."""

    path: str
    label: str = ""


class OneRosterSpec(msgspec.Struct, frozen=True, tag_field="kind", tag="oneroster"):
    """A OneRoster 1.1 or 1.2 server. ``secret`` is the OAuth secret, or the bearer itself."""

    url: str
    client_id: str = ""
    secret: str = ""
    token_url: str = ""
    auth: str = "oauth2"
    version: str = "auto"
    page_size: int = 10_000
    in_flight: int = 4


SourceSpec = CsvSpec | OneRosterSpec
