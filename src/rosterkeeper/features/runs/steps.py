"""The steps of a run as a page draws them while it goes on: what is done, what is under way, and how far."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.runs.wording import STEPS
from rosterkeeper.job.words import Action, Progress

ORDER: Final = tuple(STEPS)
# Choosing what the options take over belongs to the comparison.
_PART_OF: Final = {"select": "diff"}
# These pull nothing: they begin with the change itself.
_LATE: Final = (Action.APPROVE, Action.UNDO, Action.REDO, Action.RESTORE, Action.PURGE, Action.REKEY)
# A test takes one step alone, which is not that of a sync.
_OF_TEST: Final[dict[str, str | Promise]] = {"fetch": _("read one record of each collection")}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ``state`` is done, now or later; ``lines`` say how far it is with each thing it works on."""

    name: str
    says: str | Promise
    state: str
    lines: list[Progress]


@dataclass(frozen=True, slots=True)
class Drawn:
    """All steps of a run, how many per cent of them are behind it, and whether its first has only just begun."""

    steps: list[Step]
    percent: int
    is_beginning: bool = False

    @property
    def now(self) -> Step | None:
        """The step that is under way."""
        return next((step for step in self.steps if step.state == "now"), None)


def drawn(action: str, progress: Sequence[Progress], *, begun: bool = False) -> Drawn:
    """The steps of a run of that kind, from its latest progress lines; one that has begun is at its first step."""
    names = [name for name in ORDER if _has(action, name)]
    lines: dict[str, list[Progress]] = {}
    for line in progress:
        lines.setdefault(_PART_OF.get(line.step, line.step), []).append(line)
    reached = max((names.index(name) for name in lines if name in names), default=0 if begun else -1)
    states = ["done" if place < reached else "now" if place == reached else "later" for place in range(len(names))]
    says = _OF_TEST if action == Action.TEST else STEPS
    steps = [Step(name, says[name], state, lines.get(name, [])) for name, state in zip(names, states, strict=True)]
    return Drawn(steps, _percent(steps), is_beginning=begun and not lines)


def _has(action: str, name: str) -> bool:
    if action in _LATE:
        return name in ("apply", "publish")
    if action == Action.TEST:
        return name in _OF_TEST
    return not (action == Action.PREVIEW and name in ("apply", "publish"))


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
