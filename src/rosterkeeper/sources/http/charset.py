"""Bodies that are not in UTF-8, as JSON must be (RFC 8259, section 8.1), of servers that at least say so.

Java's servlets write ISO-8859-1 unless they are told otherwise, and name it in Content-Type.
"""

import codecs
import re
from typing import Final

_CHARSET: Final = re.compile(r""";\s*charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
# By Python's names. What calls itself ISO-8859-1 is read as the larger Windows-1252, as browsers do.
_READ_AS: Final = {
    "iso8859-1": "cp1252",
    "cp1252": "cp1252",
    "iso8859-15": "iso8859-15",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
}


def as_utf8(body: bytearray, content_type: str) -> bytearray:
    """The body in UTF-8, by the charset that ``content_type`` names; as it is where that is none of ours, or not true.

    A body that is UTF-8 in spite of what is said of it is left alone.
    """
    named = _CHARSET.search(content_type)
    charset = _READ_AS.get(_known(named[1])) if named else None
    if charset is None or (_is_utf8(body) and b"\x00" not in body):
        return body
    try:
        return bytearray(body.decode(charset).encode())
    except UnicodeError:
        return body


def _known(charset: str) -> str:
    try:
        return codecs.lookup(charset).name
    except LookupError:
        return ""


def _is_utf8(body: bytearray) -> bool:
    try:
        body.decode()
    except UnicodeError:
        return False
    return True
