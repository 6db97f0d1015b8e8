"""The classes, schools and terms of a catalog, made in DuckDB of the landed roster.

`class` has one row a class that is live or removed but kept; `place` one a school or session with its numbers.
"""

from typing import Final

from rosterkeeper.engine import forms
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.catalog_people import gather

# Of what goes into an index there must be an end; the words begin with a blank, as each word does.
_LISTS: Final = ("seat_ids", "terms", "issues")
# To be raised with every change of what a row holds, so that all are written anew.
_FORM: Final = "'1'"
CLASS_COLUMNS: Final = (
    *("sourced_id", "print", "status", "school_sourced_id", "sort_key", "words"),
    *("students", "teachers", "terms", "issues"),
)
# Apart from the class, so that going through all classes does not mean going through all enrollments.
SEATS_COLUMNS: Final = ("sourced_id", "seat_ids")

_SEATS: Final = """
    SELECT sourced_id, list_sort(list(seat)) AS seat_ids,
        count(DISTINCT student) AS students, count(DISTINCT teacher) AS teachers
    FROM (
        SELECT class_sourced_id AS sourced_id, sourced_id AS seat,
            CASE WHEN role = 'student' AND is_here THEN hash(user_sourced_id) END AS student,
            CASE WHEN role = 'teacher' AND is_here THEN hash(user_sourced_id) END AS teacher
        FROM (
            SELECT *, status = 'active' AND user_sourced_id NOT IN
                (SELECT sourced_id FROM landed_users WHERE status <> 'active') AS is_here
            FROM landed_enrollments WHERE {part}
        )
    ) GROUP BY ALL
"""
_CLASS: Final = """
    SELECT c.sourced_id, c.status, c.row_hash, c.school_sourced_id, left(fold(c.title), 200) AS sort_key,
        ' ' || left(array_to_string(list_filter(list_distinct(
            words_of(fold(c.title)) || words_of(fold(c.class_code)) || words_of(fold(c.sourced_id))
            || tails_of(fold(c.title))
        ), lambda each: each <> ''), ' '), 400) AS words,
        coalesce(s.students, 0) AS students, coalesce(s.teachers, 0) AS teachers, s.seat_ids,
        CASE WHEN c.term_sourced_ids = '' THEN [] ELSE c.term_sourced_ids::JSON::VARCHAR[] END AS terms,
        CASE WHEN c.status <> 'active' THEN [] ELSE list_filter([
            CASE WHEN coalesce(s.teachers, 0) = 0 THEN 'classes_without_teacher' END,
            CASE WHEN coalesce(s.students, 0) = 0 THEN 'classes_without_student' END
        ], lambda each: each IS NOT NULL) END AS issues
    FROM landed_classes c LEFT JOIN seats_in s USING (sourced_id)
"""
# A school counts those who have a role in it, as a district's own statistics do (L25, S16).
_PLACES: Final = """
    CREATE TABLE place AS
    SELECT 'school' AS kind, o.sourced_id, coalesce(p.students, 0) AS students, coalesce(p.teachers, 0) AS teachers,
        coalesce(p.people, 0) AS people, coalesce(c.classes, 0) AS classes
    FROM landed_orgs o LEFT JOIN (
        SELECT r.org_sourced_id AS sourced_id, count(DISTINCT r.user_sourced_id) AS people,
            count(DISTINCT r.user_sourced_id) FILTER (r.role = 'student') AS students,
            count(DISTINCT r.user_sourced_id) FILTER (r.role = 'teacher') AS teachers
        FROM landed_roles r JOIN landed_users u ON u.sourced_id = r.user_sourced_id AND u.status = 'active'
        WHERE r.status = 'active' GROUP BY ALL
    ) p USING (sourced_id) LEFT JOIN (
        SELECT school_sourced_id AS sourced_id, count(*) AS classes FROM landed_classes WHERE status = 'active'
        GROUP BY ALL
    ) c USING (sourced_id)
    UNION ALL
    SELECT 'term', s.sourced_id, 0, 0, 0, count(c.sourced_id)
    FROM landed_academic_sessions s LEFT JOIN (
        SELECT sourced_id, unnest(terms::JSON::VARCHAR[]) AS term FROM class WHERE status = 'active' AND terms <> ''
    ) c ON c.term = s.sourced_id GROUP BY ALL
"""


def make_classes(scratch: Scratch) -> None:
    """Make `class`; the macros of `folding` must be there."""
    gather(scratch, "seats_in", _SEATS, of="landed_enrollments", key="class_sourced_id")
    lists = ", ".join(
        f"CASE WHEN len({each}) > 0 THEN to_json({each})::VARCHAR ELSE '' END AS {each}" for each in _LISTS
    )
    plain = "sourced_id, status, row_hash, school_sourced_id, sort_key, words, students, teachers"
    told = (_FORM, "row_hash::VARCHAR", "status", "students::VARCHAR", "teachers::VARCHAR", *_LISTS)
    scratch.run(
        f"CREATE TABLE class AS SELECT *, {forms.row_hash(list(told))} AS print"
        f" FROM (SELECT {plain}, {lists} FROM ({_CLASS}))"
    )


def make_places(scratch: Scratch) -> None:
    """Make `place`: the numbers of each org and session, whatever its status."""
    scratch.run(_PLACES)
