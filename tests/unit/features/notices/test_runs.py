"""What runs tell: once a cause, again when it changes, and once when it is mended."""

import pytest
from django.db import transaction

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.engine.reasons import Reason
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.notices.kinds import Word
from rosterkeeper.features.notices.models import Rules
from rosterkeeper.features.notices.targets import Stated, change
from rosterkeeper.features.publish.models import Delivery, Event, Kind, Target
from rosterkeeper.features.runs.models import Run
from rosterkeeper.features.runs.workflow import discard
from tests.unit.features.notices.conftest import Ends

HOLD = [Reason("hold.remove_percent", "36 of 300 users would be removed.", "users", "", 36, 300)]


def told() -> list[str]:
    return list(Event.objects.order_by("id").values_list("word", flat=True))


@pytest.mark.covers("M26", "L27")
def test_a_failure_is_told_once_and_once_more_when_its_cause_changes_and_when_it_is_mended(ends: Ends) -> None:
    ends(Outcome.APPLIED)
    for _ in range(3):
        ends(Outcome.FAILED, "source.timeout")
    for _ in range(2):
        ends(Outcome.FAILED, "source.refused_credentials")
    for _ in range(2):
        ends(Outcome.UNCHANGED)
    assert told() == [Word.FIRST, Word.FAILED, Word.CREDENTIALS, Word.NORMAL]


def test_only_so_many_failures_in_a_row_as_the_rules_say_are_told(ends: Ends) -> None:
    Rules.objects.create(id=1, failures=3)
    ends(Outcome.APPLIED)
    for _ in range(2):
        ends(Outcome.FAILED, "source.timeout")
    ends(Outcome.APPLIED)
    assert told() == [Word.FIRST]
    for _ in range(3):
        ends(Outcome.FAILED, "source.timeout")
    assert told() == [Word.FIRST, Word.FAILED]


def test_a_run_that_was_stopped_once_is_no_news(ends: Ends) -> None:
    ends(Outcome.APPLIED)
    ends(Outcome.INTERRUPTED, "run.interrupted")
    ends(Outcome.APPLIED)
    assert told() == [Word.FIRST]


def test_a_hold_is_told_once_and_again_after_it_was_discarded(ends: Ends) -> None:
    ends(Outcome.APPLIED)
    ends(Outcome.HELD, changes="held-1", reasons=HOLD)
    held = ends(Outcome.HELD, changes="held-2", reasons=HOLD)
    assert told() == [Word.FIRST, Word.HELD]
    discard(Run.objects.get(id=held.pk))
    ends(Outcome.HELD, changes="held-3", reasons=HOLD)
    assert told() == [Word.FIRST, Word.HELD, Word.HELD]
    assert "36 of 300 users would be removed." in Event.objects.latest("id").lines


@pytest.mark.covers("M34")
def test_the_first_sync_is_told_with_its_numbers(ends: Ends, north: Connection) -> None:
    run = ends(Outcome.APPLIED)
    event = Event.objects.get()
    assert (event.word, event.connection_id, event.run_id) == (Word.FIRST, north.pk, run.pk)
    assert event.path == f"/runs/{run.pk}/"
    assert "north" in event.title


@pytest.mark.covers("L26")
def test_a_partial_sync_is_told_with_its_code_and_next_step(ends: Ends) -> None:
    ends(Outcome.PARTIAL, "run.part_held")
    event = Event.objects.get(word=Word.PARTIAL)
    assert event.code == "run.part_held"
    assert "What run.part_held says." in event.lines
    assert "Next step: Do this." in event.lines


def test_a_target_is_told_of_what_it_wants_and_of_its_connections_alone(ends: Ends, north: Connection) -> None:
    for number, (words, connections) in enumerate(
        [([], []), ([Word.FAILED], []), ([Word.HELD], []), ([], [north.pk]), ([], [north.pk + 1])]
    ):
        target = Target(kind=Kind.EMAIL)
        stated = Stated(
            name=f"target-{number}", kind=Kind.EMAIL, address="it@example.org", words=words, connections=connections
        )
        change(target, stated)
    ends(Outcome.FAILED, "source.timeout")
    names = Delivery.objects.order_by("target__name").values_list("target__name", flat=True)
    assert list(names) == ["target-0", "target-1", "target-3"]


def test_a_run_that_is_not_kept_tells_nothing_either(ends: Ends) -> None:
    with transaction.atomic():
        ends(Outcome.FAILED, "source.timeout")
        assert told() == [Word.FAILED]
        transaction.set_rollback(True)
    assert told() == []
    assert not Run.objects.exists()
