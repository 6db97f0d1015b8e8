"""A run as files beside what it was about, for programs and for people; keys and codes, never a personal value."""

import itertools
from collections.abc import Iterator
from typing import Final

import msgspec

from rosterkeeper.engine.outcomes import MEANINGS, Outcome
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs.models import Run
from rosterkeeper.features.runs.workflow import find, findings_of
from rosterkeeper.job.words import Counts, Result
from rosterkeeper.oneroster.findings import CODES

# The rest is in `rosterkeeper findings RUN`.
_MOST_LINES: Final = 1000
_STEP: Final = "  "


def told_run(run: Run) -> Result:
    """What an ended run came to, from its row."""
    stated = {
        name: getattr(run, name)
        for name in ("outcome", "code", "what", "todo", "reasons", "counts", "findings", "seconds", "not_imported")
    }
    stated |= {name: getattr(run, name) for name in ("proof", "version", "form", "state_version", "changes")}
    return msgspec.convert(stated, Result)


def report_of(connection: Connection, file: str, run: int, result: Result) -> list[tuple[str, bytes]]:
    """The reports of a file's run, each with the suffix of its name."""
    told = {
        "connection": connection.name,
        "file": file,
        "run": run,
        **msgspec.to_builtins(result),
        "lines": [msgspec.to_builtins(line) for line in itertools.islice(findings_of(find(run)), _MOST_LINES)],
    }
    text = "\n".join(_spoken(connection, file, run, result)) + "\n"
    return [(".json", msgspec.json.format(msgspec.json.encode(told))), (".txt", text.encode())]


def _spoken(connection: Connection, file: str, run: int, result: Result) -> Iterator[str]:
    yield f"{file}: {result.outcome}"
    yield MEANINGS[Outcome(result.outcome)].says
    yield f"Connection {connection.label}, run {run}."
    if result.what:
        yield f"{result.what} ({result.code})"
    if result.todo:
        yield f"Next: {result.todo}"
    if result.outcome == Outcome.HELD:
        yield f"Next: rosterkeeper approve {run}, or rosterkeeper discard {run}."
    for name, counts in result.counts.items():
        done = [f"{word} {number}" for word, number in _numbers(counts) if number]
        yield f"{_STEP}{name}: {', '.join(done) or 'nothing'}"
    for code, number in sorted(result.findings.items()):
        yield f"{_STEP}{number} x {code}: {CODES[code].says}"
    yield f"Each finding at its place: rosterkeeper findings {run}."


def _numbers(counts: Counts) -> Iterator[tuple[str, int]]:
    for word in Counts.__struct_fields__:
        yield word, getattr(counts, word)
