"""The life of directory accounts: made, kept up to the roster, suspended, restored, purged; or held for a look.

Read are `record`, `account`, `known_person`, `ruling`, `person`, `person_record` and `link` (see land.py); made are
`account_new` and `account_changed`, whole rows of `people_account`, and `link` knows the new accounts. Rules:

- Without dispute, whoever is unmatched and whom the mode wants gets an account; a ruling wants it in any mode. Who
  has no role at all gets none.
- Accounts that the sync made follow their person's leading record, but for sticky fields. No other account's fields
  are touched. Of several accounts with one username the one that had it has it, or the oldest; the others have none.
- Where the status itself is sticky, somebody decided it: none of what follows happens.
- Leavers are suspended: accounts that the sync made, and linked ones where the district wants it. Whom the sync
  suspended, it restores when they return, as the same account. What a hand or the directory suspended stays so.
- An account of the sync's that nobody of the roster has any more is a leaver's.
- Long enough after that, what the sync made is purged: only number and uid stay.
- Too much of it at once is held, see guard.py: then nothing of all this happens.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rosterkeeper.matching.guard import Verdict, judge, keep_what_was
from rosterkeeper.matching.lifecycle_options import Life
from rosterkeeper.matching.numbering import TakeNumbers
from rosterkeeper.matching.tables import Kind, Mode, Origin, Result, Ruling, Status
from rosterkeeper.scratch import Scratch

# What an account takes from its person's record; each of them may be sticky.
FOLLOWED: Final = (
    *("username", "email", "given_name", "family_name", "display_name", "kind", "sourced_id"),
    *("user_master_identifier", "identifier", "user_ids", "grades"),
)
# Personal, and so blank in a purged account.
PERSONAL: Final = (*FOLLOWED, "external_id", "extra", "email_key", "username_key", "sort_key", "sticky")
COLUMNS: Final = (
    *("id", "uid", "district_id", "origin", "external_id", *FOLLOWED, "status", "suspended_by"),
    *("suspended_at", "sticky", "extra", "email_key", "username_key", "sort_key", "created_at", "changed_at"),
)
_NAMES: Final = {
    "given_name": "CASE WHEN r.preferred_given_name <> '' THEN r.preferred_given_name ELSE r.given_name END",
    "family_name": "CASE WHEN r.preferred_family_name <> '' THEN r.preferred_family_name ELSE r.family_name END",
}
_SUSPENDED_BY_SYNC: Final = f"a.status = '{Status.SUSPENDED}' AND a.suspended_by = 'sync'"


@dataclass(frozen=True, slots=True)
class LifeNumbers:
    """How many accounts were made, updated, suspended, restored and purged; and what is held (see `guard.Verdict`)."""

    created: int = 0
    updated: int = 0
    suspended: int = 0
    restored: int = 0
    purged: int = 0
    held: str = ""
    approved: str = ""


def live_on(scratch: Scratch, life: Life, take_numbers: TakeNumbers, *, district: int, now: str) -> LifeNumbers:
    """Make `account_new` and `account_changed`, and complete `link`; ``now`` is RFC 3339 in UTC.

    The macros of keys.py must be there.
    """
    _choose_new(scratch, life)
    _choose_fates(scratch, life, now)
    verdict = judge(scratch, life, now=now)
    if verdict.held:
        keep_what_was(scratch)
        for table in ("life_new", "life_fate"):
            scratch.run(f"DELETE FROM {table}")
    take_numbers(scratch.count("SELECT count(*) FROM life_new"))
    _make_new(scratch, district=district, now=now)
    _make_changed(scratch, now)
    _name_made(scratch)
    return _numbers(scratch, verdict)


def _choose_new(scratch: Scratch, life: Life) -> None:
    """Make `life_new`: person_id, and whether a ruling asked for it."""
    wanted = {
        Mode.MATCH: "false",
        Mode.CREATE: "true",
        Mode.CREATE_TEACHERS: f"(p.kind = '{Kind.STAFF}' AND p.is_teaching)",
    }[life.mode]
    scratch.run(
        f"""
        CREATE TABLE life_new AS
        WITH asked AS (
            SELECT DISTINCT s.person_id FROM ruling r JOIN person_record s USING (connection_id, sourced_id)
            WHERE r.word = '{Ruling.CREATE}'
        )
        SELECT p.person_id, asked.person_id IS NOT NULL AS is_ruled
        FROM person p JOIN link l USING (person_id) LEFT JOIN asked USING (person_id)
            JOIN record d ON d.connection_id = p.connection_id AND d.sourced_id = p.sourced_id
        WHERE p.status = 'active' AND l.account_id = 0 AND len(d.roles) > 0 AND (
            (l.result = '{Result.UNMATCHED}' AND {wanted})
            OR (asked.person_id IS NOT NULL AND l.result <> '{Result.IGNORED}'))
        """
    )


def _choose_fates(scratch: Scratch, life: Life, now: str) -> None:
    """Make `life_owner` (account_id, person_id, is_here) and `life_fate`: account_id and what becomes of it."""
    scratch.run(
        "CREATE TABLE life_owner AS SELECT l.account_id, min(l.person_id) AS person_id,"
        " bool_or(p.status = 'active') AS is_here FROM link l JOIN person p USING (person_id)"
        " WHERE l.account_id > 0 GROUP BY l.account_id"
    )
    made = f"a.origin = '{Origin.SYNC}'"
    may_suspend = f"({made} OR (o.account_id IS NOT NULL AND {str(life.options.suspend_linked).lower()}))"
    due = "false"
    if life.options.retention_days:
        before = _earlier(now, life.options.retention_days)
        due = f"{made} AND {_SUSPENDED_BY_SYNC} AND a.suspended_at < '{before}'"
    scratch.run(
        f"""
        CREATE TABLE life_fate AS SELECT * FROM (
            SELECT a.id AS account_id, CASE
                WHEN o.is_here AND {_SUSPENDED_BY_SYNC} THEN 'restore'
                WHEN NOT coalesce(o.is_here, false) AND a.status = '{Status.ACTIVE}' AND {may_suspend} THEN 'suspend'
                WHEN NOT coalesce(o.is_here, false) AND {due} THEN 'purge' END AS fate
            FROM account a LEFT JOIN life_owner o ON o.account_id = a.id
            WHERE a.status <> '{Status.PURGED}' AND NOT contains(a.sticky, '"status"')
        ) WHERE fate IS NOT NULL
        """
    )


def _earlier(now: str, days: int) -> str:
    """The moment so many days before, as the tables write moments."""
    moment = datetime.fromisoformat(now) - timedelta(days=min(days, 36_500))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _make_new(scratch: Scratch, *, district: int, now: str) -> None:
    """Make `account_new`, numbered in the order of persons, and give their accounts to them."""
    if not scratch.count("SELECT count(*) FROM life_new"):
        scratch.run(f"CREATE TABLE account_new AS SELECT {', '.join(COLUMNS)} FROM account WHERE false")
        return
    made = {
        "id": "id",
        "uid": "uuid()::VARCHAR",
        "district_id": f"{district}::BIGINT",
        "origin": f"'{Origin.SYNC}'",
        "status": f"'{Status.ACTIVE}'",
        "email_key": "lookup_key(email)",
        "username_key": "lookup_key(username)",
        "sort_key": "name_key(family_name, given_name, display_name, username)",
        "created_at": f"'{now}'",
        "changed_at": f"'{now}'",
    }
    columns = ", ".join(f"{made.get(each, each if each in FOLLOWED else repr(''))} AS {each}" for each in COLUMNS)
    scratch.run(
        "CREATE TABLE life_number AS SELECT n.person_id, n.is_ruled, number.id FROM (SELECT *, row_number() OVER"
        " (ORDER BY person_id) AS nth FROM life_new) n JOIN number USING (nth);"
        f"CREATE TABLE account_new AS SELECT {columns} FROM (SELECT n.id, {_told()}"
        " FROM life_number n JOIN person p USING (person_id)"
        " JOIN record r ON r.connection_id = p.connection_id AND r.sourced_id = p.sourced_id) ORDER BY id;"
        f"UPDATE link SET result = '{Result.CREATED}', account_id = n.id,"
        " reason = CASE WHEN n.is_ruled THEN 'created.ruling' ELSE 'created.mode' END"
        " FROM life_number n WHERE n.person_id = link.person_id"
    )


def _told() -> str:
    """What the record ``r`` of the person ``p`` says, as an account has it; what stands for nothing is left out."""
    said = _NAMES | {"display_name": f"trim({_plain('display_name')})", "kind": "p.kind"}
    for column in ("username", "email", "user_master_identifier", "identifier"):
        said[column] = f"CASE WHEN lookup_key(r.{column}) = '' THEN '' ELSE trim(r.{column}) END"
    return ", ".join(f"{said.get(column, f'r.{column}')} AS {column}" for column in FOLLOWED)


def _make_changed(scratch: Scratch, now: str) -> None:
    """Make `account_changed`: those with a fate, and those of the sync's whose record says something else."""
    followed = ", ".join(
        f"CASE WHEN f.{each} IS NULL OR contains(a.sticky, '\"{each}\"') THEN a.{each} ELSE f.{each} END AS {each}"
        for each in FOLLOWED
    )
    # What is plainly the same need not be looked at closely, and that is nearly all.
    plainly = " OR ".join(f"a.{each} <> {_plain(each)}" for each in FOLLOWED)
    scratch.run(
        f"""
        CREATE TABLE life_followed AS SELECT a.id AS account_id, {_told()}
        FROM account a JOIN life_owner o ON o.account_id = a.id AND o.is_here
            JOIN person p ON p.person_id = o.person_id
            JOIN record r ON r.connection_id = p.connection_id AND r.sourced_id = p.sourced_id
        WHERE a.origin = '{Origin.SYNC}' AND a.status <> '{Status.PURGED}' AND ({plainly});
        CREATE TABLE life_told AS SELECT a.id AS account_id, t.fate, {followed} FROM account a
            JOIN (SELECT account_id FROM life_followed UNION SELECT account_id FROM life_fate) c ON c.account_id = a.id
            LEFT JOIN life_followed f ON f.account_id = a.id LEFT JOIN life_fate t ON t.account_id = a.id;
        """
    )
    _share_out_usernames(scratch)
    differs = " OR ".join(f"a.{each} <> t.{each}" for each in FOLLOWED)
    scratch.run(
        f"CREATE TABLE account_changed AS SELECT {_changed_columns(now)}"
        f" FROM account a JOIN life_told t ON t.account_id = a.id WHERE t.fate IS NOT NULL OR {differs} ORDER BY a.id"
    )


