"""Pages into the scratch database: one INSERT a page, lists made JSON text by DuckDB.

A page that is a table already is left where it is: the raw table becomes a view of such parts. Only where they get
too many are they copied into one.
"""

from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from rosterkeeper.oneroster.fields import ROLES, USER_PROFILES, USERS, Entity
from rosterkeeper.scratch import Scratch, ScratchFault, quoted
from rosterkeeper.sources.contract import create_raw, raw_fields, raw_table
from rosterkeeper.sources.oneroster.plain import DATES, MODIFIED, Part
from rosterkeeper.sources.oneroster.reading import Sheet
from rosterkeeper.sources.oneroster.records import ROLE_FIELDS

# A view of more parts than this takes longer to understand than it saves.
MOST_PARTS: Final = 32
# A nested role has no id of its own: the same role of the same user gets the same one on every pull.
_ROLE_ID = "md5(concat_ws('|', {}))".format(
    ", ".join(
        f"coalesce({name}, '')" for name in ("user_sourced_id", "role", "org_sourced_id", "role_type", "begin_date")
    )
)
# A profile's own id is that of its first credential; the standard's CSV has a row for each.
_PROFILE_ID = (
    "CASE WHEN place = 1 AND profile_id <> '' THEN profile_id ELSE md5(concat_ws('|', user_sourced_id,"
    " coalesce(profile_id, ''), coalesce(profile_type, ''), coalesce(vendor_id, ''), coalesce(application_id, ''),"
    " place)) END"
)
_PROFILE_COLUMNS = (
    "user_sourced_id",
    "profile_type",
    "vendor_id",
    "application_id",
    "description",
    "credential_type",
    "username",
)


