"""The figures of one bench run: each with its target and a word for whether it holds; as a table and as JSON."""

import json
import os
import platform
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing. ``value`` is compared with ``target``; ``at_least`` turns the comparison round."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        """`pass` or `fail` where there is a target, else nothing."""
        if self.target is None:
            return ""
        holds = self.value >= self.target if self.at_least else self.value <= self.target
        return "pass" if holds else "fail"


@dataclass(slots=True)
class Report:
    """All figures of a run, in the order they were measured."""

    figures: list[Figure] = field(default_factory=list)

    def add(self, figure: Figure) -> None:
        """Keep the figure and show it at once: a whole run takes minutes."""
        self.figures.append(figure)
        print(f"   {figure.name}: {_value(figure)} {figure.verdict} {figure.note}".rstrip(), flush=True)

    @property
    def passed(self) -> bool:
        """Whether no target was missed."""
        return all(figure.verdict != "fail" for figure in self.figures)

    def table(self) -> str:
        """The figures as a table that reads well as text and as Markdown."""
        rows = [("measured", "figure", "target", "", "how")]
        rows += [(one.name, _value(one), _target(one), one.verdict, one.note) for one in self.figures]
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        rows.insert(1, tuple("-" * width for width in widths))  # type: ignore[arg-type]
        return "\n".join(
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
        )

    def json(self) -> str:
        """The figures and the machine they were measured on."""
        figures = [{**asdict(one), "verdict": one.verdict} for one in self.figures]
        machine = {"cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}
        return json.dumps({"machine": machine, "passed": self.passed, "figures": figures}, indent=2)


def _value(figure: Figure) -> str:
    return f"{figure.value:,.2f} {figure.unit}" if figure.unit != "records" else f"{figure.value:,.0f} records"


def _target(figure: Figure) -> str:
    if figure.target is None:
        return ""
    return f"{'≥' if figure.at_least else '≤'} {figure.target:g} {figure.unit}"
