"""What class groups are made of, read from the database, and the difference written back."""

from typing import Final

from rosterkeeper.engine.forms import literal
from rosterkeeper.matching.groups import GROUP_COLUMNS, LEARNS, TEACHES
from rosterkeeper.matching.roster import Roster
from rosterkeeper.matching.tables import EXTRAS, GROUP_SETTINGS, GROUPS, PARTS, SETTINGS
from rosterkeeper.oneroster.fields import ACADEMIC_SESSIONS, CLASSES, COURSES, ENROLLMENTS, ORGS, Entity
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.store.database import Database

_KEPT: Final = tuple(each for each in GROUP_COLUMNS if each not in ("connection_id", "class_sourced_id"))
_LIVE: Final = "status = 'active'"
_ROLES: Final = f"'{TEACHES}', '{LEARNS}'"
_LANDED: Final[tuple[tuple[str, Entity, tuple[str, ...]], ...]] = (
    ("session_in", ACADEMIC_SESSIONS, ("sourced_id", "title", "start_date", "end_date")),
    ("course_in", COURSES, ("sourced_id", "title")),
    ("school_in", ORGS, ("sourced_id", "name")),
    (
        "class_in",
        CLASSES,
        (
            *("sourced_id", "title", "class_code", "course_sourced_id", "school_sourced_id"),
            *("term_sourced_ids", "periods", "grades"),
        ),
    ),
)
_SEAT: Final = ("class_sourced_id", "user_sourced_id", "role", "primary", "begin_date", "end_date")


def land_groups(database: Database, scratch: Scratch, roster: Roster, *, district: int) -> None:
    """Land the live classes with what belongs to them, and the class groups that are there.

    Of enrollments, the most by far, only the columns that are asked for are ever read, and each time anew.
    """
    for name, entity, columns in _LANDED:
        scratch.run(f"CREATE TABLE {name} AS {roster.rows(entity, columns, only=_LIVE)}")
    only = f"{_LIVE} AND role IN ({_ROLES})"
    scratch.run(f"CREATE VIEW seat_in AS {roster.rows(ENROLLMENTS, _SEAT, only=only)}")
    known = "id, connection_id, class_sourced_id, name, name_by, status, print"
    with database.reader(f"SELECT {known} FROM {GROUPS} WHERE district_id = {district} AND kind = 'class'") as rows:
        scratch.land("CREATE TABLE known_group AS SELECT * REPLACE (id::BIGINT AS id) FROM incoming", rows)


def template_of(database: Database, district: int) -> str:
    """The district's template for names; '' for the default."""
    rows = database.rows(f"SELECT template FROM {GROUP_SETTINGS} WHERE district_id = $1", [district])
    return str(rows[0][0]) if rows else ""


def write_groups(database: Database, scratch: Scratch, *, district: int, now: str, today: str) -> None:
    """Write `group_fresh` and end `group_over`, inside the caller's transaction, before it says of which date it is.

    A group keeps its id and uid for good: one whose class has gone is ended and kept, and goes on when it returns.
    Members by hand who have begun or ended since the matching before change their group, too. ``now`` is RFC 3339 in
    UTC, ``today`` the district's local date.
    """
    if scratch.count("SELECT count(*) FROM group_fresh"):
        _write_fresh(database, scratch, district=district, now=now)
    if scratch.count("SELECT count(*) FROM group_over"):
        over = database.temporary(scratch.reader("SELECT id FROM group_over"))
        database.run(
            f"UPDATE {GROUPS} SET status = 'ended', ended_at = $1, changed_at = $1, print = 0, next_on = ''"
            f" WHERE id IN (SELECT id FROM {quoted(over)})",
            [now],
        )
        database.drop(over)
    _touch(database, district=district, now=now, today=today)


def _write_fresh(database: Database, scratch: Scratch, *, district: int, now: str) -> None:
    stamp: dict[str, str | int] = {"district_id": district, "kind": "class", "name_by": "template", "status": "active"}
    stamp |= {"ended_at": "", "changed_at": now}
    listed = ", ".join(("uid", *GROUP_COLUMNS))
    # Not what was known when the matching began: the resync of a user's groups may have made one since.
    live = f"SELECT 1 AS number FROM {GROUPS} WHERE district_id = $1 AND kind = 'class' LIMIT 1"
    is_first = not database.rows(live, [district])
    rows = scratch.reader(f"SELECT uuid()::VARCHAR AS uid, {', '.join(GROUP_COLUMNS)} FROM group_fresh")
    if is_first:
        with database.filling(GROUPS):
            database.append(GROUPS, rows, stamp)
        return
    fresh = database.temporary(rows)
    changed = ", ".join(f"{each} = excluded.{each}" for each in (*_KEPT, "status", "ended_at", "changed_at"))
    stamped = ", ".join(literal(each) if isinstance(each, str) else str(each) for each in stamp.values())
    database.run(
        f"INSERT INTO {GROUPS} ({listed}, {', '.join(stamp)})"
        f" SELECT {listed}, {stamped} FROM {quoted(fresh)} WHERE true"
        " ON CONFLICT (connection_id, class_sourced_id) WHERE NOT class_sourced_id = ''"
        f" DO UPDATE SET {changed}"
    )
    database.drop(fresh)


def _touch(database: Database, *, district: int, now: str, today: str) -> None:
    """Mark as changed the groups whose members by hand changed with the date, then the merged ones of all these."""
    rows = database.rows(f"SELECT matched_on FROM {SETTINGS} WHERE district_id = $1", [district])
    before = str(rows[0][0]) if rows else ""
    if before and before != today:
        database.run(
            f"UPDATE {GROUPS} SET changed_at = $1 WHERE district_id = $2 AND status = 'active' AND id IN"
            f" (SELECT group_id FROM {EXTRAS} WHERE district_id = $2 AND ((from_on > $3 AND from_on <= $4)"
            " OR (until_on >= $3 AND until_on < $4)))",
            [now, district, before, today],
        )
    database.run(
        f"UPDATE {GROUPS} SET changed_at = $1 WHERE district_id = $2 AND kind = 'merged' AND status = 'active' AND id"
        f" IN (SELECT p.group_id FROM {PARTS} p JOIN {GROUPS} g ON g.id = p.part_id"
        " WHERE g.district_id = $2 AND g.changed_at = $1)",
        [now, district],
    )
