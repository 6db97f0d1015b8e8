"""The people of a catalog, made in DuckDB of the landed roster: who has changed, where they stand, by which words.

`landed_*` are the tables of `catalog.py`. What comes of them is `person`, one row a user that is live or removed but
kept, and `person_fresh`, the rows to write.
"""

from typing import Final

from rosterkeeper.engine import forms
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.facets import ACTIVE, GRADE, ISSUE, REMOVED, ROLE, SCHOOL, STRETCH
from rosterkeeper.store.folding import LONGEST, fold_macros

FAMILY: Final = "'guardian', 'parent', 'relative'"
# To be raised with every change of what a row holds, so that all are written anew.
_FORM: Final = "'1'"
_NAMES: Final = ("given_name", "family_name", "middle_name", "preferred_given_name", "preferred_family_name")
_IDS: Final = ("sourced_id", "username", "identifier", "user_master_identifier")
_LISTS: Final = ("roles", "schools", "grades", "role_ids", "seat_ids", "profile_ids", "agent_of", "issues")
# Rows whose lists are gathered at once: some sixty megabytes.
_A_PART: Final = 1_000_000
PERSON_COLUMNS: Final = ("sourced_id", "print", "status", *_LISTS)


def make_people(scratch: Scratch) -> None:
    """Make `person`: its columns, the lists as JSON text ('' for none), and the folded name that it is sorted by."""
    for statement in fold_macros():
        scratch.run(statement)
    gather(scratch, "roles_of", _ROLES_OF, of="landed_roles", key="r.user_sourced_id")
    gather(scratch, "seats_of", _SEATS_OF, of="landed_enrollments", key="e.user_sourced_id")
    for statement in (_AGENT_OF, _PROFILES_OF, _SHARED, _SCHOOLS_OF):
        scratch.run(statement)
    lists = ", ".join(
        f"CASE WHEN len({each}) > 0 THEN to_json({each})::VARCHAR ELSE '' END AS {each}" for each in _LISTS
    )
    told = forms.row_hash([_FORM, "row_hash::VARCHAR", "status", *_LISTS])
    person = f"SELECT *, {told} AS print FROM (SELECT sourced_id, status, row_hash, key, {lists} FROM ({_PERSON}))"
    gather(scratch, "person", person, of="landed_users", key="sourced_id", rows=_A_PART // 4)
    for each in ("roles_of", "seats_of", "agent_of", "profiles_of", "shared_mail", "schools_of"):
        scratch.run(f"DROP TABLE {each}")


def place_people(scratch: Scratch, connection: int) -> None:
    """Make `person_fresh`, the changed people with rank and words, and `person_stale`, the ids whose rows must go.

    `catalogued` (sourced_id, print, rank) is what the database holds. Whoever has not changed keeps the rank; the
    others are put between, and where a gap is too small for them everybody is placed anew.
    """
    scratch.run(
        "CREATE TABLE kept AS SELECT c.sourced_id, c.rank FROM catalogued c"
        " JOIN person p ON p.sourced_id = c.sourced_id AND p.print = c.print"
    )
    scratch.run(_placed(connection))
    if scratch.count("SELECT count(*) FROM placed WHERE crowded"):
        scratch.run("DELETE FROM kept")
        scratch.run(_placed(connection))
    scratch.run("CREATE TABLE person_stale AS SELECT sourced_id FROM catalogued ANTI JOIN kept USING (sourced_id)")
    columns = ", ".join(f"p.{each}" for each in PERSON_COLUMNS)
    scratch.run(
        f"CREATE TABLE person_fresh AS SELECT f.rank, {columns}, {_words()} AS words FROM placed f"
        f" JOIN person p ON p.sourced_id = f.sourced_id JOIN ({_folded()}) u ON u.id = f.sourced_id ORDER BY f.rank"
    )


def gather(scratch: Scratch, name: str, select: str, *, of: str, key: str, rows: int = _A_PART) -> None:
    """Make the table ``name`` of lists that ``select`` gathers by ``key``, for a part of the keys at a time.

    A part has about so many ``rows`` of the table ``of``; ``select`` takes the condition of its part where it says
    ``{part}``. DuckDB keeps the lists that it gathers in memory, whatever there is of it, and those of a large
    district's enrollments would need most of a gigabyte.
    """
    parts = scratch.count(f"SELECT count(*) FROM {of}") // rows + 1
    scratch.run(f"CREATE TABLE {name} AS {select.format(part='false')}")
    for part in range(parts):
        scratch.run(f"INSERT INTO {name} {select.format(part=f'hash({key}) % {parts} = {part}')}")


_ROLES_OF: Final = """
    SELECT r.user_sourced_id AS sourced_id, list_sort(list(r.sourced_id)) AS role_ids,
        list_sort(list(DISTINCT r.role) FILTER (r.status = 'active')) AS roles,
        list_sort(list(DISTINCT r.role)) AS past_roles,
        list(DISTINCT o.sourced_id) FILTER (r.status = 'active') AS schools,
        list(DISTINCT o.sourced_id) FILTER (o.sourced_id IS NOT NULL) AS past_schools
    FROM landed_roles r LEFT JOIN landed_orgs o
        ON o.sourced_id = r.org_sourced_id AND o.type = 'school' AND o.status = 'active'
    WHERE {part} GROUP BY ALL
"""
_SEATS_OF: Final = """
    SELECT e.user_sourced_id AS sourced_id, list_sort(list(e.sourced_id)) AS seat_ids,
        count(*) FILTER (e.status = 'active' AND c.status = 'active' AND e.role = 'student') AS learning,
        count(*) FILTER (e.status = 'active' AND c.status = 'active' AND e.role = 'teacher') AS teaching,
        list(DISTINCT c.school_sourced_id) FILTER (e.status = 'active' AND c.status = 'active') AS schools
    FROM landed_enrollments e LEFT JOIN landed_classes c ON c.sourced_id = e.class_sourced_id
    WHERE {part} GROUP BY ALL
"""
_AGENT_OF: Final = """
    CREATE TABLE agent_of AS SELECT agent AS sourced_id, list_sort(list(DISTINCT student)) AS agent_of FROM
        (SELECT sourced_id AS student, unnest(agent_sourced_ids::JSON::VARCHAR[]) AS agent FROM landed_users
         WHERE agent_sourced_ids <> '') GROUP BY ALL
"""
_PROFILES_OF: Final = """
    CREATE TABLE profiles_of AS SELECT user_sourced_id AS sourced_id, list_sort(list(sourced_id)) AS profile_ids
    FROM landed_user_profiles GROUP BY ALL
"""
_SHARED: Final = """
    CREATE TABLE shared_mail AS SELECT lower(trim(email)) AS mail FROM landed_users
    WHERE status = 'active' AND email <> '' GROUP BY ALL HAVING count(*) > 1
"""
# Whose people a school's viewers may see: those with a role there, those in its classes, and the family of both.
_SCHOOLS_OF: Final = f"""
    CREATE TABLE schools_of AS SELECT sourced_id, list_sort(list(DISTINCT school)) AS schools FROM (
        SELECT u.sourced_id, unnest(CASE WHEN u.status = 'active' THEN r.schools ELSE r.past_schools END) AS school
        FROM landed_users u JOIN roles_of r USING (sourced_id)
        UNION ALL SELECT sourced_id, unnest(schools) FROM seats_of
        UNION ALL SELECT a.sourced_id, unnest(coalesce(r.schools, []) || coalesce(s.schools, []))
        FROM (SELECT sourced_id, unnest(agent_of) AS student FROM agent_of) a
        JOIN roles_of family ON family.sourced_id = a.sourced_id AND list_has_any(family.roles, [{FAMILY}])
        LEFT JOIN roles_of r ON r.sourced_id = a.student LEFT JOIN seats_of s ON s.sourced_id = a.student
    ) WHERE school IS NOT NULL AND school <> '' GROUP BY ALL
"""
_PERSON: Final = """
    SELECT u.sourced_id, u.status, u.row_hash,
        fold(CASE WHEN u.preferred_family_name <> '' THEN u.preferred_family_name ELSE u.family_name END) || chr(31)
            || fold(CASE WHEN u.preferred_given_name <> '' THEN u.preferred_given_name ELSE u.given_name END) AS key,
        coalesce(CASE WHEN u.status = 'active' THEN r.roles ELSE r.past_roles END, []) AS roles,
        coalesce(w.schools, []) AS schools,
        CASE WHEN u.grades = '' THEN [] ELSE u.grades::JSON::VARCHAR[] END AS grades,
        r.role_ids, s.seat_ids, p.profile_ids, a.agent_of,
        CASE WHEN u.status <> 'active' THEN [] ELSE list_filter([
            CASE WHEN list_contains(r.roles, 'student') AND coalesce(s.learning, 0) = 0
                THEN 'students_without_class' END,
            CASE WHEN list_contains(r.roles, 'teacher') AND coalesce(s.teaching, 0) = 0
                THEN 'teachers_without_class' END,
            CASE WHEN u.email = '' THEN 'people_without_email' END,
            CASE WHEN m.mail IS NOT NULL THEN 'people_sharing_email' END,
            CASE WHEN len(coalesce(r.schools, [])) = 0 THEN 'people_without_school' END
        ], lambda each: each IS NOT NULL) END AS issues
    FROM (SELECT * FROM landed_users WHERE {part}) u
        LEFT JOIN (SELECT * FROM roles_of WHERE {part}) r USING (sourced_id)
        LEFT JOIN (SELECT * FROM seats_of WHERE {part}) s USING (sourced_id)
        LEFT JOIN (SELECT * FROM profiles_of WHERE {part}) p USING (sourced_id)
        LEFT JOIN (SELECT * FROM agent_of WHERE {part}) a USING (sourced_id)
        LEFT JOIN (SELECT * FROM schools_of WHERE {part}) w USING (sourced_id)
        LEFT JOIN shared_mail m ON m.mail = lower(trim(u.email))
"""


def _placed(connection: int) -> str:
    first, last = connection * STRETCH, (connection + 1) * STRETCH - 1
    so_far = "(ORDER BY key, sourced_id ROWS UNBOUNDED PRECEDING)"
    from_here = "(ORDER BY key, sourced_id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)"
    return f"""
        CREATE OR REPLACE TABLE placed AS
        SELECT sourced_id, above - below <= company AS crowded,
            (below + (above - below) // (company + 1) * nth)::BIGINT AS rank
        FROM (
            SELECT *, row_number() OVER (PARTITION BY below ORDER BY key, sourced_id) AS nth,
                count(*) OVER (PARTITION BY below) AS company
            FROM (
                SELECT p.sourced_id, p.key, k.rank AS kept_rank,
                    coalesce(max(k.rank) OVER {so_far}, {first}) AS below,
                    coalesce(min(k.rank) OVER {from_here}, {last}) AS above
                FROM person p LEFT JOIN kept k USING (sourced_id)
            ) WHERE kept_rank IS NULL
        )
    """


def _folded() -> str:
    """The landed users as `_words` reads them: each text folded once, and ``unspaced`` in the two orders of a name."""
    folded = ", ".join(f"fold({each}) AS {each}" for each in (*_NAMES, *_IDS, "email"))
    return (
        "SELECT *, CASE WHEN strlen(family_name || given_name) = length(family_name || given_name) THEN []"
        " ELSE tails_of(family_name || given_name) || tails_of(given_name || family_name) END AS unspaced"
        f" FROM (SELECT sourced_id AS id, user_ids, {folded} FROM landed_users)"
    )


def _words() -> str:
    """Everything a person may be found by, folded, and the facets, as one text."""
    parts = [f"words_of(u.{each})" for each in _NAMES]
    parts += [f"ids_of(u.{each})" for each in _IDS]
    parts += ["[regexp_replace(u.email, '[\\s\\x22]+', '', 'g')]", "u.unspaced"]
    more = "flatten(list_transform(u.user_ids::JSON::VARCHAR[], lambda each: ids_of(fold(each))))"
    parts += [f"CASE WHEN u.user_ids = '' THEN [] ELSE {more} END"]
    found = f"list_distinct(list_transform({' || '.join(parts)}, lambda each: left(each, {LONGEST})))"
    found = f"list_filter({found}, lambda each: each <> '' AND each[1] <> '=')"
    facets = [f"CASE WHEN p.status = 'active' THEN ['={ACTIVE}'] ELSE ['={REMOVED}'] END"]
    for kind, column in ((SCHOOL, "schools"), (ROLE, "roles"), (GRADE, "grades"), (ISSUE, "issues")):
        listed = f"list_transform(p.{column}::JSON::VARCHAR[], lambda each: facet('{kind}', each))"
        facets.append(f"CASE WHEN p.{column} = '' THEN [] ELSE {listed} END")
    return f"array_to_string({found} || {' || '.join(facets)}, ' ')"