class RawShelf:
    """Keeps the pages of one collection in its raw table, and for users the roles and profiles in theirs.

    A context manager: leaving before `finish` takes all pages back. Those that are inserted are one transaction of the
    scratch database, which saves writing each twice.
    """

    def __init__(self, scratch: Scratch, entity: Entity, *, most_parts: int = MOST_PARTS) -> None:
        self._scratch = scratch
        self._entity = entity
        self._most_parts = most_parts
        self._nested = (ROLES, USER_PROFILES) if entity is USERS else ()
        self._names = ["row", *(field.column for field in raw_fields(entity)), "metadata"]
        self._open = False
        # Whether the raw table is there, whether it holds rows, and the tables that hold the others.
        self._made = self._filled = False
        self._parts: list[Part] = []
        self.bare = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._take_back()

    def clear(self) -> None:
        """Begin anew."""
        self._take_back()
        self.bare = False

    def put(self, content: Sheet | Part) -> None:
        """Land one page."""
        self.bare = self.bare or content.bare
        if isinstance(content, Sheet):
            self._put_sheet(content)
            return
        self._parts.append(content)
        if len(self._parts) > self._most_parts:
            self._gather()

    def _make(self) -> None:
        """Make the raw tables, where a row is to stand in them or there is none at all: parts need none."""
        if not self._made:
            self._made = True
            for entity in (self._entity, *self._nested):
                create_raw(self._scratch, entity)

    def _put_sheet(self, content: Sheet) -> None:
        if not self._open:
            self._make()
            self._scratch.run("BEGIN TRANSACTION")
            self._open = self._filled = True
        cells = [
            f"CASE WHEN len({quoted(field.column)}) > 0 THEN CAST(to_json({quoted(field.column)}) AS VARCHAR) END"
            if field.is_list
            else quoted(field.column)
            for field in raw_fields(self._entity)
        ]
        self._insert(self._entity, self._names, ["row", *cells, "metadata"], content.rows)
        if content.roles is not None:
            inside = ["user_sourced_id", *(field.column for field in ROLE_FIELDS)]
            self._insert(ROLES, ["row", "sourced_id", *inside], ["row", _ROLE_ID, *map(quoted, inside)], content.roles)
        if content.profiles is not None:
            names = ["row", "sourced_id", *_PROFILE_COLUMNS]
            self._insert(USER_PROFILES, names, ["row", _PROFILE_ID, *_PROFILE_COLUMNS], content.profiles)

    def distinct(self) -> int:
        """How many different ids have landed, blank ones apart."""
        return self._scratch.count(f"SELECT count(DISTINCT sourced_id) FILTER (sourced_id <> '') FROM {self._landed()}")

    def scattered(self) -> int:
        """How many ids stand in several rows that are not side by side."""
        return self._scratch.count(
            f"SELECT count(*) FROM (SELECT sourced_id FROM {self._landed()} WHERE sourced_id <> ''"
            " GROUP BY sourced_id HAVING max(row) - min(row) >= count(*))"
        )

    def fingerprint(self) -> str:
        """A hash over the ids that have landed, each as often as it is there."""
        rows = self._scratch.rows(f"SELECT count(*), sum(hash(sourced_id)) FROM {self._landed()}")
        return str(rows[0])

    def dates(self) -> tuple[datetime | None, int]:
        """The latest dateLastModified of what has landed (in UTC), and how many records have none that can be read."""
        if self._parts and not self._filled:
            # Asked where each part was made: at the end, one thread would go through all of them while others wait.
            told = [part.latest for part in self._parts if part.latest]
            # Of texts the greatest is not the latest where a year has more than four digits.
            latest = max(told, key=lambda each: (len(each), each), default="")
            return _moment(latest), sum(part.undated for part in self._parts)
        row = self._scratch.rows(f"SELECT {DATES} FROM {self._landed()}")[0]
        return _moment(str(row[0] or "")), int(row[1] or 0)

    def before(self, moment: str) -> int:
        """How many of the landed records changed before ``moment`` (RFC 3339), or do not say when."""
        return self._scratch.count(
            f"SELECT count(*) FROM {self._landed()} WHERE {MODIFIED} IS NULL OR {MODIFIED} < CAST(? AS TIMESTAMPTZ)",
            [moment],
        )

    def finish(self) -> dict[str, int]:
        """Keep what has landed; gives the rows of each nested entity, and drops the tables of those without any."""
        self._settle()
        if self._parts and not self._made:
            self._scratch.run(f"CREATE VIEW {raw_table(self._entity)} AS {self._of_parts()}")
            self._parts = []
            return {}
        self._gather()
        found: dict[str, int] = {}
        for entity in self._nested:
            rows = self._scratch.count(f"SELECT count(*) FROM {raw_table(entity)}")
            if rows:
                found[entity.name] = rows
            else:
                self._scratch.run(f"DROP TABLE {raw_table(entity)}")
        self._made = self._filled = False
        return found

    def _landed(self) -> str:
        """All rows that have landed, as something to select from."""
        # A transaction sees nothing of the parts that were made after it began.
        self._settle()
        if not self._parts:
            self._make()
            return raw_table(self._entity)
        own = [f"FROM {raw_table(self._entity)}"] if self._made else []
        return f"({' UNION ALL '.join([*own, self._of_parts()])})"

    def _of_parts(self) -> str:
        columns = ", ".join(map(quoted, self._names))
        return " UNION ALL ".join(f"SELECT {columns} FROM {part.table}" for part in self._parts)

    def _gather(self) -> None:
        """Copy the parts, if there are any, into the raw table."""
        self._settle()
        self._make()
        if not self._parts:
            return
        columns = ", ".join(map(quoted, self._names))
        self._scratch.run(f"INSERT INTO {raw_table(self._entity)} ({columns}) {self._of_parts()}")
        self._filled = True
        self._drop_parts()

    def _drop_parts(self) -> None:
        for part in self._parts:
            self._scratch.run(f"DROP TABLE {part.table}")
        self._parts = []

    def _settle(self) -> None:
        if self._open:
            self._open = False
            self._scratch.run("COMMIT")

    def _take_back(self) -> None:
        if self._open:
            self._open = False
            # What made us leave may have ended the transaction too, and is what must be told.
            with suppress(ScratchFault):
                self._scratch.run("ROLLBACK")
        if self._made:
            self._made = self._filled = False
            for entity in (self._entity, *self._nested):
                self._scratch.run(f"DROP TABLE IF EXISTS {raw_table(entity)}")
        self._drop_parts()

    def _insert(self, entity: Entity, names: list[str], cells: list[str], table: object) -> None:
        columns = ", ".join(map(quoted, names))
        statement = f"INSERT INTO {raw_table(entity)} ({columns}) SELECT {', '.join(cells)} FROM incoming"
        self._scratch.land(statement, table)


def _moment(told: str) -> datetime | None:
    """What DATES says; None where nothing has a date, or one beyond all calendars."""
    try:
        return datetime.fromisoformat(told)
    except ValueError:
        return None
