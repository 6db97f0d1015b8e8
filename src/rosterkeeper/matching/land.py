"""Everything that a matching reads, brought into the scratch database.

The tables, with the columns that later steps may rely on (text, '' for none, where nothing else is said):

- `record`, one row a user record of any of the district's connections, removed connections' too: ``rec`` (a number
  within this matching), ``connection_id``, ``sourced_id``, ``status`` (``active`` or ``left``), ``kind``
  (`tables.Kind`, the first of its kinds), ``kinds`` (a list), ``roles`` (a list of OneRoster words; of a record that
  left, those it had), ``is_teaching`` (has a teacher's seat today or later), ``enabled_user``, ``username``,
  ``user_ids``, ``given_name``, ``family_name``, ``preferred_given_name``, ``preferred_family_name``, ``identifier``,
  ``email``, ``agent_sourced_ids``, ``grades``, ``user_master_identifier``, and the values as they are compared:
  ``key_sourced_id``, ``key_master``, ``key_email``, ``key_username``, ``key_identifier`` (comparing.py).
- `account`: the columns of ``people_account``, ``id`` a number, of accounts that the sync neither made nor suspended
  without what nothing is held against (NULL), unless linked ones are suspended, too; and ``key_sourced_id``,
  ``key_master``, ``key_email``, ``key_username``, ``key_identifier``, ``key_external_id``.
- `known_person`: the columns of ``people_person``, ``id`` as ``person_id``. `known_record`: ``connection_id``,
  ``sourced_id``, ``person_id``, ``reason``.
- `ruling`: those that hold: ``id``, ``connection_id``, ``sourced_id``, ``word``, ``account_id``,
  ``other_connection_id``, ``other_sourced_id``.

What persons.py makes: `person`: ``person_id``, ``uid``, ``kind``, ``kinds`` (a list), ``status`` (``active`` or
``left``), ``left_at``, ``connection_id`` and ``sourced_id`` of the leading record, ``is_teaching``, ``sort_key``; and
`person_record`: ``rec``, ``connection_id``, ``sourced_id``, ``person_id``, ``reason``.

What link.py makes: `link`, one row a person: ``person_id``, ``result`` (`tables.Result`), ``reason``, ``account_id``
(0 for none); and `candidate`: ``person_id``, ``account_id``, ``rule``.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from rosterkeeper.engine.forms import literal
from rosterkeeper.engine.options import FAMILY_ROLES
from rosterkeeper.matching import tables
from rosterkeeper.matching.accounts import ACCOUNT_COLUMNS, Accounts, those_of
from rosterkeeper.matching.comparing import OF_ACCOUNT, OF_RECORD, looked_at, make_macros, mend_keys, with_keys
from rosterkeeper.matching.keys import key_macros
from rosterkeeper.matching.lifecycle_options import life_options
from rosterkeeper.matching.roster import Roster
from rosterkeeper.matching.rules import Settings
from rosterkeeper.matching.tables import Kind, Origin
from rosterkeeper.oneroster.fields import ENROLLMENTS, ROLES, USERS
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.database import Database

_USER_COLUMNS: Final = (
    *("enabled_user", "username", "user_ids", "given_name", "family_name", "preferred_given_name"),
    *("preferred_family_name", "identifier", "email", "agent_sourced_ids", "grades", "user_master_identifier"),
)
_COMPARED: Final = (
    *("id", "district_id", "origin", "external_id", "kind", "username", "email", "sourced_id", "identifier"),
    *("user_master_identifier", "user_ids", "status", "suspended_by", "changed_at"),
    # Not compared by a rule: a new account's username must be nobody else's.
    "username_key",
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
    database: Database, scratch: Scratch, settings: Settings, roster: Roster, accounts: Accounts, *, today: str
) -> None:
    """Make the tables of the module's own docstring; ``today`` is the district's local date.

    The database gives its rows by one thread, so the directory is read by another while the roster is.
    """
    for statement in key_macros():
        scratch.run(statement)
    make_macros(scratch, settings.normalisers)
    other = scratch.beside()
    with database.beside() as directory, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(land_directory, directory, other, settings, accounts)
        land_roster(scratch, settings, roster, today)
        waiting.result()


def land_roster(scratch: Scratch, settings: Settings, roster: Roster, today: str) -> None:
    """Make `record`. The macros must be there."""
    _land_roles(scratch, roster, today)
    users = f"({roster.rows(USERS, ('sourced_id', 'status', *_USER_COLUMNS))})"
    here = "u.status = 'active'"
    if life_options(settings.more).disabled_leave:
        here = f"({here} AND u.enabled_user <> 'false')"
    keys = looked_at(settings, OF_RECORD)
    scratch.run(f"CREATE TABLE landed_user AS {with_keys(_RECORD.format(users=users, here=here), OF_RECORD, keys)}")
    mend_keys(scratch, "landed_user", keys, settings.normalisers)
    # The row's own number: to count rows while they are made would keep all but one thread from making them.
    scratch.run("CREATE VIEW record AS SELECT rowid AS rec, * FROM landed_user")
    for name in ("sole_role", "several_roles", "landed_seat"):
        scratch.run(f"DROP TABLE {name}")


def land_directory(database: Database, scratch: Scratch, settings: Settings, accounts: Accounts) -> None:
    """Make `account` and what is known: `known_person`, `known_record`, `ruling`. The macros must be there."""
    only = f"WHERE district_id = {accounts.district}"
    accounts.land(database, scratch)
    # Whom the life cycle cannot touch is landed without what rules do not look at: half of it all.
    whole = "true" if life_options(settings.more).suspend_linked else f"'{Origin.SYNC}' IN (origin, suspended_by)"
    some = ", ".join(each if each in _COMPARED else f"NULL::VARCHAR AS {each}" for each in ACCOUNT_COLUMNS)
    rows = (
        f"SELECT {', '.join(ACCOUNT_COLUMNS)} FROM account_row WHERE {whole}"
        f" UNION ALL SELECT {some} FROM account_row WHERE NOT ({whole})"
    )
    keys = looked_at(settings, OF_ACCOUNT)
    scratch.run(f"CREATE TABLE account AS {with_keys(rows, OF_ACCOUNT, keys)}")
    mend_keys(scratch, "account", keys, settings.normalisers)
    columns = ", ".join(PERSON_COLUMNS)
    persons = those_of(database, tables.PERSONS, accounts.district)
    _land(database, scratch, "known_person", f"SELECT id AS person_id, {columns} FROM {tables.PERSONS} WHERE {persons}")
    columns = "connection_id, sourced_id, person_id, reason"
    _land(database, scratch, "known_record", f"SELECT {columns} FROM {tables.RECORDS} {only}")
    columns = "id, connection_id, sourced_id, word, account_id, other_connection_id, other_sourced_id"
    _land(database, scratch, "ruling", f"SELECT {columns} FROM {tables.RULINGS} {only} AND ended_at = ''")


def _land_roles(scratch: Scratch, roster: Roster, today: str) -> None:
    """Make `sole_role`, users with one role, `several_roles`, the others, and `landed_seat`, who teaches yet."""
    family = ", ".join(literal(role) for role in FAMILY_ROLES)
    kind = (
        f"CASE WHEN role = 'student' THEN '{Kind.STUDENT}' WHEN role IN ({family}) THEN '{Kind.PARENT}'"
        f" ELSE '{Kind.STAFF}' END"
    )
    roles = roster.rows(ROLES, ("user_sourced_id", "status", "role"))
    scratch.run(f"CREATE TABLE landed_role AS SELECT * RENAME (user_sourced_id AS sourced_id) FROM ({roles})")
    # Almost everybody has one role, and lists are dear: they are made where the records are.
    scratch.run(
        f"""
        CREATE TABLE many AS SELECT connection_id, sourced_id FROM landed_role GROUP BY ALL HAVING count(*) > 1;
        CREATE TABLE sole_role AS SELECT connection_id, sourced_id, role, {kind} AS kind
        FROM landed_role ANTI JOIN many USING (connection_id, sourced_id);
        CREATE TABLE several_roles AS
        SELECT connection_id, sourced_id, list_sort(list(DISTINCT role)) AS roles,
            list_sort(list(DISTINCT {kind})) AS kinds
        FROM (
            SELECT *, bool_or(status = 'active') OVER (PARTITION BY connection_id, sourced_id) AS has_live
            FROM landed_role SEMI JOIN many USING (connection_id, sourced_id)
        ) WHERE NOT has_live OR status = 'active' GROUP BY ALL;
        DROP TABLE landed_role; DROP TABLE many
        """
    )
    taught = f"role = 'teacher' AND status = 'active' AND (end_date = '' OR end_date >= {literal(today)})"
    seats = roster.rows(ENROLLMENTS, ("user_sourced_id",), only=taught)
    scratch.run(
        f"CREATE TABLE landed_seat AS SELECT DISTINCT connection_id, user_sourced_id AS sourced_id FROM ({seats})"
    )


def _land(database: Database, scratch: Scratch, name: str, sql: str) -> None:
    with database.reader(sql) as rows:
        scratch.land(f"CREATE TABLE {name} AS SELECT * FROM incoming", rows)


# A live record has its live roles; one that left, or whose roles all went, those it had. Whoever never had any is
# counted among students, who may do the least, and is not matched.
_RECORD: Final = f"""
    SELECT u.connection_id, u.sourced_id,
        CASE WHEN {{here}} THEN 'active' ELSE 'left' END AS status,
        CASE WHEN o.kind IS NOT NULL THEN o.kind WHEN list_contains(r.kinds, '{Kind.STAFF}') THEN '{Kind.STAFF}'
            WHEN r.kinds IS NULL OR list_contains(r.kinds, '{Kind.STUDENT}') THEN '{Kind.STUDENT}'
            ELSE '{Kind.PARENT}' END AS kind,
        CASE WHEN o.kind IS NOT NULL THEN [o.kind] ELSE coalesce(r.kinds, ['{Kind.STUDENT}']) END AS kinds,
        CASE WHEN o.role IS NOT NULL THEN [o.role] ELSE coalesce(r.roles, []) END AS roles,
        {{here}} AND s.sourced_id IS NOT NULL AS is_teaching,
        {", ".join(f"u.{each}" for each in _USER_COLUMNS)}
    FROM {{users}} u LEFT JOIN sole_role o USING (connection_id, sourced_id)
        LEFT JOIN several_roles r USING (connection_id, sourced_id)
        LEFT JOIN landed_seat s USING (connection_id, sourced_id)
"""
