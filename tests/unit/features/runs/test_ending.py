"""What the end of a run moves: outcome, times, held runs; and what is made of runs whose process died."""

import msgspec
import pytest
from django.utils import timezone

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.engine.reasons import Reason
from rosterkeeper.features.runs.ending import finish, truth
from rosterkeeper.features.runs.lease import open_state, state_of
from rosterkeeper.features.runs.models import AppliedRun, Run
from rosterkeeper.features.runs.recover import recover
from rosterkeeper.features.runs.workflow import discard, find
from rosterkeeper.job.words import Action, Counts, Result
from rosterkeeper.oneroster.errors import RunRefused
from tests.installation import Installation
from tests.unit.features.runs.test_lease import holder

NORTH = 1


def ended(result: Result, action: Action = Action.SYNC, subject: int = 0) -> int:
    """A run of the connection that came to the result; its number."""
    open_state(NORTH)
    run = Run.objects.create(connection_id=NORTH, action=action, subject=subject, started_at=timezone.now())
    finish(run, result)
    return run.pk


def held_states() -> list[str]:
    return list(Run.objects.order_by("id").values_list("held_state", flat=True))


HELD = Result(
    outcome=Outcome.HELD, changes="held-1", reasons=[Reason("guard.removals", "Too many", "users", "", 9, 10)]
)


@pytest.mark.covers("N10", "N11", "N12")
def test_a_success_fills_both_times_and_a_failure_moves_only_last_checked(opened: Installation) -> None:
    ended(Result(outcome=Outcome.FAILED, code="source.refused_credentials", what="The server said no."))
    first = state_of(NORTH)
    assert first.last_checked is not None
    assert first.last_updated is None
    assert first.status_text == "The server said no."
    ended(Result(outcome=Outcome.APPLIED))
    second = state_of(NORTH)
    assert second.last_updated == second.last_checked
    assert second.last_checked is not None
    assert second.last_checked > first.last_checked
    assert second.status_text == ""


@pytest.mark.covers("N38")
def test_a_refused_zip_is_told_as_invalid_zip(opened: Installation) -> None:
    ended(Result(outcome=Outcome.FAILED, code="package.not_a_zip", what="The file is not a zip."))
    assert state_of(NORTH).status_text == "invalid zip"
    assert state_of(NORTH).last_updated is None


def test_a_result_is_kept_whole(opened: Installation) -> None:
    told = Result(
        outcome=Outcome.PARTIAL,
        counts={"users": Counts(add=2, rejected=1)},
        findings={"row.missing_id": 1},
        reasons=HELD.reasons,
        seconds={"fetch": 0.5},
        not_imported={"results": 3},
        proof="a bulk file",
        version="1.2",
        form="csv",
        state_version=4,
        changes="held-2",
    )
    run = Run.objects.get(id=ended(told))
    assert run.counts["users"]["add"] == 2
    assert run.reasons[0]["code"] == "guard.removals"
    assert (run.findings, run.seconds, run.not_imported) == ({"row.missing_id": 1}, {"fetch": 0.5}, {"results": 3})
    assert (run.proof, run.version, run.form, run.state_version) == ("a bulk file", "1.2", "csv", 4)
    assert run.held_state == "waiting"


def test_a_newer_look_at_the_source_supersedes_a_held_run(opened: Installation) -> None:
    ended(HELD)
    ended(HELD)
    assert held_states() == ["superseded", "waiting"]
    ended(Result(outcome=Outcome.UNCHANGED))
    assert held_states() == ["superseded", "superseded", ""]


def test_a_failed_run_and_a_purge_leave_a_held_run_waiting(opened: Installation) -> None:
    ended(HELD)
    ended(Result(outcome=Outcome.FAILED, code="source.unreachable"))
    ended(Result(outcome=Outcome.APPLIED), Action.PURGE)
    assert held_states() == ["waiting", "", ""]


def test_an_approval_marks_its_subject_approved(opened: Installation) -> None:
    subject = ended(HELD)
    ended(Result(outcome=Outcome.APPLIED), Action.APPROVE, subject)
    assert held_states() == ["approved", ""]


def test_discard_drops_a_waiting_change_once(opened: Installation) -> None:
    subject = ended(HELD)
    discard(find(subject))
    assert held_states() == ["discarded"]
    with pytest.raises(RunRefused) as caught:
        discard(find(subject))
    assert caught.value.code == "run.not_waiting"


def test_a_dead_run_that_had_committed_is_finished_by_what_it_committed(opened: Installation) -> None:
    dead = Run.objects.create(connection_id=NORTH, action=Action.SYNC, started_at=timezone.now())
    told = Result(outcome=Outcome.APPLIED, counts={"orgs": Counts(add=3)}, state_version=1)
    AppliedRun.objects.create(
        run_id=dead.pk, connection_id=NORTH, state_version=1, result=msgspec.json.encode(told).decode()
    )
    recover()
    dead.refresh_from_db()
    assert (dead.outcome, dead.counts["orgs"]["add"]) == ("applied", 3)
    assert state_of(NORTH).last_updated is not None


def test_a_dead_run_that_had_not_committed_is_interrupted_and_fenced_off(opened: Installation) -> None:
    dead = Run.objects.create(connection_id=NORTH, action=Action.SYNC, started_at=timezone.now())
    before = state_of(NORTH).token
    recover()
    dead.refresh_from_db()
    assert (dead.outcome, dead.code) == ("interrupted", "run.interrupted")
    assert dead.finished_at is not None
    assert state_of(NORTH).token > before


def test_a_run_that_does_go_on_is_left_alone(opened: Installation) -> None:
    going_on = Run.objects.create(connection_id=NORTH, action=Action.SYNC, started_at=timezone.now())
    with holder(opened, NORTH):
        recover()
        going_on.refresh_from_db()
        assert going_on.outcome == ""


def test_a_lost_result_is_not_believed_over_what_was_committed(opened: Installation) -> None:
    told = Result(outcome=Outcome.INTERRUPTED, code="run.child_died")
    assert truth(5, told) is told
    kept = Result(outcome=Outcome.PARTIAL, state_version=2)
    AppliedRun.objects.create(run_id=5, connection_id=NORTH, state_version=2, result=msgspec.json.encode(kept).decode())
    assert truth(5, told) == kept