def _plain(column: str) -> str:
    """What the record ``r`` of the person ``p`` says, where nothing unusual is in it."""
    if column == "display_name":
        return f"{_NAMES['given_name']} || ' ' || {_NAMES['family_name']}"
    return "p.kind" if column == "kind" else _NAMES.get(column, f"r.{column}")


def _changed_columns(now: str) -> str:
    purged = "t.fate = 'purge'"
    made = {
        "status": f"CASE t.fate WHEN 'suspend' THEN '{Status.SUSPENDED}' WHEN 'restore' THEN '{Status.ACTIVE}'"
        f" WHEN 'purge' THEN '{Status.PURGED}' ELSE a.status END",
        "suspended_by": "CASE t.fate WHEN 'suspend' THEN 'sync' WHEN 'restore' THEN '' ELSE a.suspended_by END",
        "suspended_at": f"CASE t.fate WHEN 'suspend' THEN '{now}' WHEN 'restore' THEN '' ELSE a.suspended_at END",
        "email_key": "lookup_key(t.email)",
        "username_key": "lookup_key(t.username)",
        "sort_key": "name_key(t.family_name, t.given_name, t.display_name, t.username)",
        "changed_at": f"'{now}'",
    } | {each: f"t.{each}" for each in FOLLOWED}
    listed = []
    for each in COLUMNS:
        value = made.get(each, f"a.{each}")
        listed.append(
            f"{f'CASE WHEN {purged} THEN {chr(39) * 2} ELSE {value} END' if each in PERSONAL else value} AS {each}"
        )
    return ", ".join(listed)


