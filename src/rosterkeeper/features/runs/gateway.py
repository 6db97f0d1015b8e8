"""The Gateway log: what was wrong with the CSV files of each run, in numbered files GW001.log, GW002.log … (N39).

A line names file, row, column and reason, never a value. The newest file is written until it is large, then the next
number begins; the oldest go. The files stand in the logs folder of the machine that carried the run out; those of
each district but the first in a folder of their own below it, so that no district's lines stand among another's.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

from rosterkeeper.features.connections.models import Connection, District
from rosterkeeper.features.runs.models import Finding, Run
from rosterkeeper.job.locks import locked
from rosterkeeper.job.words import Action
from rosterkeeper.oneroster.findings import CODES, FAMILIES, Severity

# Bytes of one file, and how many files are kept.
LARGEST: Final = 1_000_000
KEPT: Final = 50
_CHUNK: Final = 2000


def write_after(run: Run) -> None:
    """Write the problems of an ended run once it is kept; a disk that is full or closed must not fail the run."""
    if run.action == Action.SYNC and Connection.objects.filter(id=run.connection_id, kind="csv").exists():
        transaction.on_commit(lambda: _write(run))


def files(district: int) -> list[Path]:
    """The files of a district's log, the oldest first."""
    return sorted(_folder(district).glob("GW*.log"), key=number_of)


def number_of(path: Path) -> int:
    """The number in a file's name."""
    digits = path.stem.removeprefix("GW")
    return int(digits) if digits.isdigit() else 0


def _write(run: Run) -> None:
    lines = _lines(run)
    first = next(lines, None)
    if first is None:
        return
    with suppress(OSError):
        district = Connection.objects.values_list("district_id", flat=True).get(id=run.connection_id)
        folder = _folder(district)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Two runs may end at once; the newest file must be found and written by one of them at a time.
        with locked(folder / ".GW.lock", wait=True):
            _append(district, first, lines)


def _append(district: int, line: str, rest: Iterator[str]) -> None:
    there = files(district)
    number = number_of(there[-1]) if there else 1
    pending: str | None = line
    while pending is not None:
        path = _folder(district) / f"GW{number:03}.log"
        with path.open("a", encoding="utf-8") as log:
            while pending is not None and log.tell() < LARGEST:
                log.write(pending)
                pending = next(rest, None)
        number += 1
    for old in files(district)[:-KEPT]:
        old.unlink(missing_ok=True)


def _lines(run: Run) -> Iterator[str]:
    name = Connection.objects.get(id=run.connection_id).name
    before = f"{run.finished_at:%Y-%m-%dT%H:%M:%SZ} {name} run {run.pk} "
    if run.code.split(".")[0] in FAMILIES:
        yield f"{before}refused: {run.what} ({run.code})\n"
    listed: dict[str, int] = {}
    found = Finding.objects.filter(run_id=run.pk).exclude(severity=Severity.NOTE).order_by("number")
    for row in found.iterator(chunk_size=_CHUNK):
        listed[row.code] = listed.get(row.code, 0) + 1
        place = row.file or row.entity or "the package"
        place += f" row {row.row}" if row.row else ""
        place += f" column {row.field}" if row.field else ""
        yield f"{before}{place}: {row.severity}: {CODES[row.code].says} ({row.code})\n"
    for code, number in sorted(listed.items()):
        more = run.findings.get(code, number) - number
        if more > 0:
            yield f"{before}and {more} more: {CODES[code].says} ({code})\n"


def _folder(district: int) -> Path:
    path: Path = settings.ROSTER_JOB_LOG
    first = District.objects.order_by("id").values_list("id", flat=True).first()
    return path.parent if district == first else path.parent / f"district-{district}"
