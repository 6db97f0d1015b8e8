"""How large a zip says its own directory is, read from its last bytes so that a huge one is never loaded."""

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

# A directory entry is 46 bytes and three fields of text, of which honest zips use little.
ENTRY_LENGTH: Final = 4096

_END: Final = struct.Struct("<4s6xHI6x")
_END_SIGNATURE: Final = b"PK\x05\x06"
_LONGEST_COMMENT: Final = 0xFFFF
_LOCATOR_SIGNATURE: Final = b"PK\x06\x07"
_LOCATOR_SIZE: Final = 20
_END64: Final = struct.Struct("<4s28xQQ8x")
_END64_SIGNATURE: Final = b"PK\x06\x06"


@dataclass(frozen=True, slots=True)
class DirectorySize:
    """The number of entries and the directory's length in bytes, as the zip states them."""

    entries: int
    length: int


def size(handle: BinaryIO) -> DirectorySize | None:
    """What the zip's end record says (its 64-bit form where there is one); None where there is no end record."""
    length = handle.seek(0, os.SEEK_END)
    tail_length = min(length, _LOCATOR_SIZE + _END64.size + _END.size + _LONGEST_COMMENT)
    handle.seek(length - tail_length)
    tail = handle.read(tail_length)
    at = tail.rfind(_END_SIGNATURE)
    if at < 0 or at + _END.size > len(tail):
        return None
    _, entries, directory_length = _END.unpack_from(tail, at)
    locator = at - _LOCATOR_SIZE
    end64 = locator - _END64.size
    if end64 >= 0 and tail.startswith(_LOCATOR_SIGNATURE, locator) and tail.startswith(_END64_SIGNATURE, end64):
        _, entries, directory_length = _END64.unpack_from(tail, end64)
    return DirectorySize(entries, directory_length)
