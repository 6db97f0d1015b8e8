"""Which people, and which of their roles, the options leave out or freeze."""

from typing import Final

import pyarrow as pa

from rosterkeeper.engine.fates import FROZEN, fate_table, set_fate
from rosterkeeper.engine.forms import literal
from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.engine.options import FAMILY_ROLES, Options
from rosterkeeper.engine.references import live_table, rejected_table
from rosterkeeper.engine.teaching import EXCLUDED, listed
from rosterkeeper.engine.terms import class_days, make_states
from rosterkeeper.oneroster.fields import DEMOGRAPHICS, ENROLLMENTS, ROLES, USER_PROFILES, USERS
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Fetched, Mode

_ROLES_HELD: Final = "role_held"
_STANDING: Final = "standing"
_COLUMNS: Final = "sourced_id, user_sourced_id, org_sourced_id, role"
_GRADE: Final = r"regexp_replace(lower(trim(grade)), '^0+([0-9])', '\1')"
# What is a person's, and the column that names the person.
PERSON_OF: Final = (
    (USERS, "sourced_id"),
    (DEMOGRAPHICS, "sourced_id"),
    (USER_PROFILES, "user_sourced_id"),
    (ROLES, "user_sourced_id"),
    (ENROLLMENTS, "user_sourced_id"),
)


def kind_of(role: str) -> str:
    """The SQL expression for the kind of person that the column ``role`` makes: student, family or staff."""
    return (
        f"CASE WHEN {role} = 'student' THEN 'student'"
        f" WHEN {role} IN ({listed(FAMILY_ROLES)}) THEN 'family' ELSE 'staff' END"
    )


def frozen_kinds(options: Options) -> tuple[str, ...]:
    """The kinds of people that are switched off."""
    taken = {"student": options.students, "staff": options.staff, "family": options.parents}
    return tuple(kind for kind, on in taken.items() if not on)


def judge_people(scratch: Scratch, live: LiveRoster, fetched: Fetched, options: Options, *, today: str) -> None:
    """Set the fates of people and of roles; those of classes must stand."""
    if USERS.name not in fetched.collections and ROLES.name not in fetched.collections:
        return
    _land_roles(scratch, live, fetched, options)
    scratch.run(
        f"INSERT INTO {fate_table(ROLES)} SELECT sourced_id, fate FROM {_ROLES_HELD} WHERE fate <> '';"
        f"INSERT INTO {fate_table(USERS)}"
        f" SELECT user_sourced_id, coalesce(min(fate) FILTER (fate NOT IN ('', '{FROZEN}')), '{FROZEN}')"
        f" FROM {_ROLES_HELD} GROUP BY user_sourced_id HAVING NOT bool_or(fate = '')"
    )
    if USERS.name not in fetched.collections:
        return
    scratch.run(
        f"CREATE TEMP TABLE {_STANDING} AS SELECT user_sourced_id AS sourced_id, bool_and(kind = 'student') AS pupil,"
        f" bool_or(kind = 'student') AS student, bool_and(kind = 'family') AS family"
        f" FROM {_ROLES_HELD} WHERE fate = '' GROUP BY user_sourced_id"
    )
    if options.removes_people and fetched.collections[USERS.name].mode is Mode.DELTA:
        _judge_unknown(scratch)
    if options.grades:
        _judge_grades(scratch, options)
    if options.respect_enrolment_date and ENROLLMENTS.name in fetched.collections:
        _judge_dates(scratch, live, fetched, today)
    _make_strangers(scratch, live)
    if options.parents and not options.all_parents:
        _judge_parents(scratch, fetched, students_too=options.students)


def _land_roles(scratch: Scratch, live: LiveRoster, fetched: Fetched, options: Options) -> None:
    """Make `role_held`: every role that the people of this pull have, its kind of person, and its own fate."""
    given = ROLES.name in fetched.collections
    parts = [f"SELECT {_COLUMNS} FROM {norm_table(ROLES)} WHERE status = 'active'"] if given else []
    parts += _stored_roles(scratch, live, fetched)
    made = " UNION ALL ".join(parts) or f"SELECT {', '.join(repr('') for _ in _COLUMNS.split(','))} WHERE false"
    rules = []
    if kinds := frozen_kinds(options):
        rules.append(f"WHEN kind IN ({listed(kinds)}) THEN '{FROZEN}'")
    if options.excluded_schools:
        rules.append(f"WHEN org_sourced_id IN ({listed(options.excluded_schools)}) THEN '{EXCLUDED}'")
    if options.roles:
        rules.append(f"WHEN role NOT IN ({listed(options.roles)}) THEN 'option.role'")
    rules.append(f"WHEN kind = 'family' AND role NOT IN ({listed(options.relationships)}) THEN 'option.relationship'")
    scratch.run(
        f"CREATE TEMP TABLE {_ROLES_HELD} AS SELECT *, CASE {' '.join(rules)} ELSE '' END AS fate FROM"
        f" (SELECT {_COLUMNS}, {kind_of('role')} AS kind FROM ({made}) r({_COLUMNS}))"
    )


