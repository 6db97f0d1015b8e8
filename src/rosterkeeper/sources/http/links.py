"""The Link header (RFC 8288), as far as paging needs it; the angle brackets are missing on some servers."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urljoin, urlsplit


def relations(header: str, base: str) -> dict[str, str]:
    """The header's addresses by relation, made absolute against ``base``; what cannot be read is left out."""
    found: dict[str, str] = {}
    for entry in _split(header, ","):
        target, *parameters = _split(entry, ";")
        address = target.strip().removeprefix("<").removesuffix(">")
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if address and name.strip().lower() == "rel":
                for relation in value.strip().strip('"').lower().split():
                    found.setdefault(relation, _absolute(base, address))
    return {relation: address for relation, address in found.items() if address}


def is_cursor(url: str, base: str) -> bool:
    """Whether a next link must be followed as it is: same origin, and paging by something other than an offset."""
    there, here = urlsplit(url), urlsplit(base)
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        return False
    return all(name.lower() != "offset" for name, _ in parse_qsl(there.query, keep_blank_values=True))


def _absolute(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def _split(text: str, mark: str) -> Iterator[str]:
    """The parts between marks that stand neither in angle brackets nor in quotes; one pass, whatever is sent."""
    begin, inside = 0, ""
    for place, letter in enumerate(text):
        if inside:
            inside = "" if letter == inside else inside
        elif letter == "<":
            inside = ">"
        elif letter == '"':
            inside = '"'
        elif letter == mark:
            yield text[begin:place]
            begin = place + 1
    yield text[begin:]
