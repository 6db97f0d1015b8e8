"""What to send along when asking for help: one text about a run, of codes and numbers (L28).

No personal value, no address and no name of a host, school or district is in it: the connection is told by its number.
"""

from collections.abc import Iterator
from importlib.metadata import version

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs.models import Run


def diagnostic(run: Run) -> str:
    """The text, lines of ``name: value``."""
    return "\n".join(_lines(run)) + "\n"


def _lines(run: Run) -> Iterator[str]:
    kind = Connection.objects.filter(id=run.connection_id).values_list("kind", flat=True).first() or "?"
    yield f"rosterkeeper: {version('rosterkeeper')}"
    yield f"run: {run.pk} {run.action} of connection {run.connection_id} ({kind})"
    yield f"outcome: {run.outcome or 'running'} {run.code}".rstrip()
    yield f"started: {run.started_at:%Y-%m-%d %H:%M:%S} UTC"
    if run.finished_at:
        yield f"took: {(run.finished_at - run.started_at).total_seconds():.1f} s"
    if run.version or run.form:
        yield f"source: OneRoster {run.version or '?'} {run.form}, proof {run.proof or 'none'}".rstrip()
    if run.held_state:
        yield f"held: {run.held_state}"
    for reason in run.reasons:
        yield f"reason: {reason['code']} {reason.get('entity', '')} {reason.get('number', 0)} of {reason.get('of', 0)}"
    for entity, counts in run.counts.items():
        told = ", ".join(f"{word} {number}" for word, number in counts.items() if number)
        yield f"{entity}: {told or 'nothing'}"
    for code, number in sorted(run.findings.items()):
        yield f"finding: {code} x {number}"
    for code, entities in sorted(run.by_options.get("left_out", {}).items()):
        yield f"left out: {code} {', '.join(f'{name} {number}' for name, number in entities.items())}"
    if run.seconds:
        yield "seconds: " + ", ".join(f"{step} {taken:g}" for step, taken in run.seconds.items())