def _stored_roles(scratch: Scratch, live: LiveRoster, fetched: Fetched) -> list[str]:
    """Stored roles that count as well: of people whom a delta mentions, and those that a bad row stands for."""
    parts = []
    if scratch.count(
        f"SELECT count(*) FROM {rejected_table(ROLES)} SEMI JOIN {live_table(ROLES)} l USING (sourced_id)"
    ):
        ids = scratch.reader(f"SELECT sourced_id FROM {rejected_table(ROLES)}").read_all()
        _land(scratch, "kept_role", f"SELECT {_COLUMNS} FROM incoming WHERE status = 'active'", live.rows(ROLES, ids))
        parts.append(f"SELECT {_COLUMNS} FROM kept_role")
    roles = fetched.collections.get(ROLES.name)
    if (roles is not None and roles.mode is Mode.BULK) or not scratch.count(
        f"SELECT count(*) FROM {live_table(ROLES)} WHERE active = 1"
    ):
        return parts
    mentioned = scratch.reader(f"SELECT DISTINCT sourced_id FROM ({_mentioned(fetched)})").read_all()
    _land(scratch, "stored_role", f"SELECT {_COLUMNS} FROM incoming", live.roles_of(mentioned))
    stored = f"SELECT {_COLUMNS} FROM stored_role"
    if roles is not None:
        replaced = f"SELECT sourced_id FROM {norm_table(USERS)}" if fetched.nested_roles else "SELECT '' WHERE false"
        stored += (
            f" WHERE sourced_id NOT IN (SELECT sourced_id FROM {norm_table(ROLES)})"
            f" AND sourced_id NOT IN (SELECT sourced_id FROM {rejected_table(ROLES)})"
            f" AND user_sourced_id NOT IN ({replaced})"
        )
    # Someone who left returns with the roles that left too, unless the delta says others (following.py).
    _land(scratch, "left_role", f"SELECT {_COLUMNS} FROM incoming", live.roles_left_with(mentioned))
    left = f"SELECT {_COLUMNS} FROM left_role"
    if roles is not None:
        left += f" WHERE user_sourced_id NOT IN (SELECT user_sourced_id FROM {norm_table(ROLES)})"
    return [*parts, stored, left]


def _mentioned(fetched: Fetched) -> str:
    return " UNION ALL ".join(
        f"SELECT {column} AS sourced_id FROM {norm_table(entity)}"
        for entity, column in PERSON_OF
        if entity.name in fetched.collections
    )


def _judge_unknown(scratch: Scratch) -> None:
    """In a delta, someone who is not live and of whom no role is told was left out before."""
    set_fate(
        scratch,
        USERS,
        "option.not_taken",
        f"SELECT sourced_id FROM {norm_table(USERS)} WHERE status = 'active'"
        f" AND sourced_id NOT IN (SELECT user_sourced_id FROM {_ROLES_HELD})"
        f" AND sourced_id IN (SELECT sourced_id FROM {live_table(USERS)} WHERE active = 0)",
    )


def _judge_grades(scratch: Scratch, options: Options) -> None:
    wanted = ", ".join(f"({literal(grade)})" for grade in options.grades)
    set_fate(
        scratch,
        USERS,
        "option.grade",
        "SELECT sourced_id FROM (SELECT sourced_id, unnest(grades::JSON::VARCHAR[]) AS grade"
        f" FROM {norm_table(USERS)} SEMI JOIN {_STANDING} s USING (sourced_id)"
        f" WHERE status = 'active' AND grades <> '' AND {_is_pupil()}) GROUP BY sourced_id"
        f" HAVING NOT bool_or({_GRADE} IN (SELECT {_GRADE} FROM (VALUES {wanted}) w(grade)))",
    )


def _is_pupil() -> str:
    return f"sourced_id IN (SELECT sourced_id FROM {_STANDING} WHERE pupil)"


def _judge_dates(scratch: Scratch, live: LiveRoster, fetched: Fetched, today: str) -> None:
    """Students who have enrollments and none of them on the day; in a delta only those who are not there anyway."""
    make_states(scratch, today=today)
    current = (
        f"SELECT user_sourced_id FROM {norm_table(ENROLLMENTS)} e LEFT JOIN ({class_days(today)}) d"
        " ON d.class_id = e.class_sourced_id WHERE e.status = 'active'"
        f" AND (e.begin_date = '' OR e.begin_date <= coalesce(d.day, '{today}'))"
        f" AND (e.end_date = '' OR e.end_date > coalesce(d.day, '{today}'))"
    )
    told = f"SELECT user_sourced_id FROM {norm_table(ENROLLMENTS)} WHERE status = 'active' AND role = 'student'"
    if fetched.collections[ENROLLMENTS.name].mode is Mode.DELTA:
        told = f"SELECT sourced_id FROM {live_table(USERS)} WHERE active = 0"
    set_fate(
        scratch,
        USERS,
        "option.enrolment_date",
        f"SELECT sourced_id FROM {norm_table(USERS)} WHERE status = 'active' AND {_is_pupil()}"
        f" AND sourced_id IN ({told}) AND sourced_id NOT IN ({current})"
        f" AND sourced_id NOT IN ({_of_bad_rows(scratch, live)})",
    )


