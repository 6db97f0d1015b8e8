"""Of several roles, 1.1 is told the one that stands for the person."""

import pytest

from rosterkeeper.sample.forms import Held, one_role


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ([], ""),
        ([Held("counselor", "primary", "home")], "aide"),
        ([Held("ext:coach", "primary", "home")], "aide"),
        ([Held("principal", "primary", "away"), Held("teacher", "primary", "home")], "teacher"),
        ([Held("principal", "secondary", "home"), Held("parent", "primary", "home")], "parent"),
        ([Held("student", "primary", "away"), Held("proctor", "primary", "other")], "proctor"),
        ([Held("relative", "secondary", "home"), Held("guardian", "secondary", "away")], "guardian"),
    ],
)
def test_the_role_told_is_the_primary_one_at_home_else_the_first_by_precedence(held: list[Held], told: str) -> None:
    assert one_role(held, "home") == told
