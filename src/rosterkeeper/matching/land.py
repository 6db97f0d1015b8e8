"""Everything that a matching reads, brought into the scratch database.

The tables, with the columns that later steps may rely on (text, '' for none, where nothing else is said):

- `record`, one row a user record of any of the district's connections, removed connections' too: ``rec`` (a number, in
  the order of connection and id), ``connection_id``, ``sourced_id``, ``status`` (``active`` or ``left``), ``kind``
  (`tables.Kind`, the first of its kinds), ``kinds`` (a list), ``roles`` (a list of OneRoster words; of a record that
  left, those it had), ``is_teaching`` (has a teacher's seat today or later), ``enabled_user``, ``username``,
  ``user_ids``, ``given_name``, ``family_name``, ``preferred_given_name``, ``preferred_family_name``, ``identifier``,
  ``email``, ``agent_sourced_ids``, ``grades``, ``user_master_identifier``, and the values as they are compared:
  ``key_sourced_id``, ``key_master``, ``key_email``, ``key_username``, ``key_identifier`` (comparing.py).
- `account`: the columns of ``people_account``, ``id`` a number, and ``key_sourced_id``, ``key_master``, ``key_email``,
  ``key_username``, ``key_identifier``, ``key_external_id``.
- `known_person`: the columns of ``people_person``, ``id`` as ``person_id``. `known_record`: ``connection_id``,
  ``sourced_id``, ``person_id``, ``reason``.
- `ruling`: those that hold: ``id``, ``connection_id``, ``sourced_id``, ``word``, ``account_id``,
  ``other_connection_id``, ``other_sourced_id``.

What persons.py makes: `person`: ``person_id``, ``uid``, ``kind``, ``kinds`` (a list), ``status`` (``active`` or
``left``), ``left_at``, ``connection_id`` and ``sourced_id`` of the leading record, ``is_teaching``, ``sort_key``; and
`person_record`: ``connection_id``, ``sourced_id``, ``person_id``, ``reason``.

What link.py makes: `link`, one row a person: ``person_id``, ``result`` (`tables.Result`), ``reason``, ``account_id``
(0 for none); and `candidate`: ``person_id``, ``account_id``, ``rule``.
"""

from typing import Final

from rosterkeeper.engine.forms import literal
from rosterkeeper.engine.options import FAMILY_ROLES
from rosterkeeper.matching import tables
from rosterkeeper.matching.comparing import add_keys
from rosterkeeper.matching.keys import key_macros
from rosterkeeper.matching.rules import Settings
from rosterkeeper.matching.tables import Kind
from rosterkeeper.oneroster.fields import ENROLLMENTS, ROLES, USERS
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.database import Database

_USER_COLUMNS: Final = (
    *("enabled_user", "username", "user_ids", "given_name", "family_name", "preferred_given_name"),
    *("preferred_family_name", "identifier", "email", "agent_sourced_ids", "grades", "user_master_identifier"),
)
ACCOUNT_COLUMNS: Final = (
    *("id", "uid", "district_id", "origin", "external_id", "kind", "username", "email", "given_name", "family_name"),
    *("display_name", "sourced_id", "user_master_identifier", "identifier", "user_ids", "grades", "status"),
    *("suspended_by", "suspended_at", "sticky", "extra", "email_key", "username_key", "sort_key", "created_at"),
    "changed_at",
)
PERSON_COLUMNS: Final = (
    *("uid", "district_id", "kind", "status", "left_at", "connection_id", "sourced_id", "result", "reason"),
    *("account_id", "sort_key", "changed_at"),
)


def connections_of(database: Database, district: int) -> list[int]:
    """The district's connections, removed ones too: their people stay (L39)."""
    rows = database.rows("SELECT id FROM connections_connection WHERE district_id = $1 ORDER BY id", [district])
    return [int(row[0] or 0) for row in rows]


