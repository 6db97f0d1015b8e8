"""Writes what a directory's CSV changes: all of it in one transaction, and nothing over what changed meanwhile."""

from concurrent.futures import ThreadPoolExecutor

from rosterkeeper.matching.accounts import ACCOUNT_COLUMNS, Accounts
from rosterkeeper.matching.directory.comparing import WRITTEN
from rosterkeeper.matching.numbering import take_numbers
from rosterkeeper.matching.tables import ACCOUNTS, SETTINGS, Origin
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.store.database import Database


def write(database: Database, scratch: Scratch, accounts: Accounts, *, now: str) -> None:
    """Write `account_new` and `account_written`, and raise what matching is made of; ``now`` is RFC 3339 in UTC.

    An account that somebody changed since it was read stays as it is; the next upload sees to it.
    """
    district = accounts.district
    new = scratch.count("SELECT count(*) FROM account_new")
    written = scratch.count("SELECT count(*) FROM account_written")
    _make_rows(database, scratch, district, new, now)
    if not new and not written:
        accounts.keep(scratch, "SELECT * FROM account_rewritten", "SELECT * FROM account_made")
        return
    with ThreadPoolExecutor(1) as beside, database.transaction():
        keeping = beside.submit(
            accounts.keep, scratch.beside(), "SELECT * FROM account_rewritten", "SELECT * FROM account_made"
        )
        if written:
            columns = ", ".join(("id", "was", *WRITTEN))
            rows = database.temporary(scratch.reader(f"SELECT {columns} FROM account_written"))
            sets = ", ".join(f"{each} = w.{each}" for each in WRITTEN)
            database.run(
                f"UPDATE {ACCOUNTS} SET {sets}, changed_at = '{now}' FROM {quoted(rows)} w"
                f" WHERE {ACCOUNTS}.id = w.id AND {ACCOUNTS}.changed_at = w.was"
            )
            database.drop(rows)
        if new:
            with database.filling(ACCOUNTS):
                database.append(ACCOUNTS, scratch.reader("SELECT * FROM account_made ORDER BY id"))
        database.run(
            f"INSERT INTO {SETTINGS} (district_id, rules, options) VALUES ($1, '{{}}', '{{}}') ON CONFLICT DO NOTHING",
            [district],
        )
        database.run(f"UPDATE {SETTINGS} SET inputs = inputs + 1 WHERE district_id = $1", [district])
        keeping.result()


def _make_rows(database: Database, scratch: Scratch, district: int, new: int, now: str) -> None:
    """Make whole rows: `account_made` of the new ones, `account_rewritten` of those that change."""
    take_numbers(database, scratch, ACCOUNTS, new)
    # In order of time, so that the index of uids grows at one end.
    made = {
        "uid": "uuidv7()::VARCHAR",
        "district_id": f"{district}::BIGINT",
        "origin": f"'{Origin.CSV}'",
        "created_at": f"'{now}'",
        "changed_at": f"'{now}'",
        "sticky": "''",
        "extra": "''",
    }
    columns = ", ".join(f"{made.get(each, each)} AS {each}" for each in ACCOUNT_COLUMNS)
    numbered = "SELECT *, row_number() OVER (ORDER BY sort_key, line) AS nth FROM account_new"
    scratch.run(f"CREATE TABLE account_made AS SELECT {columns} FROM ({numbered}) JOIN number USING (nth)")
    scratch.run("DROP TABLE account_new")
    told = {each: f"w.{each}" for each in WRITTEN} | {"changed_at": f"'{now}'"}
    columns = ", ".join(f"{told.get(each, 'a.' + each)} AS {each}" for each in ACCOUNT_COLUMNS)
    scratch.run(
        f"CREATE TABLE account_rewritten AS SELECT {columns} FROM account_row a JOIN account_written w ON w.id = a.id"
    )
