"""What a scan of a file's bytes says of them is the same however they were cut into blocks."""

import pytest

from rosterkeeper.sources.csvzip.report import Report
from rosterkeeper.sources.csvzip.text import TextScan

UNPADDED = {"lines": "a,b\nc,d\n", "windows lines": "a,b\r\nc,d\r\n", "letters": "a,é\nc,Ā\n", "one line": "a,b"}
PADDED = {
    "a space": "a, b\n",
    "a space at the end": "a,b ",
    "a tab": "a,b\t\n",
    "a hard space": "a,b\u00a0\n",
    "a quote": 'a,"b"\n',
    "a return in a line": "a,b\r,c\r\n",
    "returns alone": "a,b\rc,d\r",
}


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize("text", [*UNPADDED.values(), *PADDED.values()], ids=[*UNPADDED, *PADDED])
def test_only_a_text_without_any_blank_is_unpadded(text: str, size: int) -> None:
    scan = TextScan("users.csv", Report())
    raw = text.encode()
    given = b"".join(scan.feed(raw[at : at + size]) for at in range(0, len(raw), size)) + scan.finish()
    assert given == raw
    assert scan.unpadded is (text in UNPADDED.values())
