"""The audit log as a file: CSV for people, JSON lines for programs, an entry at a time however many there are."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Final

from rosterkeeper.features.audit.models import Entry

_COLUMNS: Final = ("number", "at", "account", "actor", "origin", "action", "about", "keys", "details", "digest")
# What a spreadsheet would run as a formula.
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


def as_csv(entries: Iterable[Entry]) -> Iterator[str]:
    """A head and one record an entry; cells that a spreadsheet would run are defused."""
    yield _line(_COLUMNS)
    for entry in entries:
        told = object_of(entry)
        cells = [told[name] if isinstance(told[name], str | int) else json.dumps(told[name]) for name in _COLUMNS]
        yield _line([str(each) for each in cells])


def as_json(entries: Iterable[Entry]) -> Iterator[str]:
    """One JSON object an entry, a line each."""
    for entry in entries:
        yield json.dumps(object_of(entry), ensure_ascii=False) + "\n"


def object_of(entry: Entry) -> dict[str, object]:
    """An entry as programs read it; ``at`` is RFC 3339 in UTC."""
    return {
        "number": entry.pk,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "account": entry.account,
        "actor": entry.actor,
        "origin": entry.origin,
        "action": entry.action,
        "about": entry.about,
        "keys": entry.keys,
        "details": entry.details,
        "digest": entry.digest,
    }


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([defused(cell) for cell in cells])
    return text.getvalue()


def defused(cell: str) -> str:
    """A cell so that no spreadsheet runs it."""
    return f"'{cell}" if cell[:1] in _FORMULAS else cell
