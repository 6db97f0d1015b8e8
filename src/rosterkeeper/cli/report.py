"""A run's result as its reader sees it, in words and as JSON."""

from typing import Final

import msgspec

from rosterkeeper.cli.output import Json, chat, give, tell, tell_error, tell_table
from rosterkeeper.engine.outcomes import EXIT_FAILED, MEANINGS, Outcome
from rosterkeeper.job.words import Result

_WAYS: Final = ("add", "update", "remove", "restore", "unchanged", "rejected")
# What an applied run has done, where it was no look at the source.
_DONE: Final = {
    "approve": "The held change was applied.",
    "undo": "The last change was taken back.",
    "redo": "The change that was undone is applied again.",
    "restore": "The roster is as the snapshot has it.",
    "purge": "What was removed long enough ago was deleted for good.",
}
# What such a run says where there was nothing to do.
_IDLE: Final = {
    "restore": "The roster already is as the snapshot has it.",
    "purge": "Nothing was removed that long ago.",
}


def report_run(connection: str, action: str, run: int, result: Result, *, as_json: bool) -> int:
    """Print what a run came to and return its exit code. ``run`` is 0 for a preview."""
    if as_json:
        lines = {} if run else {"lines": msgspec.to_builtins(result.lines)}
        give({"connection": connection, "action": action, "run": run or None, **run_object(result), **lines})
    else:
        _tell(action, run, result)
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
        "by_options": msgspec.to_builtins(result.by_options),
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
    """Print the counts as a table; entities of which there is nothing are left out."""
    held = any(counts.held for counts in result.counts.values())
    ways = (*_WAYS, "held") if held else _WAYS
    rows = [(name, *(getattr(counts, way) for way in ways)) for name, counts in result.counts.items()]
    touched = [row for row in rows if any(row[1:])]
    if touched:
        tell_table(("entity", *ways), touched)


def tell_findings(result: Result) -> None:
    """Print how many findings there are of each code, where there are any."""
    if result.findings:
        tell("findings: " + ", ".join(f"{code} {number}" for code, number in sorted(result.findings.items())))
    if result.not_imported:
        ignored = ", ".join(f"{name} {rows}" for name, rows in sorted(result.not_imported.items()))
        tell(f"counted, not imported: {ignored}")


def tell_options(result: Result) -> None:
    """Print what the connection's options left out, and what they remove, where they do."""
    made = result.by_options
    out = (
        f"{number} {entity} ({code})" for code, numbers in made.left_out.items() for entity, number in numbers.items()
    )
    if made.left_out:
        tell(f"left out by your options: {', '.join(out)}")
    if made.removed:
        said = "removed by your changed options" if made.changed else "removed by your options"
        tell(f"{said}: {', '.join(f'{number} {entity}' for entity, number in made.removed.items())}")


def _tell(action: str, run: int, result: Result) -> None:
    if run:
        said = {Outcome.APPLIED: _DONE, Outcome.UNCHANGED: _IDLE}.get(Outcome(result.outcome), {})
        done = said.get(action)
        tell(f"run {run}: {result.outcome}. {done or MEANINGS[Outcome(result.outcome)].says}")
    else:
        tell(f"preview: a sync would come to {result.outcome}. Nothing was written.")
    tell_counts(result)
    for reason in result.reasons:
        tell(f"held: {reason.says} ({reason.code})")
    tell_options(result)
    tell_findings(result)
    if result.proof:
        tell(f"whole because: {result.proof}")
