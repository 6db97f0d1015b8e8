"""What one reading of a zip found: findings as they come up, and the refusal that ends it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.oneroster.findings import CODES, Finding, Severity

TODO: Final = "This is an invalid zip. Have it exported again as OneRoster CSV 1.1 or 1.2, then sync again."
# A file in which every row has the same harmless fault says so this often; more lines would tell nothing new.
_LIKE_FINDINGS: Final = 1000
_NAME_LENGTH: Final = 80
_PROBLEMS_TOLD: Final = 3


def shown(name: str) -> str:
    """A name from inside the zip as it may be shown: short, and without control characters."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in name)
    return printable if len(printable) <= _NAME_LENGTH else f"{printable[: _NAME_LENGTH - 1]}…"


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding for which the whole zip is refused, and the sentence that tells it."""

    finding: Finding
    what: str
    todo: str = TODO


@dataclass(slots=True)
class Report:
    """The findings of one reading, in the order they came up."""

    findings: list[Finding] = field(default_factory=list)
    _told: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, finding: Finding) -> None:
        """Keep a finding; of harmless ones that are alike in one file only the first thousand."""
        if CODES[finding.code].severity is not Severity.ERROR:
            self._told[finding.code, finding.file] += 1
            if self._told[finding.code, finding.file] > _LIKE_FINDINGS:
                return
        self.findings.append(finding)

    def take(self, other: "Report") -> None:
        """Keep what another reading found, as far as it is not too much of the like."""
        for finding in other.findings:
            self.note(finding)

    def refusal(self, finding: Finding, what: str, *, todo: str = TODO) -> SourceRefused:
        """Keep the finding and return the refusal to raise."""
        return self.refusal_of([Problem(finding, what, todo)])

    def refusal_of(self, problems: Sequence[Problem]) -> SourceRefused:
        """Keep the findings of all problems and return one refusal, under the first one's code."""
        self.findings.extend(problem.finding for problem in problems)
        says = "; ".join(problem.what for problem in problems[:_PROBLEMS_TOLD])
        more = len(problems) - _PROBLEMS_TOLD
        if more > 0:
            says += f"; and {more} more"
        return SourceRefused(problems[0].finding.code, says, todo=problems[0].todo)
