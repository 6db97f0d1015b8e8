"""A server that marks a user as removed still sends the user's roles, without a status of their own."""

from pathlib import Path

import pytest

from rosterkeeper.engine.normalize import norm_table, normalize
from rosterkeeper.oneroster.fields import ROLES, USER_PROFILES, USERS, Entity
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Collection, Fetched, Mode, create_raw


@pytest.fixture
def pulled(tmp_path: Path) -> Scratch:
    """One user who stays and one who is removed, each with a nested role and a nested profile."""
    scratch = Scratch(tmp_path / "scratch")
    for entity in (USERS, ROLES, USER_PROFILES):
        create_raw(scratch, entity)
    for row, (user, status) in enumerate((("stays", "active"), ("goes", "tobedeleted")), 2):
        scratch.run("INSERT INTO raw_users (row, sourced_id, status) VALUES (?, ?, ?)", [row, user, status])
        for table in ("raw_roles", "raw_user_profiles"):
            scratch.run(
                f"INSERT INTO {table} (row, sourced_id, user_sourced_id) VALUES (?, ?, ?)", [row, f"of-{user}", user]
            )
    collections = {
        entity.name: Collection(entity.name, Mode.BULK, 2, "users") for entity in (USERS, ROLES, USER_PROFILES)
    }
    normalize(scratch, Fetched("1.2", "rest", collections, "counted", nested_roles=True))
    return scratch


@pytest.mark.parametrize("entity", [ROLES, USER_PROFILES], ids=lambda entity: entity.name)
def test_what_is_nested_in_a_removed_user_is_removed_with_it(pulled: Scratch, entity: Entity) -> None:
    with pulled:
        found = pulled.rows(f"SELECT sourced_id, status FROM {norm_table(entity)} ORDER BY row")
    assert found == [("of-stays", "active"), ("of-goes", "tobedeleted")]
