"""View Log: what a run found in the data, narrowed and a page at a time, and the story of the run itself (L24, M24)."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from rosterkeeper.features.accounts.models import Account
from rosterkeeper.features.look.told import told
from rosterkeeper.features.roster.models import LIVE, CatalogClass, CatalogPerson
from rosterkeeper.features.runs.models import Finding, Order, Run
from rosterkeeper.features.runs.wording import ACTIONS, STEPS, named, outcome_of
from rosterkeeper.oneroster.findings import CODES

PAGE: Final = 100
# Rows that are read in one go while a download is made.
_CHUNK: Final = 2000
COLUMNS: Final = ("severity", "code", "file", "row", "entity", "sourced_id", "field", "says")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which findings: '' means any; ``after`` is the number after which the page begins."""

    severity: str = ""
    code: str = ""
    entity: str = ""
    record: str = ""
    school: str = ""
    after: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """One finding with its words."""

    number: int
    severity: str
    code: str
    file: str
    row: int
    entity: str
    sourced_id: str
    field: str
    says: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a run's story: when, how bad (error, warning or note), and what."""

    at: datetime | None
    level: str
    says: str | Promise


def findings(run: Run, wanted: Narrowed, *, limit: int = PAGE) -> tuple[list[Found], int]:
    """A page of a run's findings, worst first, and the number after which the next begins (0: there is none)."""
    rows = list(_narrowed(run, wanted).filter(number__gt=wanted.after).order_by("number")[: limit + 1])
    page = [_found(row) for row in rows[:limit]]
    return page, page[-1].number if len(rows) > limit else 0


def as_csv(run: Run, wanted: Narrowed) -> Iterator[str]:
    """The narrowed findings as CSV, piece by piece (beyond the guides, 10)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for found in _every(run, wanted):
        writer.writerow([_plain(str(getattr(found, name))) for name in COLUMNS])
        if text.tell() > _CHUNK:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def as_json(run: Run, wanted: Narrowed) -> Iterator[str]:
    """The narrowed findings as one JSON array, piece by piece."""
    mark = "["
    for found in _every(run, wanted):
        yield mark + msgspec.json.encode({name: getattr(found, name) for name in COLUMNS}).decode()
        mark = ",\n"
    yield "]\n" if mark != "[" else "[]\n"


def story(run: Run) -> list[Line]:
    """What happened in the run, line by line, with who asked for it."""
    lines = [Line(run.started_at, "note", _begun(run))]
    at = run.started_at
    for step, seconds in run.seconds.items():
        at += timedelta(seconds=seconds)
        lines.append(Line(at, "note", f"{step}: {named(STEPS, step)} ({seconds:.1f} s)"))
    if run.proof:
        lines.append(Line(None, "note", _("The source was read to its end; shown by: %s.") % told(run.proof)))
    for name, number in run.not_imported.items():
        seen = _("%(number)s records of %(name)s were seen and, as always, not imported.")
        lines.append(Line(None, "note", seen % {"number": number, "name": name}))
    for reason in run.reasons:
        lines.append(Line(None, "warning", f"{told(reason['says'])} ({reason['code']})"))
    if run.code and not run.reasons:
        level = "error" if run.outcome in ("failed", "interrupted") else "warning"
        lines.append(Line(None, level, f"{told(run.what)} ({run.code})"))
    if run.finished_at:
        levels = {"failed": "error", "interrupted": "error", "partial": "warning", "held": "warning"}
        lines.append(Line(run.finished_at, levels.get(run.outcome, "note"), outcome_of(run.action, run.outcome)))
    return lines


def asked_by(run: Run) -> str:
    """Who asked for the run: an account's name, the schedule, or the command line."""
    order = Order.objects.filter(id=run.order).first() if run.order else None
    if order is None:
        return _("the command line")
    if not order.account:
        return _("the schedule")
    account = Account.objects.filter(id=order.account).first()
    return account.shown_name if account else _("an account that is gone")


def _begun(run: Run) -> str:
    begun = _("%(what)s was begun, asked for by %(who)s.")
    return begun % {"what": named(ACTIONS, run.action), "who": asked_by(run)}


def _every(run: Run, wanted: Narrowed) -> Iterator[Found]:
    for row in _narrowed(run, wanted).order_by("number").iterator(chunk_size=_CHUNK):
        yield _found(row)


def _narrowed(run: Run, wanted: Narrowed) -> QuerySet[Finding]:
    rows = Finding.objects.filter(run_id=run.pk)
    for name, value in (
        ("severity", wanted.severity),
        ("code", wanted.code),
        ("entity", wanted.entity),
        ("sourced_id", wanted.record),
    ):
        if value:
            rows = rows.filter(**{name: value})
    return rows.filter(_of_school(run, wanted.school)) if wanted.school else rows


def _of_school(run: Run, school: str) -> Q:
    """That a finding is about a school, one of its classes or seats in them, or somebody who has a role there."""
    same = {"connection_id": run.connection_id, "sourced_id": OuterRef("sourced_id")}
    people = CatalogPerson.objects.filter(**same, schools__contains=f'"{school}"')
    classes = CatalogClass.objects.filter(**same, school_sourced_id=school)
    seats = LIVE["enrollments"]._default_manager.filter(**same, school_sourced_id=school)
    roles = LIVE["roles"]._default_manager.filter(**same, org_sourced_id=school)
    return (
        Q(entity="orgs", sourced_id=school)
        | Q(Exists(people), entity__in=("users", "demographics"))
        | Q(Exists(classes), entity="classes")
        | Q(Exists(seats), entity="enrollments")
        | Q(Exists(roles), entity="roles")
    )


def _found(row: Finding) -> Found:
    says = CODES[row.code].says if row.code in CODES else row.code
    return Found(row.number, row.severity, row.code, row.file, row.row, row.entity, row.sourced_id, row.field, says)


def _plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV Injection)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
