"""The steps of a run as a page draws them while it goes on: what is done, what is under way, and how far."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise

from rosterkeeper.features.runs.wording import STEPS
from rosterkeeper.job.words import Action, Progress

ORDER: Final = tuple(STEPS)
# Choosing what the options take over belongs to the comparison.
_PART_OF: Final = {"select": "diff"}
# These pull nothing: they begin with the change itself.
_LATE: Final = (Action.APPROVE, Action.UNDO, Action.REDO, Action.RESTORE, Action.PURGE)
_NEVER_WRITES: Final = (Action.PREVIEW, Action.TEST)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ``state`` is done, now or later; ``lines`` say how far it is with each thing it works on."""

    name: str
    says: str | Promise
    state: str
    lines: list[Progress]


@dataclass(frozen=True, slots=True)
class Drawn:
    """All steps of a run, and how many per cent of them are behind it."""

    steps: list[Step]
    percent: int

    @property
    def now(self) -> Step | None:
        """The step that is under way."""
        return next((step for step in self.steps if step.state == "now"), None)


def drawn(action: str, progress: Sequence[Progress]) -> Drawn:
    """The steps of a run of that kind, from its latest progress lines."""
    names = [name for name in ORDER if _has(action, name)]
    lines: dict[str, list[Progress]] = {}
    for line in progress:
        lines.setdefault(_PART_OF.get(line.step, line.step), []).append(line)
    reached = max((names.index(name) for name in lines if name in names), default=-1)
    states = ["done" if place < reached else "now" if place == reached else "later" for place in range(len(names))]
    steps = [Step(name, STEPS[name], state, lines.get(name, [])) for name, state in zip(names, states, strict=True)]
    return Drawn(steps, _percent(steps))


def _has(action: str, name: str) -> bool:
    if action in _LATE:
        return name in ("apply", "publish")
    return not (action in _NEVER_WRITES and name in ("apply", "publish"))


def _percent(steps: list[Step]) -> int:
    """Whole steps, and of the one under way as much as is known of it."""
    done = float(sum(step.state == "done" for step in steps))
    for step in steps:
        known = [line for line in step.lines if line.total]
        if step.state == "now" and known:
            # A collection that has not begun has no line yet, so the sum would run ahead of the truth.
            shares = [min(1.0, line.done / (line.total or 1)) for line in known]
            done += sum(shares) / max(len(shares), 9)
    return int(done * 100 / len(steps)) if steps else 0