def land(
    database: Database, scratch: Scratch, settings: Settings, *, connections: list[int], district: int, today: str
) -> None:
    """Make the tables of the module's own docstring; ``today`` is the district's local date."""
    for statement in key_macros():
        scratch.run(statement)
    _land_roster(database, scratch, connections, today)
    scratch.run(_RECORD)
    for name in ("landed_user", "landed_role", "landed_seat", "roles_of"):
        scratch.run(f"DROP TABLE {name}")
    only = f"WHERE district_id = {district}"
    _land(database, scratch, "account", f"SELECT {', '.join(ACCOUNT_COLUMNS)} FROM {tables.ACCOUNTS} {only}")
    columns = ", ".join(PERSON_COLUMNS)
    _land(database, scratch, "known_person", f"SELECT id AS person_id, {columns} FROM {tables.PERSONS} {only}")
    columns = "connection_id, sourced_id, person_id, reason"
    _land(database, scratch, "known_record", f"SELECT {columns} FROM {tables.RECORDS} {only}")
    columns = "id, connection_id, sourced_id, word, account_id, other_connection_id, other_sourced_id"
    _land(database, scratch, "ruling", f"SELECT {columns} FROM {tables.RULINGS} {only} AND ended_at = ''")
    add_keys(scratch, settings.normalisers)


def _land_roster(database: Database, scratch: Scratch, connections: list[int], today: str) -> None:
    among = f"connection_id IN ({', '.join(map(str, connections)) or '0'})"
    columns = ", ".join(("connection_id", "sourced_id", "status", *_USER_COLUMNS))
    _land(database, scratch, "landed_user", f"SELECT {columns} FROM {USERS.table} WHERE {among}")
    columns = "connection_id, user_sourced_id AS sourced_id, status, role"
    _land(database, scratch, "landed_role", f"SELECT {columns} FROM {ROLES.table} WHERE {among}")
    taught = f"role = 'teacher' AND status = 'active' AND (end_date = '' OR end_date >= {literal(today)})"
    columns = "connection_id, user_sourced_id AS sourced_id"
    _land(
        database,
        scratch,
        "landed_seat",
        f"SELECT DISTINCT {columns} FROM {ENROLLMENTS.table} WHERE {among} AND {taught}",
    )
    family = ", ".join(literal(role) for role in FAMILY_ROLES)
    kind = (
        f"CASE WHEN role = 'student' THEN '{Kind.STUDENT}' WHEN role IN ({family}) THEN '{Kind.PARENT}'"
        f" ELSE '{Kind.STAFF}' END"
    )
    # Almost everybody has one role, and lists of one cost less than lists made by grouping.
    scratch.run(
        f"""
        CREATE TABLE roles_of AS
        WITH one AS (SELECT connection_id, sourced_id FROM landed_role GROUP BY ALL HAVING count(*) = 1)
        SELECT connection_id, sourced_id, status = 'active' AS is_here, [role] AS roles, [{kind}] AS kinds
        FROM landed_role SEMI JOIN one USING (connection_id, sourced_id)
        UNION ALL SELECT connection_id, sourced_id, status = 'active', list_sort(list(DISTINCT role)),
            list_sort(list(DISTINCT {kind}), 'ASC')
        FROM landed_role ANTI JOIN one USING (connection_id, sourced_id) GROUP BY ALL
        """
    )


def _land(database: Database, scratch: Scratch, name: str, sql: str) -> None:
    with database.reader(sql) as rows:
        scratch.land(f"CREATE TABLE {name} AS SELECT * FROM incoming", rows)


# A live record has its live roles; one that left, or whose roles all went, those it had. Whoever never had any is
# counted among students, who may do the least, and is not matched.
_RECORD: Final = f"""
    CREATE TABLE record AS
    SELECT row_number() OVER (ORDER BY u.connection_id, u.sourced_id) AS rec, u.connection_id, u.sourced_id,
        CASE WHEN u.status = 'active' THEN 'active' ELSE 'left' END AS status,
        CASE WHEN list_contains(r.kinds, '{Kind.STAFF}') THEN '{Kind.STAFF}'
            WHEN r.kinds IS NULL OR list_contains(r.kinds, '{Kind.STUDENT}') THEN '{Kind.STUDENT}'
            ELSE '{Kind.PARENT}' END AS kind,
        coalesce(r.kinds, ['{Kind.STUDENT}']) AS kinds, coalesce(r.roles, []) AS roles,
        u.status = 'active' AND s.sourced_id IS NOT NULL AS is_teaching,
        {", ".join(f"u.{each}" for each in _USER_COLUMNS)}
    FROM landed_user u
        LEFT JOIN (SELECT * FROM roles_of QUALIFY row_number()
            OVER (PARTITION BY connection_id, sourced_id ORDER BY is_here DESC) = 1) r USING (connection_id, sourced_id)
        LEFT JOIN landed_seat s USING (connection_id, sourced_id)
"""
