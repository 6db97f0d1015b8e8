"""What a change set takes away, seen as a school sees it: people per school, and terms that have ended anyway."""

from typing import Final

import pyarrow as pa

from rosterkeeper.engine.changes import gone_table
from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.engine.pardoned import counted_gone
from rosterkeeper.engine.references import live_table
from rosterkeeper.oneroster.fields import ACADEMIC_SESSIONS, CLASSES, ENROLLMENTS, ORGS, ROLES, USERS
from rosterkeeper.scratch import Scratch

LOST: Final = "lost_role"


def make_lost_roles(scratch: Scratch, live: LiveRoster) -> None:
    """Make `lost_role`: who (user_sourced_id) would no longer have which role in which org.

    A role that comes back under another id is not lost: its user, org and role are what counts.
    """
    parts = []
    if scratch.has_relation(gone_table(ROLES)):
        parts.append(f"SELECT user_sourced_id, org_sourced_id, role FROM {counted_gone(scratch, ROLES)}")
    if scratch.has_relation(gone_table(USERS)):
        users = scratch.reader(f"SELECT sourced_id FROM {counted_gone(scratch, USERS)}").read_all()
        if users.num_rows:
            scratch.land("CREATE OR REPLACE TEMP TABLE leaving AS SELECT * FROM incoming", live.roles_of(users))
            parts.append("SELECT user_sourced_id, org_sourced_id, role FROM leaving")
    made = " UNION ".join(parts) or "SELECT '' AS user_sourced_id, '' AS org_sourced_id, '' AS role WHERE false"
    back = "SELECT '', '', '' WHERE false"
    if scratch.has_relation(norm_table(ROLES)):
        back = f"SELECT user_sourced_id, org_sourced_id, role FROM {norm_table(ROLES)} WHERE status = 'active'"
    scratch.run(f"CREATE TABLE {LOST} AS ({made}) EXCEPT ({back})")


def count_lost_roles(scratch: Scratch) -> int:
    """How many roles are lost."""
    return scratch.count(f"SELECT count(*) FROM {LOST}")


def schools_losing(scratch: Scratch, live: LiveRoster) -> list[tuple[str, str, int, int]]:
    """Each school that loses people: its id, its name, how many, of how many."""
    if not count_lost_roles(scratch):
        return []
    scratch.land("CREATE OR REPLACE TEMP TABLE school_size AS SELECT * FROM incoming", live.school_sizes())
    names = _org_names(scratch, live)
    rows = scratch.rows(
        f"""
        SELECT l.org_sourced_id, coalesce(any_value(o.name), ''), count(DISTINCT l.user_sourced_id),
            any_value(s.people)
        FROM (SELECT * FROM {LOST} ANTI JOIN {_still_there(scratch)} t USING (user_sourced_id, org_sourced_id)) l
        JOIN school_size s ON s.org_sourced_id = l.org_sourced_id
        LEFT JOIN ({names}) o ON o.sourced_id = l.org_sourced_id
        GROUP BY l.org_sourced_id ORDER BY l.org_sourced_id
        """
    )
    return [(str(school), str(name), int(number or 0), int(of or 0)) for school, name, number, of in rows]


def _still_there(scratch: Scratch) -> str:
    """People who keep some role in the org although they lose another."""
    if not scratch.has_relation(norm_table(ROLES)):
        return "(SELECT '' AS user_sourced_id, '' AS org_sourced_id WHERE false)"
    return f"(SELECT DISTINCT user_sourced_id, org_sourced_id FROM {norm_table(ROLES)} WHERE status = 'active')"


def _org_names(scratch: Scratch, live: LiveRoster) -> str:
    wanted = scratch.reader(f"SELECT DISTINCT org_sourced_id AS sourced_id FROM {LOST}").read_all()
    scratch.land(
        "CREATE OR REPLACE TEMP TABLE org_name AS SELECT sourced_id, name FROM incoming", live.rows(ORGS, wanted)
    )
    return "SELECT sourced_id, name FROM org_name"


def count_ended(scratch: Scratch, live: LiveRoster, today: str) -> dict[str, int]:
    """How many of the classes and enrollments to remove belong to terms that are over; endDate is exclusive."""
    sessions = scratch.reader(f"SELECT sourced_id FROM {live_table(ACADEMIC_SESSIONS)}").read_all()
    _land_rows(scratch, live.rows(ACADEMIC_SESSIONS, sessions), "sourced_id, end_date", "known_term")
    terms = "SELECT sourced_id, end_date FROM known_term"
    if scratch.has_relation(norm_table(ACADEMIC_SESSIONS)):
        fresh = f"SELECT sourced_id, end_date FROM {norm_table(ACADEMIC_SESSIONS)} WHERE status = 'active'"
        terms = f"{fresh} UNION ALL SELECT * FROM known_term ANTI JOIN ({fresh}) f USING (sourced_id)"
    over = (
        "SELECT c.sourced_id FROM (SELECT sourced_id, unnest(term_sourced_ids::JSON::VARCHAR[]) AS term"
        f" FROM ({_classes(scratch, live)}) WHERE term_sourced_ids <> '') c"
        f" JOIN ({terms}) t ON t.sourced_id = c.term GROUP BY c.sourced_id HAVING max(t.end_date) <= '{today}'"
    )
    scratch.run(f"CREATE OR REPLACE TEMP TABLE ended_class AS {over}")
    ended: dict[str, int] = {}
    if scratch.has_relation(gone_table(CLASSES)):
        ended[CLASSES.name] = scratch.count(
            f"SELECT count(*) FROM {counted_gone(scratch, CLASSES)} SEMI JOIN ended_class USING (sourced_id)"
        )
    if scratch.has_relation(gone_table(ENROLLMENTS)):
        ended[ENROLLMENTS.name] = scratch.count(
            f"SELECT count(*) FROM {counted_gone(scratch, ENROLLMENTS)} WHERE (end_date <> '' AND end_date <= ?)"
            " OR class_sourced_id IN (SELECT sourced_id FROM ended_class)",
            [today],
        )
    return ended


def _classes(scratch: Scratch, live: LiveRoster) -> str:
    """The classes that the removals are about, as the roster knew them, with their terms."""
    parts = []
    if scratch.has_relation(gone_table(CLASSES)):
        parts.append(f"SELECT sourced_id, term_sourced_ids FROM {gone_table(CLASSES)}")
    if scratch.has_relation(gone_table(ENROLLMENTS)):
        wanted = scratch.reader(
            f"SELECT DISTINCT class_sourced_id AS sourced_id FROM {gone_table(ENROLLMENTS)}"
        ).read_all()
        _land_rows(scratch, live.rows(CLASSES, wanted), "sourced_id, term_sourced_ids", "known_class")
        parts.append("SELECT sourced_id, term_sourced_ids FROM known_class")
    return " UNION ".join(parts) or "SELECT '' AS sourced_id, '' AS term_sourced_ids WHERE false"


def _land_rows(scratch: Scratch, rows: pa.RecordBatchReader | pa.Table, columns: str, name: str) -> None:
    scratch.land(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {columns} FROM incoming", rows)
