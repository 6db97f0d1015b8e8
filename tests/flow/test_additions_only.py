"""A sync that only adds, and the one after it that takes over the rest."""

from rosterkeeper.features.connections.workflow import find
from rosterkeeper.features.runs import workflow
from rosterkeeper.job.words import Progress
from tests.flow.conftest import Days, District


def unseen(_: Progress) -> None:
    """Nobody follows it."""


def test_what_a_sync_that_only_adds_puts_off_the_next_one_takes_over(lone_synced: District, days: Days) -> None:
    with lone_synced.installation.in_process():
        connection = find("north")
        before = workflow.fingerprint(connection, every_field=False, on_progress=unseen).hash
        lone_synced.gets(days.second)
        limited = workflow.sync(connection, workflow.Wish(additions_only=True), on_progress=unseen).result
        assert (limited.outcome, limited.code) == ("partial", "partial.additions_only")
        users = limited.counts["users"]
        assert (users.add > 0, users.update, users.remove) == (True, 0, 0)
        put_off = limited.by_options.put_off
        between = workflow.fingerprint(connection, every_field=False, on_progress=unseen).hash
        whole = workflow.sync(connection, on_progress=unseen).result
        done = {name: (each.add, each.update, each.remove) for name, each in whole.counts.items()}
        assert {name: (0, each.get("update", 0), each.get("remove", 0)) for name, each in put_off.items()} == {
            name: numbers for name, numbers in done.items() if any(numbers)
        }
        assert whole.outcome == "applied"
        after = workflow.fingerprint(connection, every_field=False, on_progress=unseen).hash
        assert len({before, between, after}) == 3
        assert workflow.sync(connection, on_progress=unseen).result.outcome == "unchanged"
