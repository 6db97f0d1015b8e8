"""Faults of the wire and of load: refusals that pass, answers that break off, drip, or unpack to far too much."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import Final

from rosterkeeper.sample.answers import Answer, Asked
from rosterkeeper.sample.faults.play import ALL, Fault, Go, Turn, number, with_headers

_MEGABYTE: Final = 1024 * 1024


def too_many(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """429 with Retry-After in seconds."""
    return Answer(429, b"{}", {"Retry-After": turn.value})


def too_many_until(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """429 with Retry-After as a date."""
    return Answer(429, b"{}", {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=turn.amount))})


def status(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """A status and nothing else."""
    return Answer(turn.amount, b"<html>not now</html>", {"Content-Type": "text/html"})


def heavy(asked: Asked, go: Go, turn: Turn) -> Answer:
    """502 for every page of more than so many rows."""
    return Answer(502, b"") if number(asked, "limit", 100) > turn.amount else go(asked)


def reset(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """The connection is torn down in the middle of the body."""
    answer = go(asked)
    return replace(answer, cut_after=len(answer.body) // 2, reset=True)


def cut(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """The connection is closed in the middle of the body."""
    answer = go(asked)
    return replace(answer, cut_after=len(answer.body) // 2)


def drip(asked: Asked, go: Go, turn: Turn) -> Answer:
    """One byte at a time, so many milliseconds apart."""
    return replace(go(asked), drip=turn.amount / 1000)


def slow(asked: Asked, go: Go, turn: Turn) -> Answer:
    """So many milliseconds before the answer begins."""
    return replace(go(asked), wait=turn.amount / 1000)


def packed(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """The body as gzip, whether or not it was asked for."""
    answer = go(asked)
    return with_headers(replace(answer, body=gzip.compress(answer.body, 1)), {"Content-Encoding": "gzip"})


def bomb(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """A small body that unpacks to so many megabytes."""
    return Answer(200, _bomb(turn.amount), {"Content-Encoding": "gzip", "Content-Type": "application/json"})


def moved(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """Send on to another host."""
    return Answer(302, b"", {"Location": f"{turn.value}{asked.target}"})


@cache
def _bomb(megabytes: int) -> bytes:
    return b"".join(_packing(megabytes))


def _packing(megabytes: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    yield packer.compress(b'{"orgs":[')
    blank = b" " * _MEGABYTE
    for _ in range(megabytes):
        yield packer.compress(blank)
    yield packer.compress(b"]}") + packer.flush()


FAULTS: Final = (
    Fault("too-many", ("cl-429",), "answers 429, Retry-After so many seconds", too_many, "1"),
    Fault("too-many-until", ("cl-429",), "answers 429, Retry-After a date in so many seconds", too_many_until, "2"),
    Fault("status", ("cl-429",), "answers with that status", status, "503", on=(ALL,)),
    Fault("heavy", ("cl-502-heavy",), "answers 502 to pages of more rows than that", heavy, "100"),
    Fault("reset", ("partial-collections",), "tears the connection down in the middle of an answer", reset),
    Fault("cut", ("partial-collections",), "closes the connection in the middle of an answer", cut),
    Fault("drip", ("slow-sync",), "sends a byte each so many milliseconds", drip, "50"),
    Fault("slow", ("slow-sync", "aeries-offpeak"), "waits so many milliseconds before each answer", slow, "200"),
    Fault("gzip", (), "packs every answer, asked or not", packed),
    Fault("bomb", (), "sends little that unpacks to so many megabytes", bomb, "512"),
    Fault("moved", ("cl-hrefs-other-host",), "sends on to another host", moved, "http://test.example.com"),
)
