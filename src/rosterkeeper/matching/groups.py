"""Class groups: one a live class, with its students, owned by each of its teachers.

Made of the roster of a whole district for one local date, and compared with the groups that are there by a print of
what they are made of, so that a day builds and writes only the groups that it changed. Enrollments count from their
first to their last day, both included, and sessions alike: feeds write the last day of school as often as the day
after it, and nobody is to lose their class on its last day.

Read from the scratch database, all of the district's connections: `class_in`, `seat_in`, `session_in`, `course_in`,
`school_in`, `known_group` (group_tables.py), and `record`, `person` and `person_record` of the matching.
"""

from dataclasses import dataclass
from typing import Final

from rosterkeeper.engine.forms import row_hash
from rosterkeeper.matching.group_members import SHIFT, list_members
from rosterkeeper.matching.group_names import distinguish, filled_sql, parsed
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.folding import fold_macros

GROUP_COLUMNS: Final = (
    *("connection_id", "class_sourced_id", "school_sourced_id", "name", "sort_key"),
    *("owners", "students", "next_on", "print"),
)
TEACHES: Final = "teacher"
LEARNS: Final = "student"
# To be raised with every change of what a row holds, so that all are written anew.
FORM: Final = "1"
# A seat's share of its group's print: two sums over numbers that are scattered so, which no two sets of seats share.
_PRIME: Final = (1 << 31) - 1
_SCATTER: Final = (48_271, 69_621)


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """How many class groups a district has on a date, and of them how many are to be written."""

    live: int = 0
    fresh: int = 0
    ended: int = 0


def make_groups(scratch: Scratch, *, template: str, today: str) -> GroupCounts:
    """Make `class_group` (every live one), `group_fresh` (to be written, with members) and `group_over` (to be ended).

    ``today`` is the district's local date, YYYY-MM-DD; `known_group` holds what is there.
    """
    for statement in fold_macros():
        scratch.run(statement)
    scratch.run(_SESSIONS)
    scratch.run(_LIVE, [today])
    scratch.run(_RECORDS)
    scratch.run(_SPAN.format(now=_now(today), next=_next(today)))
    scratch.run(_SEAT)
    first, second = map(_sum, _SCATTER)
    scratch.run(_SUMS.format(first=first, second=second))
    _name(scratch, template, today)
    scratch.run(_GROUPS.format(print=row_hash(_PRINTED), ends=f"CASE WHEN ends >= '{today}' THEN {_after('ends')} END"))
    scratch.run(_FRESH)
    list_members(scratch)
    scratch.run("DROP TABLE seat; DROP TABLE span")
    scratch.run(_WRITTEN)
    scratch.run(_OVER)
    live, fresh, ended = (
        scratch.count(f"SELECT count(*) FROM {each}") for each in ("class_group", "group_fresh", "group_over")
    )
    return GroupCounts(live, fresh, ended)


def scattered(seats: list[int]) -> list[int]:
    """The two sums of a group's seats, each ``2 * person_id``, and one more where it teaches: as the SQL makes them."""
    return [sum((number := seat * factor % _PRIME) * number % _PRIME for seat in seats) for factor in _SCATTER]


def printed(cells: list[str]) -> str:
    """Of one group's cells the text whose hash is its print, see `_PRINTED`."""
    return "\x1f".join([FORM, *cells])


def _name(scratch: Scratch, template: str, today: str) -> None:
    stated = parsed(template)
    scratch.run(_TEACHER.format(now=_now(today)) if stated.has("teacher") else _NO_TEACHER)
    scratch.run(_NAMING.format(name=filled_sql(stated)))
    distinguish(scratch, stated)


def _now(today: str) -> str:
    return f"((e.begin_date = '' OR e.begin_date <= '{today}') AND (e.end_date = '' OR e.end_date >= '{today}'))"


def _after(column: str) -> str:
    return f"(try_cast({column} AS DATE) + 1)::VARCHAR"


def _next(today: str) -> str:
    """The next date on which a seat begins or no longer counts; the day after a last day is the one that changes."""
    return (
        "CASE WHEN e.begin_date = '' AND e.end_date = '' OR (e.begin_date <> '' AND e.end_date <> ''"
        f" AND e.end_date < e.begin_date) THEN NULL WHEN e.begin_date > '{today}' THEN e.begin_date"
        f" WHEN e.end_date >= '{today}' THEN {_after('e.end_date')} END"
    )


def _sum(factor: int) -> str:
    number = f"(xor(seat & {(1 << SHIFT) - 1}, 1) * {factor} % {_PRIME})"
    return f"sum({number} * {number} % {_PRIME}) FILTER (is_now)"


# The cells of a print, after the form: text all of them.
_PRINTED: Final = [f"'{FORM}'", "name", "school_sourced_id", "next_on", "seats::VARCHAR", "first::VARCHAR"]
_PRINTED.append("second::VARCHAR")

# A session that was removed, or that the source never sent, ends nothing.
_SESSIONS: Final = """
    CREATE OR REPLACE TABLE class_session AS
    SELECT c.connection_id, c.sourced_id, max(s.end_date) AS ends,
        first(s.title ORDER BY s.start_date, s.end_date DESC, s.title) AS term
    FROM (SELECT connection_id, sourced_id, unnest(term_sourced_ids::JSON::VARCHAR[]) AS session
          FROM class_in WHERE term_sourced_ids <> '') c
        JOIN session_in s ON s.connection_id = c.connection_id AND s.sourced_id = c.session
    GROUP BY ALL
"""
_LIVE: Final = """
    CREATE OR REPLACE TABLE live_class AS
    SELECT row_number() OVER () AS no, c.*, coalesce(s.ends, '') AS ends, coalesce(s.term, '') AS term
    FROM class_in c LEFT JOIN class_session s USING (connection_id, sourced_id)
    WHERE coalesce(s.ends, '') = '' OR s.ends >= $1
"""
_RECORDS: Final = """
    CREATE OR REPLACE TABLE seated_record AS
    SELECT p.connection_id, p.sourced_id, p.person_id
    FROM person_record p ANTI JOIN (SELECT * FROM record WHERE status <> 'active') r USING (connection_id, sourced_id)
"""
_SEATS: Final = """seat_in e
            JOIN {classes} c ON c.connection_id = e.connection_id AND c.sourced_id = e.class_sourced_id
            JOIN seated_record p ON p.connection_id = e.connection_id AND p.sourced_id = e.user_sourced_id"""