def _of_bad_rows(scratch: Scratch, live: LiveRoster) -> str:
    """The people of live enrollments whose new row was kept out: a bad row is never a removal."""
    bad = (
        f"SELECT sourced_id FROM {rejected_table(ENROLLMENTS)} SEMI JOIN {live_table(ENROLLMENTS)} l USING (sourced_id)"
    )
    if not scratch.count(f"SELECT count(*) FROM ({bad})"):
        return "SELECT '' WHERE false"
    ids = scratch.reader(bad).read_all()
    _land(scratch, "kept_enrollment", "SELECT user_sourced_id FROM incoming", live.rows(ENROLLMENTS, ids))
    return "SELECT user_sourced_id FROM kept_enrollment"


def _make_strangers(scratch: Scratch, live: LiveRoster) -> None:
    """Make `stranger`: whom users of this pull name who is not taken over here, but by another of the connections.

    So does a CSV of guardians name students of a server's (M27). Whom this connection has ever had is its own.
    """
    users = norm_table(USERS)
    scratch.run(
        f"CREATE TEMP TABLE stranger AS SELECT DISTINCT sourced_id FROM"
        f" (SELECT unnest(agent_sourced_ids::JSON::VARCHAR[]) AS sourced_id FROM {users}"
        f" WHERE status = 'active' AND agent_sourced_ids <> '') ANTI JOIN {live_table(USERS)} l USING (sourced_id)"
        f" WHERE sourced_id NOT IN (SELECT sourced_id FROM {users} WHERE status = 'active' AND sourced_id NOT IN"
        f" (SELECT sourced_id FROM {fate_table(USERS)}))"
    )
    if scratch.count("SELECT count(*) FROM stranger"):
        there = "SELECT sourced_id FROM stranger WHERE sourced_id IN (SELECT sourced_id FROM incoming)"
        _land(scratch, "stranger", there, live.elsewhere(USERS))


def _judge_parents(scratch: Scratch, fetched: Fetched, *, students_too: bool) -> None:
    """A parent needs an e-mail address, and a student who is taken over, be it by another connection (R05, L20)."""
    users = norm_table(USERS)
    family = f"status = 'active' AND sourced_id IN (SELECT sourced_id FROM {_STANDING} WHERE family)"
    set_fate(
        scratch, USERS, "option.parent_without_email", f"SELECT sourced_id FROM {users} WHERE {family} AND email = ''"
    )
    students = (
        f"SELECT sourced_id FROM {_STANDING} WHERE student AND sourced_id NOT IN"
        f" (SELECT sourced_id FROM {fate_table(USERS)}) UNION ALL SELECT f.sourced_id FROM {fate_table(USERS)} f"
        f" SEMI JOIN {live_table(USERS)} l ON l.sourced_id = f.sourced_id AND l.active = 1 WHERE f.fate = '{FROZEN}'"
    )
    links = (
        f"SELECT sourced_id AS one, unnest(agent_sourced_ids::JSON::VARCHAR[]) AS other FROM {users}"
        " WHERE status = 'active' AND agent_sourced_ids <> ''"
    )
    linked = (
        f"SELECT other FROM ({links}) SEMI JOIN ({students}) s ON s.sourced_id = one"
        f" UNION ALL SELECT one FROM ({links}) SEMI JOIN ({students}) s ON s.sourced_id = other"
        f" UNION ALL SELECT one FROM ({links}) SEMI JOIN stranger s ON s.sourced_id = other"
    )
    if fetched.collections[USERS.name].mode is Mode.DELTA or not students_too:
        # Their students may not be in it.
        linked += f" UNION ALL SELECT sourced_id FROM {live_table(USERS)} WHERE active = 1"
        linked += f" UNION ALL SELECT one FROM ({links}) SEMI JOIN {live_table(USERS)} l ON l.sourced_id = other"
    set_fate(
        scratch,
        USERS,
        "option.parent_without_student",
        f"SELECT sourced_id FROM {users} WHERE {family} AND sourced_id NOT IN ({linked})",
    )


def _land(scratch: Scratch, name: str, query: str, incoming: pa.RecordBatchReader | pa.Table) -> None:
    scratch.land(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}", incoming)
