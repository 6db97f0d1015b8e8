"""What a child can be asked to do: what reads a source is here, the rest in `rosterkeeper.job.stored`.

A run's own steps are in `rosterkeeper.engine.run`.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from rosterkeeper.engine.live import EmptyRoster
from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.engine.reasons import Reason
from rosterkeeper.engine.run import Stopwatch, Terms, plan
from rosterkeeper.job.changing import Work, live_of, write_plan
from rosterkeeper.job.marks import ChangesMissed, known_marks, marks_after, require_all
from rosterkeeper.job.same import digest_of, is_known, known_digest, remember, same_again
from rosterkeeper.job.telling import finding_lines, told_plan
from rosterkeeper.job.words import Action, Check, Job, Result
from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError
from rosterkeeper.oneroster.fields import ENTITIES
from rosterkeeper.oneroster.findings import CODES, Finding
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Since, Source, Watch
from rosterkeeper.sources.registry import open_source
from rosterkeeper.store.apply import state_version
from rosterkeeper.store.database import Database
from rosterkeeper.store.findings import count_findings, write_findings
from rosterkeeper.store.schema import STATES


def carry_out(job: Job, watch: Watch) -> Result:
    """Do what the job says; errors are raised."""
    if job.action is Action.TEST:
        return _test(_source(job, Since(unread=_unread(job))))
    try:
        return _in_scratch(job, watch, ())
    except ChangesMissed as fault:
        return _in_scratch(msgspec.structs.replace(job, full=True), watch, fault.entities)


def _in_scratch(job: Job, watch: Watch, missed: Sequence[str]) -> Result:
    """The job in a scratch database of its own; ``missed`` are the entities of which changes alone were not enough."""
    with Scratch(Path(job.scratch), memory_limit=job.memory_limit, threads=job.threads) as scratch:
        if job.action is Action.VALIDATE:
            return _validate(job, scratch, watch)
        with Database(job.database) as database:
            if job.action in (Action.SYNC, Action.PREVIEW):
                return _sync(Work(job, scratch, database, Stopwatch()), watch, missed)
            if job.action in _CHANGING:
                watch.progress("apply", "", 0, None)
            # Loading it takes as long as a small district's diff, and no sync needs it.
            from rosterkeeper.job.stored import ACTIONS  # noqa: PLC0415

            return ACTIONS[job.action](job, scratch, database)


_CHANGING: Final = (Action.APPROVE, Action.UNDO, Action.REDO, Action.RESTORE, Action.REKEY)


def findings_of(error: RosterkeeperError) -> dict[str, int]:
    """What a refused source had wrong, where the refusal carries it."""
    found = getattr(error, "findings", None)
    return dict(found) if isinstance(found, dict) else {}


def _sync(work: Work, watch: Watch, missed: Sequence[str]) -> Result:
    job, scratch, database, stopwatch = work.job, work.scratch, work.database, work.stopwatch
    version = state_version(database, job.connection)
    live = live_of(job, database, version=version)
    undone = _undone_fingerprint(database, job.connection)
    known, marks = known_digest(database, job), known_marks(database, job)
    selected = _selected(job, database)
    source = _source(job, msgspec.structs.replace(marks.since, unread=_unread(job)))
    try:
        with stopwatch.step("fetch"):
            alike = is_known(source, scratch, watch, known, selected=selected)
        same = same_again(database, job, known, version=version) if alike else None
        if same is not None:
            same.seconds = stopwatch.seconds
            same.lines = finding_lines(scratch)
            return same
        terms = Terms(limits=job.limits, today=job.today, undone_fingerprint=undone, selection=job.selection)
        made = plan(source, live, scratch, terms=terms, watch=watch, stopwatch=stopwatch)
    except RosterkeeperError as error:
        return _refused(job, scratch, database, error, stopwatch)
    require_all(scratch, made, marks)
    scratch.find(Finding("vendor.changes_incomplete", entity=entity) for entity in missed)
    result = told_plan(made, scratch, version=version)
    if job.action is Action.PREVIEW:
        result.lines = finding_lines(scratch)
        return result
    if made.changes and result.outcome in (Outcome.APPLIED, Outcome.PARTIAL):
        watch.progress("apply", "", 0, None)
    result = write_plan(replace(work, marks=marks_after(scratch, made, marks, job, missed)), made, result)
    if result.outcome in (Outcome.APPLIED, Outcome.UNCHANGED):
        remember(database, job, digest_of(source, scratch, watch, selected=selected))
    return result


def _unread(job: Job) -> frozenset[str]:
    """The entities that the options let nobody look at: birth dates that are not wanted are not fetched either."""
    return frozenset(e.name for e in ENTITIES if job.selection and not job.selection.needs(e.name))


def _selected(job: Job, database: Database) -> str:
    """What, beside a source's bytes, a pull of it comes to: the options, and the students elsewhere who have parents.

    Parents are judged by the students of the district's other connections, too.
    """
    if job.selection is None:
        return ""
    text, options = job.selection.print_on(job.today), job.selection.options
    if not options.parents or options.all_parents:
        return text
    rows = database.rows(
        f"SELECT s.connection_id, s.version FROM {STATES} s JOIN connections_connection c ON c.id = s.connection_id"
        " WHERE c.district_id = $1 AND c.id <> $2 AND s.version > 0 ORDER BY s.connection_id",
        [job.district, job.connection],
    )
    return ":".join((text, *(f"{number}={version}" for number, version in rows)))


def _refused(job: Job, scratch: Scratch, database: Database, error: RosterkeeperError, stopwatch: Stopwatch) -> Result:
    """A source that is not whole: its findings are kept, the roster stays as it is."""
    result = Result(
        outcome=Outcome.FAILED,
        code=error.code,
        what=error.what,
        todo=error.todo,
        retry_after=error.retry_after,
        findings=count_findings(scratch),
        seconds=stopwatch.seconds,
    )
    if job.action is Action.PREVIEW:
        result.lines = finding_lines(scratch)
    else:
        with database.transaction():
            write_findings(database, scratch, job.run)
    return result


def _validate(job: Job, scratch: Scratch, watch: Watch) -> Result:
    stopwatch = Stopwatch()
    try:
        terms = Terms(limits=job.limits, today=job.today)
        made = plan(_source(job), EmptyRoster(), scratch, terms=terms, watch=watch, stopwatch=stopwatch)
        result = told_plan(made, scratch, version=0)
    except RosterkeeperError as error:
        result = Result(outcome=Outcome.FAILED, code=error.code, what=error.what, todo=error.todo)
        result.findings = count_findings(scratch)
        result.seconds = stopwatch.seconds
    result.lines = finding_lines(scratch)
    against = sorted(code for code in result.findings if CODES[code].conformance)
    if job.strict and against and result.outcome is not Outcome.FAILED:
        result.outcome = Outcome.FAILED
        result.code = "validate.not_conformant"
        result.what = "A sync would accept the file, but it departs from the standard."
        result.todo = "Mend what the findings name."
        result.reasons = [
            Reason("validate.not_conformant", CODES[code].says, code, "", result.findings[code]) for code in against
        ]
    return result


def _undone_fingerprint(database: Database, connection: int) -> str:
    rows = database.rows(f"SELECT hold_fingerprint FROM {STATES} WHERE connection_id = $1", [connection])
    return str(rows[0][0]) if rows else ""


def _source(job: Job, since: Since | None = None) -> Source:
    if job.source is None:
        raise SettingsError(
            "job.no_source",
            f"The action {job.action} needs a source.",
            todo="Name a connection or a package to read from.",
        )
    return open_source(job.source, allowed=job.allowed_hosts, since=since)


def _test(source: Source) -> Result:
    checks = [Check(each.what, each.ok, each.code, each.says, each.todo) for each in source.test()]
    bad = next((each for each in checks if not each.ok), None)
    if bad is None:
        return Result(outcome=Outcome.UNCHANGED, checks=checks)
    return Result(outcome=Outcome.FAILED, code=bad.code, what=bad.says, todo=bad.todo, checks=checks)