# Of first and last days there are few together, so what they mean for millions of seats is worked out once.
_SPAN: Final = """
    CREATE OR REPLACE TABLE span AS
    SELECT e.begin_date, e.end_date, {now} AS is_now, try_cast({next} AS DATE) AS day
    FROM (SELECT DISTINCT begin_date, end_date FROM seat_in) e
"""
# Millions of seats, each as three small values; for the number see group_members.py.
_SEAT: Final = f"""
    CREATE OR REPLACE TABLE seat AS
    SELECT (c.no << {SHIFT}) + 2 * p.person_id + (e.role <> '{TEACHES}')::BIGINT AS seat, d.is_now, d.day
    FROM {_SEATS.format(classes="live_class")}
            JOIN span d ON d.begin_date = e.begin_date AND d.end_date = e.end_date
"""
_SUMS: Final = f"""
    CREATE OR REPLACE TABLE group_sum AS
    SELECT seat >> {SHIFT} AS no, count(*) FILTER (is_now) AS seats, {{first}} AS first, {{second}} AS second,
        min(day)::VARCHAR AS next_on
    FROM seat GROUP BY seat >> {SHIFT}
"""
_TEACHER: Final = (
    """
    CREATE OR REPLACE TABLE group_teacher AS
    SELECT c.no, first(r.family_name ORDER BY e."primary" <> 'true', n.sort_key, n.person_id) AS teacher FROM """
    + _SEATS.format(classes="live_class")
    + """ JOIN person n USING (person_id)
            JOIN record r ON r.connection_id = n.connection_id AND r.sourced_id = n.sourced_id
    WHERE e.role = 'teacher' AND {now} GROUP BY ALL
"""
)
_NO_TEACHER: Final = "CREATE OR REPLACE TABLE group_teacher AS SELECT 0::BIGINT AS no, '' AS teacher WHERE false"
_NAMING: Final = """
    CREATE OR REPLACE TABLE naming AS
    SELECT no, place, class_sourced_id, known_id, known_name, is_fixed, period, term, code,
        CASE WHEN is_fixed THEN known_name ELSE {name} END AS name
    FROM (
        SELECT c.no, c.connection_id || ':' || c.school_sourced_id AS place, c.sourced_id AS class_sourced_id,
            coalesce(k.id, 0) AS known_id, coalesce(k.name, '') AS known_name,
            coalesce(k.name_by = 'hand', false) AS is_fixed,
            c.title, coalesce(o.title, '') AS course, c.class_code AS code, c.term, coalesce(p.name, '') AS school,
            coalesce(array_to_string(nullif(c.periods, '')::JSON::VARCHAR[], ', '), '') AS period,
            coalesce(array_to_string(nullif(c.grades, '')::JSON::VARCHAR[], ', '), '') AS grade,
            coalesce(t.teacher, '') AS teacher
        FROM live_class c
            LEFT JOIN known_group k ON k.connection_id = c.connection_id AND k.class_sourced_id = c.sourced_id
            LEFT JOIN course_in o ON o.connection_id = c.connection_id AND o.sourced_id = c.course_sourced_id
            LEFT JOIN school_in p ON p.connection_id = c.connection_id AND p.sourced_id = c.school_sourced_id
            LEFT JOIN group_teacher t ON t.no = c.no
    )
"""
_GROUPS: Final = """
    CREATE OR REPLACE TABLE class_group AS
    SELECT *, {print} AS print FROM (
        SELECT c.no, c.connection_id, c.sourced_id, c.school_sourced_id, n.name, left(fold(n.name), 200) AS sort_key,
            coalesce(least(x.next_on, {ends}), '') AS next_on,
            coalesce(x.seats, 0) AS seats, coalesce(x.first, 0) AS first, coalesce(x.second, 0) AS second
        FROM live_class c JOIN naming n USING (no) LEFT JOIN group_sum x USING (no)
    )
"""
_FRESH: Final = """
    CREATE OR REPLACE TABLE changed_group AS SELECT g.* FROM class_group g ANTI JOIN known_group k
        ON k.connection_id = g.connection_id AND k.class_sourced_id = g.sourced_id
        AND k.print = g.print AND k.status = 'active'
"""
_WRITTEN: Final = """
    CREATE OR REPLACE TABLE group_fresh AS
    SELECT c.* RENAME (sourced_id AS class_sourced_id),
        CASE WHEN o.members IS NULL THEN '[]' ELSE to_json(o.members)::VARCHAR END AS owners,
        CASE WHEN s.members IS NULL THEN '[]' ELSE to_json(s.members)::VARCHAR END AS students
    FROM changed_group c LEFT JOIN group_owners o USING (no) LEFT JOIN group_students s USING (no)
"""
_OVER: Final = """
    CREATE OR REPLACE TABLE group_over AS SELECT k.id FROM known_group k ANTI JOIN class_group g
        ON g.connection_id = k.connection_id AND g.sourced_id = k.class_sourced_id
    WHERE k.status = 'active'
"""
