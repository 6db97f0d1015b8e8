"""The one table of outcomes: what a run came to, its exit code, and which times it moves (N10, N11, L26, L27)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """What a run came to."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    PARTIAL = "partial"
    HELD = "held"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an outcome does: ``updates`` moves Last Updated; every finished run moves Last Checked."""

    exit_code: int
    updates: bool
    says: str


EXIT_OK: Final = 0
EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_HELD: Final = 3

MEANINGS: Final = {
    Outcome.APPLIED: Meaning(EXIT_OK, True, "The roster was changed as the source says."),
    Outcome.UNCHANGED: Meaning(EXIT_OK, True, "The roster already was as the source says."),
    Outcome.PARTIAL: Meaning(EXIT_OK, True, "Some schools or records were held or kept out; the rest was applied."),
    Outcome.HELD: Meaning(EXIT_HELD, False, "The change looks wrong and waits for approval; nothing was changed."),
    Outcome.FAILED: Meaning(EXIT_FAILED, False, "The run failed; nothing was changed."),
    Outcome.INTERRUPTED: Meaning(EXIT_FAILED, False, "The run was stopped before it applied anything."),
}
