"""A run's result as its reader sees it, in words and as JSON."""

from typing import Final

import msgspec

from rosterkeeper.cli.output import Json, chat, give, tell, tell_error, tell_table
from rosterkeeper.engine.outcomes import EXIT_FAILED, MEANINGS, Outcome
from rosterkeeper.job.words import Result

_WAYS: Final = ("add", "update", "remove", "restore", "unchanged", "rejected")


def report_run(connection: str, action: str, run: int, result: Result, *, as_json: bool) -> int:
    """Print what a run came to and return its exit code. ``run`` is 0 for a preview."""
    if as_json:
        give({"connection": connection, "action": action, "run": run or None, **run_object(result)})
    else:
        _tell(run, result)
    if failed(result):
        tell_error(result.code, result.what, result.todo)
    elif result.outcome == Outcome.HELD and run:
        chat(f"next: rosterkeeper approve {run}, or rosterkeeper discard {run}")
    return exit_code(result)


def run_object(result: Result) -> dict[str, Json]:
    """What every object of a run has, whatever became of it."""
    stated: dict[str, Json] = {
        "outcome": result.outcome,
        "counts": msgspec.to_builtins(result.counts),
        "findings": dict(result.findings),
        "reasons": msgspec.to_builtins(result.reasons),
        "seconds": dict(result.seconds),
        "version": result.version,
        "form": result.form,
        "proof": result.proof,
        "not_imported": dict(result.not_imported),
        "state_version": result.state_version,
        "waiting": bool(result.changes),
    }
    if failed(result):
        stated["error"] = {
            "code": result.code,
            "what": result.what,
            "todo": result.todo,
            "retry_after": result.retry_after,
        }
    return stated


def failed(result: Result) -> bool:
    """Whether the result is that of a broken operation."""
    return exit_code(result) == EXIT_FAILED


def exit_code(result: Result) -> int:
    """The process's exit code for a result (engine/outcomes.py)."""
    return MEANINGS[Outcome(result.outcome)].exit_code


def tell_counts(result: Result) -> None:
    """Print the counts as a table, where there are any."""
    if result.counts:
        rows = [(name, *(getattr(counts, way) for way in _WAYS)) for name, counts in result.counts.items()]
        tell_table(("entity", *_WAYS), rows)


def tell_findings(result: Result) -> None:
    """Print how many findings there are of each code, where there are any."""
    if result.findings:
        tell("findings: " + ", ".join(f"{code} {number}" for code, number in sorted(result.findings.items())))
    if result.not_imported:
        ignored = ", ".join(f"{name} {rows}" for name, rows in sorted(result.not_imported.items()))
        tell(f"counted, not imported: {ignored}")


def _tell(run: int, result: Result) -> None:
    meaning = MEANINGS[Outcome(result.outcome)]
    tell(f"{f'run {run}' if run else 'preview'}: {result.outcome}. {meaning.says}")
    tell_counts(result)
    for reason in result.reasons:
        tell(f"held: {reason.says} ({reason.code})")
    tell_findings(result)
    if result.proof:
        tell(f"whole because: {result.proof}")
