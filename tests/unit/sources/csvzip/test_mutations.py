"""Whatever is done to a package, it is either fetched or refused; no other exception comes out (reliability 29)."""

import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rosterkeeper.oneroster.findings import CODES
from tests.unit.sources.csvzip.zips import ROWS, Reading, forged, honest, manifest, read, zipped

_KEPT = ("orgs", "users")
_FILES = {"manifest.csv": manifest(**dict.fromkeys(_KEPT, "bulk")), **{f"{name}.csv": ROWS[name] for name in _KEPT}}
_MARKS = [b'"', b'""', b",", b",,,", b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b" "]
_WORDS = [
    b"sourcedId",
    b"metadata.a",
    b"file.orgs,bulk\n",
    b"absent",
    b"delta",
    b"s1",
    b"tobedeleted",
    b"x",
    b"\\",
    b"'",
]
_PIECES = st.sampled_from([*_MARKS, *_WORDS])
_UTF8 = 0x800
_SETTINGS = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def _edited(content: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    for share, cut, piece in edits:
        at = int(len(content) * share)
        content = content[:at] + piece + content[at + cut :]
    return content


_EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), _PIECES), min_size=1, max_size=4)


def _is_answered(reading: Reading) -> bool:
    """Fetched or refused under a documented code, and nothing left on the disk."""
    answered = (reading.fetched is None) != (reading.refusal is None)
    return answered and (reading.refusal is None or reading.refusal.code in CODES) and reading.left_behind == []


@pytest.mark.covers("N38")
@_SETTINGS
@given(file=st.sampled_from(sorted(_FILES)), edits=_EDITS)
def test_an_edited_file_is_fetched_or_refused(file: str, edits: list[tuple[float, int, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = zipped(Path(folder) / "r.zip", {**_FILES, file: _edited(_FILES[file].encode(), edits)})
        assert _is_answered(read(path, Path(folder)))


@pytest.mark.covers("N38")
@_SETTINGS
@given(edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), st.binary(max_size=8)), min_size=1, max_size=4))
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_edited_zip_is_fetched_or_refused(method: int, edits: list[tuple[float, int, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = zipped(Path(folder) / "r.zip", _FILES, method)
        path.write_bytes(_edited(path.read_bytes(), edits))
        assert _is_answered(read(path, Path(folder)))


@_SETTINGS
@given(name=st.text(min_size=1, max_size=12).filter(lambda name: name.isprintable() or name.isascii()))
def test_an_entry_of_any_name_is_fetched_or_refused(name: str) -> None:
    entries = [*(honest(file, text.encode()) for file, text in _FILES.items()), honest(name, b"x\n")]
    entries[-1].flags = _UTF8
    with tempfile.TemporaryDirectory() as folder:
        assert _is_answered(read(forged(Path(folder) / "r.zip", entries), Path(folder)))
