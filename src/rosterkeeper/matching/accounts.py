"""A district's directory accounts, all columns of all of them, for steps that look at everybody at once.

A million rows come out of the database slowly, so a large directory is kept as a Parquet file beside it, too. That file
is never believed by itself: number and time of change of each account are read from the database, a row of the file
counts where both are the same, and what differs is read. So it does not matter when the file was written, or whether
what it was written with was ever committed. It asks one thing: who changes an account changes its `changed_at`.
"""

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

import pyarrow as pa

from rosterkeeper.matching.tables import ACCOUNTS
from rosterkeeper.scratch import Scratch, ScratchFault, quoted
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.database import Database
from rosterkeeper.store.parquet import parquet, write_parquet

ACCOUNT_COLUMNS: Final = (
    *("id", "uid", "district_id", "origin", "external_id", "kind", "username", "email", "given_name", "family_name"),
    *("display_name", "sourced_id", "user_master_identifier", "identifier", "user_ids", "grades", "status"),
    *("suspended_by", "suspended_at", "sticky", "extra", "email_key", "username_key", "sort_key", "created_at"),
    "changed_at",
)
# With fewer accounts a file saves nothing.
WORTH: Final = 10_000
_LISTED: Final = ", ".join(ACCOUNT_COLUMNS)
# A district with this share of all accounts is read in the table's order; by an index each row would be looked up.
_SHARE: Final = 8


def those_of(database: Database, table: str, district: int) -> str:
    """Which rows are the district's, said so that SQLite, which keeps no numbers, reads them the quick way."""
    mine = f"district_id = {district}"
    if not database.is_sqlite:
        return mine
    every, here = (
        int(database.rows(f"SELECT count(*) AS number FROM {table} WHERE {only}")[0][0] or 0) for only in ("true", mine)
    )
    return f"+{mine}" if here * _SHARE > every else mine


class Accounts:
    """One district's accounts: landed in a scratch database, and kept beside the database for the next time."""

    def __init__(self, artifacts: Artifacts, district: int, *, worth: int = WORTH) -> None:
        self.district = district
        self._worth = worth
        self._copy = artifacts.folder(f"accounts/{district}") / "accounts.parquet"
        self._is_kept = False

    def land(self, database: Database, scratch: Scratch) -> None:
        """Make `account_row`, a view of all columns of the district's accounts as they are in the database."""
        own = scratch.folder / "accounts_kept.parquet"
        if self._taken(own):
            # Whatever is wrong with the file, the database has it all.
            with suppress(ScratchFault):
                if (rows := self._mended(database, scratch, own)) is not None:
                    scratch.run(f"CREATE VIEW account_row AS {rows}")
                    return
        only = those_of(database, ACCOUNTS, self.district)
        read = scratch.folder / "accounts_read.parquet"
        with database.reader(f"SELECT {_LISTED} FROM {ACCOUNTS} WHERE {only}") as now:
            write_parquet(scratch, "SELECT * FROM incoming", read, incoming=now)
        scratch.run(f"CREATE VIEW account_row AS SELECT {_LISTED} FROM {parquet(read)}")

    def keep(self, scratch: Scratch, changed: str, new: str) -> None:
        """Keep the accounts as they will be: ``changed`` and ``new`` are queries of all columns of whole rows.

        Before the transaction that writes them ends: whoever is erased by it is not to be found here afterwards. May go
        on beside it, for it reads the scratch database only.
        """
        moved = scratch.count(f"SELECT (SELECT count(*) FROM ({changed})) + (SELECT count(*) FROM ({new}))")
        if self._is_kept and not moved:
            return
        rows = (
            f"SELECT {_LISTED} FROM account_row ANTI JOIN ({changed}) USING (id)"
            f" UNION ALL SELECT {_LISTED} FROM ({changed}) UNION ALL SELECT {_LISTED} FROM ({new})"
        )
        try:
            if scratch.count(f"SELECT count(*) FROM ({rows})") >= self._worth:
                self._write(scratch, rows)
            else:
                self._copy.unlink(missing_ok=True)
        except (OSError, ScratchFault):
            # It only saves time; an old one might hold whom the transaction erases.
            self._copy.unlink(missing_ok=True)

    def _taken(self, own: Path) -> bool:
        """Take hold of the file, which somebody else may replace meanwhile."""
        try:
            os.link(self._copy, own)
        except FileNotFoundError:
            return False
        except OSError:
            # Another file system.
            with suppress(OSError):
                shutil.copyfile(self._copy, own)
                return True
            return False
        return True

    def _mended(self, database: Database, scratch: Scratch, own: Path) -> str | None:
        """A query of the file's rows that are right, and of those that were read; None where hardly one is."""
        kept = parquet(own)
        # An index has both, so that the accounts themselves are not read.
        with database.reader(f"SELECT id, changed_at FROM {ACCOUNTS} WHERE district_id = {self.district}") as rows:
            scratch.land("CREATE OR REPLACE TABLE account_now AS SELECT * FROM incoming", rows)
        scratch.run(
            "CREATE OR REPLACE TABLE account_moved AS SELECT id FROM account_now"
            f" ANTI JOIN (SELECT id, changed_at FROM {kept}) USING (id, changed_at)"
        )
        counts = [f"SELECT count(*) FROM {each}" for each in ("account_now", "account_moved", kept)]
        now, moved, before = (scratch.count(each) for each in counts)
        if moved * 2 > now:
            return None
        if not moved and now == before:
            self._is_kept = True
            return f"SELECT {_LISTED} FROM {kept}"
        scratch.land("CREATE OR REPLACE TABLE account_newer AS SELECT * FROM incoming", self._newer(database, scratch))
        return (
            f"SELECT {_LISTED} FROM {kept} SEMI JOIN account_now USING (id, changed_at)"
            f" UNION ALL SELECT {_LISTED} FROM account_newer"
        )

    def _newer(self, database: Database, scratch: Scratch) -> pa.Table:
        moved = database.temporary(scratch.reader("SELECT id AS moved_id FROM account_moved"))
        mine = f"district_id = {self.district} AND id IN (SELECT moved_id FROM {quoted(moved)})"
        with database.reader(f"SELECT {_LISTED} FROM {ACCOUNTS} WHERE {mine}") as rows:
            newer = rows.read_all()
        database.drop(moved)
        return newer

    def _write(self, scratch: Scratch, rows: str) -> None:
        """Replace the file in one step, once it is on the disk whole."""
        folder = self._copy.parent
        folder.mkdir(parents=True, exist_ok=True)
        # What somebody who died has left; one who writes at this moment goes without.
        for left in folder.iterdir():
            if left != self._copy:
                left.unlink(missing_ok=True)
        made = folder / f"{secrets.token_hex(8)}.parquet"
        write_parquet(scratch, rows, made)
        with made.open("rb") as written:
            os.fsync(written.fileno())
        made.replace(self._copy)
