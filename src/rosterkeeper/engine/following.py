"""What a user's coming and going does to roles that the source does not speak of.

A role is nothing without its user (OneRoster 1.2 nests it in the user), yet a CSV set keeps roles in a file of their
own, and a delta that marks a user as removed need not mention them. So the roles leave with their user, and those that
left with it come back when it returns, unless the source says the user's roles anew.
"""

from rosterkeeper.engine.changes import change_columns, change_table, gone_table
from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.engine.references import target_table
from rosterkeeper.oneroster.fields import ORGS, ROLES, USERS
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.sources.contract import Fetched, Mode


def follow_users(scratch: Scratch, live: LiveRoster, fetched: Fetched) -> int:
    """Add to the change set the roles that leave or return with their users; returns how many."""
    left = _leave(scratch, live)
    given = fetched.collections.get(ROLES.name)
    return left + (_return(scratch, live) if given is None or given.mode is Mode.DELTA else 0)


def _leave(scratch: Scratch, live: LiveRoster) -> int:
    """The roles of users who leave, but for those that leave anyway."""
    if not scratch.has_relation(gone_table(USERS)):
        return 0
    users = scratch.reader(f"SELECT sourced_id FROM {gone_table(USERS)}").read_all()
    if not users.num_rows:
        return 0
    scratch.land("CREATE OR REPLACE TEMP TABLE leaving_role AS SELECT * FROM incoming", live.roles_of(users))
    gone = gone_table(ROLES)
    if not scratch.has_relation(gone):
        scratch.run(f"CREATE TABLE {gone} AS SELECT * FROM leaving_role WHERE false")
    return scratch.count(f"INSERT INTO {gone} BY NAME SELECT * FROM leaving_role ANTI JOIN {gone} USING (sourced_id)")


def _return(scratch: Scratch, live: LiveRoster) -> int:
    """The roles that left with users who return, unless the source says roles of theirs or the role's org is gone."""
    change = change_table(ROLES)
    if not scratch.has_relation(change_table(USERS)):
        return 0
    spoken = "SELECT '' AS user_sourced_id WHERE false"
    if scratch.has_relation(norm_table(ROLES)):
        spoken = f"SELECT user_sourced_id FROM {norm_table(ROLES)}"
    users = scratch.reader(
        f"SELECT sourced_id FROM {change_table(USERS)} WHERE op = 'restore' AND sourced_id NOT IN ({spoken})"
    ).read_all()
    if not users.num_rows:
        return 0
    scratch.land("CREATE OR REPLACE TEMP TABLE returning_role AS SELECT * FROM incoming", live.roles_left_with(users))
    columns = ", ".join(map(quoted, change_columns(ROLES)))
    back = (
        f"SELECT 'restore' AS op, {columns} FROM returning_role WHERE org_sourced_id = ''"
        f" OR org_sourced_id IN (SELECT sourced_id FROM {target_table(ORGS.name)})"
    )
    if scratch.has_relation(change):
        return scratch.count(f"INSERT INTO {change} BY NAME {back}")
    return scratch.count(f"CREATE TABLE {change} AS {back}")