def _share_out_usernames(scratch: Scratch) -> None:
    """A username belongs to one account: to the one that has it, and of those that would get it to the oldest."""
    scratch.run(
        """
        CREATE TABLE life_wanted AS
        SELECT account_id AS id, lookup_key(username) AS key FROM life_told
        WHERE coalesce(fate, '') <> 'purge' AND account_id NOT IN
            (SELECT t.account_id FROM life_told t JOIN account a ON a.id = t.account_id WHERE a.username = t.username)
        UNION ALL SELECT id, username_key FROM account_new;
        CREATE TABLE life_username AS SELECT id FROM life_wanted WHERE key IN (
            SELECT username_key FROM account WHERE username_key <> '' AND id NOT IN (SELECT id FROM life_wanted)
                AND id NOT IN (SELECT account_id FROM life_fate WHERE fate = 'purge'))
        UNION SELECT id FROM life_wanted WHERE key <> '' QUALIFY row_number() OVER (PARTITION BY key ORDER BY id) > 1;
        UPDATE life_told SET username = '' WHERE account_id IN (SELECT id FROM life_username);
        UPDATE account_new SET username = '', username_key = '' WHERE id IN (SELECT id FROM life_username);
        """
    )


def _name_made(scratch: Scratch) -> None:
    """Whose account the sync made is called created, in this matching and later ones; a purged account is nobody's."""
    scratch.run(
        f"""
        UPDATE link SET result = '{Result.CREATED}' FROM account a
        WHERE a.id = link.account_id AND a.origin = '{Origin.SYNC}' AND link.result = '{Result.LINKED}';
        UPDATE link SET result = '{Result.UNMATCHED}', reason = 'left.purged', account_id = 0 FROM life_fate t
        WHERE t.account_id = link.account_id AND t.fate = 'purge';
        """
    )


def _numbers(scratch: Scratch, verdict: Verdict) -> LifeNumbers:
    rows = scratch.rows("SELECT fate, count(*) FROM life_fate GROUP BY fate")
    fates = {str(fate): int(number or 0) for fate, number in rows}
    return LifeNumbers(
        created=scratch.count("SELECT count(*) FROM account_new"),
        updated=scratch.count(
            "SELECT count(*) FROM account_changed c WHERE c.id NOT IN (SELECT account_id FROM life_fate)"
        ),
        suspended=fates.get("suspend", 0),
        restored=fates.get("restore", 0),
        purged=fates.get("purge", 0),
        held=verdict.held,
        approved=verdict.approved,
    )
