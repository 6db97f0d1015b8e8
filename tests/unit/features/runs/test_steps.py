"""How far a run is, drawn from its progress lines; and the words of runs."""

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.features.runs.steps import drawn
from rosterkeeper.features.runs.wording import ENTITY, OPS, OPS_TO_COME, OUTCOMES, STEPS, outcome_of, why
from rosterkeeper.job.words import Action, Progress
from rosterkeeper.oneroster.fields import ENTITIES


def _states(action: Action, *lines: Progress) -> dict[str, str]:
    return {step.name: step.state for step in drawn(action, lines).steps}


def test_a_run_goes_through_the_words_of_the_flow_in_their_order() -> None:
    assert list(STEPS) == ["fetch", "normalize", "validate", "diff", "guard", "apply", "publish"]
    states = _states(Action.SYNC, Progress("fetch", "users", 5, 5), Progress("validate", "users", 1, 9))
    assert states == {
        "fetch": "done",
        "normalize": "done",
        "validate": "now",
        "diff": "later",
        "guard": "later",
        "apply": "later",
        "publish": "later",
    }


def test_before_its_first_line_nothing_of_a_run_is_done() -> None:
    assert set(_states(Action.SYNC).values()) == {"later"}
    assert drawn(Action.SYNC, []).percent == 0
    assert drawn(Action.SYNC, []).now is None


def test_a_run_that_has_begun_is_at_its_first_step_before_it_tells_a_line() -> None:
    for action, first in (
        (Action.SYNC, "fetch"),
        (Action.PREVIEW, "fetch"),
        (Action.TEST, "fetch"),
        (Action.UNDO, "apply"),
    ):
        begun = drawn(action, [], begun=True)
        assert begun.now is not None
        assert (begun.now.name, begun.is_beginning, begun.percent) == (first, True, 0)
    assert not drawn(Action.SYNC, [Progress("fetch", "users", 5, 5)], begun=True).is_beginning


def test_what_pulls_nothing_has_only_the_steps_that_it_takes() -> None:
    assert list(_states(Action.UNDO)) == ["apply", "publish"]
    assert list(_states(Action.PREVIEW))[-1] == "guard"
    assert list(_states(Action.TEST)) == ["fetch"]


def test_choosing_by_the_options_counts_as_comparing() -> None:
    assert _states(Action.SYNC, Progress("select", "", 0))["diff"] == "now"


def test_a_run_never_seems_to_go_backwards() -> None:
    lines: list[Progress] = []
    seen = []
    for line in (
        Progress("fetch", "users", 0, 100),
        Progress("fetch", "users", 100, 100),
        Progress("fetch", "classes", 0, 10),
        Progress("fetch", "classes", 10, 10),
        Progress("normalize", "", 0),
        Progress("diff", "orgs", 0, 9),
        Progress("apply", "", 0),
        Progress("publish", "", 0),
    ):
        lines.append(line)
        seen.append(drawn(Action.SYNC, lines).percent)
    assert seen == sorted(seen)
    assert seen[-1] < 100


def test_every_outcome_entity_and_operation_has_its_words() -> None:
    assert set(OUTCOMES) == {"", *Outcome}
    assert set(ENTITY) == {entity.name for entity in ENTITIES}
    assert set(OPS) == set(OPS_TO_COME)
    assert all(str(why(action, op)) for action in Action for op in OPS)
    assert str(outcome_of(Action.UNDO, Outcome.APPLIED)) != str(outcome_of(Action.SYNC, Outcome.APPLIED))
    assert str(outcome_of(Action.UNDO, Outcome.FAILED)) == str(outcome_of(Action.SYNC, Outcome.FAILED))
