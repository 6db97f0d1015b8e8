"""Where a OneRoster service is, from whatever an administrator pastes: a bare host, a base, or a whole service path."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.oneroster.fields import V1P1, V1P2

SERVICE_PATHS: Final = {V1P1: "/ims/oneroster/v1p1", V1P2: "/ims/oneroster/rostering/v1p2"}
_SERVICE: Final = re.compile(
    r"^(?P<prefix>.*?)/ims/oneroster(?:/(?:rostering/)?(?P<version>v1p[12])(?:/.*)?|/rostering)?$",
    re.IGNORECASE,
)
_VERSIONS: Final = {"v1p1": V1P1, "v1p2": V1P2}
# RFC 3986's unreserved characters; all others are percent-encoded, so that what is signed is what is sent.
_UNRESERVED: Final = "-._~"


@dataclass(frozen=True, slots=True)
class Address:
    """A server: its origin, the path before the service, and the version that the pasted path names, if any."""

    origin: str
    prefix: str
    version: str | None

    def service(self, version: str) -> str:
        """The service's base for ``version``, without a trailing slash."""
        return f"{self.origin}{self.prefix}{SERVICE_PATHS[version]}"

    def versions(self, wanted: str) -> tuple[str, ...]:
        """The versions to try, in order; a path that names its version is taken at its word."""
        if wanted != "auto":
            return (wanted,)
        return (self.version,) if self.version else (V1P2, V1P1)

    def token_urls(self, given: str, version: str) -> tuple[str, ...]:
        """Where to ask for a token: where the settings say, else where servers have been seen to keep it (R02)."""
        if given.strip():
            return (normalised(given).full,)
        tried = (f"{self.origin}/token", f"{self.origin}/oauth2/token", f"{self.service(version)}/token")
        return tuple(dict.fromkeys(tried))


@dataclass(frozen=True, slots=True)
class Url:
    """A web address in its parts."""

    origin: str
    path: str
    query: str

    @property
    def full(self) -> str:
        """The whole of it."""
        return f"{self.origin}{self.path}" + (f"?{self.query}" if self.query else "")


def address(url: str) -> Address:
    """The server that ``url`` names; SettingsError where it names none."""
    found = normalised(url)
    path = re.sub(r"/{2,}", "/", found.path).rstrip("/")
    match = _SERVICE.match(path)
    if match is None:
        return Address(found.origin, path, None)
    return Address(found.origin, match["prefix"], _VERSIONS.get((match["version"] or "").lower()))


def normalised(url: str) -> Url:
    """``url`` with a scheme and nothing that does not belong; SettingsError where it is not a web address."""
    text = url.strip()
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _wrong() from None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise _wrong()
    if not text.isprintable() or any(blank in text for blank in ' "<>\\^`{|}'):
        raise _wrong()
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    origin = f"{parts.scheme.lower()}://{host}" + (f":{port}" if port is not None else "")
    return Url(origin, parts.path, parts.query)


def page_address(endpoint: str, offset: int, limit: int, *, where: str = "") -> str:
    """One page of a collection, or of what of it fits the filter ``where``.

    In an order that does not move: without one, offset paging skips and repeats rows.
    """
    pairs = [("limit", str(limit)), ("offset", str(offset)), ("sort", "sourcedId"), ("orderBy", "asc")]
    pairs += [("filter", where)] if where else []
    query = "&".join(f"{quote(name, safe=_UNRESERVED)}={quote(value, safe=_UNRESERVED)}" for name, value in pairs)
    return f"{endpoint}?{query}"


def _wrong() -> SettingsError:
    return SettingsError(
        "settings.url",
        "The address is not that of a web server.",
        todo="Give it as https://host or https://host/path, without a name or a password in it.",
    )
