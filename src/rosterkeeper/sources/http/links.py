"""The Link header (RFC 8288), as far as paging needs it; the angle brackets are missing on some servers."""

import re
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

_ENTRY: Final = re.compile(r"(?:<([^>]*)>|([^\s;,<>]+))\s*((?:;\s*[\w*-]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]+)\s*)+)")
_REL: Final = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


def relations(header: str, base: str) -> dict[str, str]:
    """The header's addresses by relation, made absolute against ``base``."""
    found: dict[str, str] = {}
    for entry in _ENTRY.finditer(header):
        named = _REL.search(entry[3])
        if named is None:
            continue
        for relation in (named[1] or named[2] or "").lower().split():
            found.setdefault(relation, urljoin(base, entry[1] or entry[2] or ""))
    return found


def is_cursor(url: str, base: str) -> bool:
    """Whether a next link must be followed as it is: same origin, and paging by something other than an offset."""
    there, here = urlsplit(url), urlsplit(base)
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        return False
    return all(name.lower() != "offset" for name, _ in parse_qsl(there.query, keep_blank_values=True))
