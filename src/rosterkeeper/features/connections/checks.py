"""What a connection's settings must hold before they are stored: one code a field (L10, L14, N02, S10)."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.http.allowed import Allowed, unwrapped
from rosterkeeper.sources.oneroster.presets import preset_of
from rosterkeeper.sources.spec import (
    AUTH_STYLES,
    AUTHS,
    GRANTS,
    VERSIONS,
    ClassLinkSpec,
    CsvSpec,
    OneRosterSpec,
    SourceSpec,
)


def check(spec: SourceSpec) -> None:
    """SettingsError, one code a field, where a spec cannot be right."""
    match spec:
        case CsvSpec(path=path):
            if not path:
                raise SettingsError(
                    "connection.path", "A CSV connection needs the path of its zip.", todo="Give it with --path."
                )
        case ClassLinkSpec():
            _check_classlink(spec)
        case OneRosterSpec():
            _check_address(spec)
            _check_token(spec)
            _check_credentials(spec)
            _check_person(spec)


def _check_classlink(spec: ClassLinkSpec) -> None:
    preset_of(spec.preset)
    if bool(spec.tenant_id) == bool(spec.url):
        raise SettingsError(
            "connection.classlink_way",
            "A ClassLink connection is made by the Tenant ID or by the Endpoint URL, and by one of them.",
            todo="Give --tenant-id and the API key, or --url, --client-id and the secret.",
        )
    if spec.url:
        _check_address(spec)
        if spec.auth == "bearer":
            raise SettingsError(
                "connection.auth",
                "A district's own server takes no bearer.",
                todo="Choose --auth among oauth1, oauth1-sha1, oauth2.",
            )
        _check_credentials(spec)
    elif not spec.secret and not settings.ROSTER_CLASSLINK_API_KEY:
        raise SettingsError(
            "connection.api_key",
            "The API key is missing.",
            todo="Set ROSTERKEEPER_SECRET for this command, or ROSTERKEEPER_CLASSLINK_API_KEY for the installation. It"
            " is in the ClassLink Management Console: Roster Server > Manage > Applications > API Key and Secret.",
        )


def _check_address(spec: OneRosterSpec | ClassLinkSpec) -> None:
    if not is_web_address(spec.url):
        raise SettingsError(
            "connection.url",
            "The server's address is not an http or https address.",
            todo="Give it with --url, without a name or password in it.",
        )
    if _is_link_local(spec.url):
        raise SettingsError(
            "connection.link_local",
            "The server's address is link-local: it holds between two machines on one cable, and is not reached.",
            todo="Give the server's name, or an address that your network has for it.",
        )
    if spec.version not in VERSIONS:
        raise SettingsError(
            "connection.version", "The version is unknown.", todo=f"Choose --version among {', '.join(VERSIONS)}."
        )


def _check_token(spec: OneRosterSpec) -> None:
    preset = preset_of(spec.preset)
    if spec.token_url and not is_web_address(spec.token_url):
        raise SettingsError(
            "connection.token_url",
            "The token address is not an http or https address.",
            todo="Correct --token-url, or leave it out.",
        )
    if spec.token_url and preset.must_name not in spec.token_url:
        raise SettingsError(
            "connection.token_url_name",
            f"The token address of this SIS must hold {preset.must_name}",
            todo="See the note in rosterkeeper connection presets.",
        )
    if spec.auth_style not in AUTH_STYLES or spec.grant not in GRANTS:
        raise SettingsError(
            "connection.auth_style",
            "The way to ask for a token is unknown.",
            todo=f"Choose --auth-style among {', '.join(AUTH_STYLES)}, and --grant among {', '.join(GRANTS)}.",
        )


def _check_credentials(spec: OneRosterSpec | ClassLinkSpec) -> None:
    if spec.auth not in AUTHS:
        raise SettingsError(
            "connection.auth", "The way to sign in is unknown.", todo=f"Choose --auth among {', '.join(AUTHS)}."
        )
    if not spec.client_id and spec.auth != "bearer":
        raise SettingsError("connection.client_id", "The client id is missing.", todo="Give it with --client-id.")
    if not spec.secret:
        raise SettingsError(
            "connection.secret",
            "The secret is missing.",
            todo="Set ROSTERKEEPER_SECRET for this command, or run it at a terminal and be asked.",
        )


def _check_person(spec: OneRosterSpec) -> None:
    if spec.grant == "password" and not (spec.username and spec.password):
        raise SettingsError(
            "connection.password",
            "The password grant needs a user name and a password.",
            todo="Give --username, and set ROSTERKEEPER_PASSWORD for this command.",
        )


def _is_link_local(text: str) -> bool:
    """Whether a plain address is one of 169.254.0.0/16 or fe80::/10 that this installation does not allow."""
    try:
        parts = urlsplit(text)
        address = unwrapped(ip_address((parts.hostname or "").partition("%")[0]))
        port = parts.port or {"http": 80}.get(parts.scheme, 443)
    except ValueError:
        return False
    return address.is_link_local and not Allowed.of(settings.ROSTER_ALLOWED_HOSTS).has_address(address, port)


def is_web_address(text: str) -> bool:
    """Whether it is an http or https address without a name and password in it."""
    try:
        address = urlsplit(text)
    except ValueError:
        return False
    # A name and password inside an address would be stored in plain text.
    return address.scheme in ("http", "https") and bool(address.hostname) and "@" not in address.netloc
