"""A plan in the words that the parent understands."""

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.engine.run import Plan
from rosterkeeper.job.words import Counts, FindingLine, Result
from rosterkeeper.oneroster.findings import CODES
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.findings import count_findings, list_findings


def told_plan(made: Plan, scratch: Scratch, *, version: int) -> Result:
    """What the run will have come to if its change set is applied as it is judged."""
    outcome = outcome_of(made)
    result = Result(
        outcome=outcome,
        reasons=made.reasons,
        counts=counts_of(made),
        findings=count_findings(scratch),
        seconds=made.seconds,
        version=made.fetched.version,
        form=made.fetched.form,
        proof=made.fetched.proof,
        not_imported=made.fetched.not_imported,
        by_options=made.by_options,
        state_version=version,
    )
    result.code, result.what, result.todo = _said(made, outcome)
    return result


def outcome_of(made: Plan) -> Outcome:
    """The row of the outcome table that the plan is (docs/outcomes.md)."""
    if made.rejected and not made.usable:
        return Outcome.FAILED
    if made.reasons and not made.held_schools:
        return Outcome.HELD
    if made.held_schools:
        return Outcome.PARTIAL if made.changes else Outcome.HELD
    if made.rejected or made.left_alone or made.by_options.put_off:
        return Outcome.PARTIAL
    return Outcome.APPLIED if made.changes else Outcome.UNCHANGED


def _said(made: Plan, outcome: Outcome) -> tuple[str, str, str]:
    """The code, the plain words and the next step of an outcome that is not simply good (L26)."""
    if outcome is Outcome.FAILED:
        return (
            "run.nothing_usable",
            "None of the records that the source gave could be used; nothing was changed.",
            "Look at the findings: they name each record and what is wrong with it.",
        )
    if made.reasons:
        says = " ".join(reason.says for reason in made.reasons)
        return made.reasons[0].code, says, "Look at the change and approve it, or discard it and mend the source."
    if made.left_alone:
        return (
            "partial.not_shared",
            f"The source does not share {', '.join(made.left_alone)}; they were left as they are.",
            "Give the connection's key the right to read them at the source, then sync again.",
        )
    if made.by_options.put_off:
        return (
            "partial.additions_only",
            f"Only additions were taken over. Put off: {_in_words(made.by_options.put_off)}.",
            "The next run that is not limited to additions takes them over.",
        )
    if made.rejected:
        return (
            "partial.rejected",
            f"{made.rejected} records could not be used and were left as they are; the rest was taken over.",
            "Look at the findings: they name each record and what is wrong with it.",
        )
    return "", "", ""


def _in_words(put_off: dict[str, dict[str, int]]) -> str:
    """What was put off, such as ``3 to update, 2 to remove``, and the kinds of which the source gave none."""
    sums = {op: sum(each.get(op, 0) for each in put_off.values()) for op in ("update", "remove")}
    parts = [f"{number} to {op}" for op, number in sums.items() if number]
    parts += [f"all {name}, of which the source gave none" for name, each in put_off.items() if "emptied" in each]
    return ", ".join(parts)


def counts_of(made: Plan) -> dict[str, Counts]:
    """The plan's numbers by entity."""
    return {
        name: Counts(each.add, each.update, each.remove, each.restore, each.unchanged, each.rejected, each.held)
        for name, each in made.numbers.items()
    }


def finding_lines(scratch: Scratch) -> list[FindingLine]:
    """The findings as they are reported, without a database to keep them in."""
    return [
        FindingLine(
            code=row["code"],
            severity=row["severity"],
            file=row["file"],
            row=row["row"],
            entity=row["entity"],
            sourced_id=row["sourced_id"],
            field=row["field"],
            says=CODES[row["code"]].says,
        )
        for row in list_findings(scratch, 0).to_pylist()
    ]
