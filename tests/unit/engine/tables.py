"""A source made of plain tables, and a live roster made of a plan: what the engine's seams look like from a test."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

import msgspec
import pyarrow as pa

from rosterkeeper.engine.changes import change_table
from rosterkeeper.engine.guard_limits import Limits
from rosterkeeper.engine.live import EmptyRoster, LiveRoster
from rosterkeeper.engine.options import Selection
from rosterkeeper.engine.run import Plan, Stopwatch, Terms, plan
from rosterkeeper.oneroster.fields import BY_NAME, ROLES, Entity
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Collection, Fetched, Mode, Probe, Watch, create_raw, raw_fields
from rosterkeeper.store.schema import live_columns

Row = Mapping[str, str]
Tables = Mapping[str, Sequence[Row]]

TODAY = "2026-10-01"

_FIRST_LOADS: dict[bytes, "KeptRoster"] = {}


class Quiet:
    """A watch that nobody looks at."""

    def progress(self, step: str, what: str, done: int, total: int | None) -> None:
        """Nothing."""

    def check(self) -> None:
        """Nothing."""


@dataclass
class TableSource:
    """Rows by entity, under the CSV names of their fields; lists are JSON arrays, as the contract says."""

    tables: Tables
    modes: Mapping[str, Mode] = field(default_factory=dict)
    version: str = "1.1"

    def digest(self, scratch: Scratch, watch: Watch, known: str = "") -> str:
        """Nothing to tell beforehand."""
        return ""

    def fetch(self, scratch: Scratch, watch: Watch) -> Fetched:
        """Land the rows as they are."""
        collections = {}
        for name, rows in self.tables.items():
            entity = BY_NAME[name]
            table = create_raw(scratch, entity)
            columns: dict[str, object] = {"row": pa.array(range(2, len(rows) + 2), pa.int64())}
            for each in raw_fields(entity):
                columns[each.column] = pa.array([row.get(each.csv, "") for row in rows], pa.string())
            columns["metadata"] = pa.array([row.get("metadata", "") for row in rows], pa.string())
            scratch.land(f"INSERT INTO {table} BY NAME SELECT * FROM incoming", pa.table(columns))
            mode = self.modes.get(name, Mode.BULK)
            collections[name] = Collection(name, mode, len(rows), entity.file)
        return Fetched(self.version, "csv", collections, "a test said so", nested_roles="roles" not in self.tables)

    def test(self) -> list[Probe]:
        """Nothing to try."""
        return []


@dataclass
class KeptRoster:
    """A live roster of given rows: what `store` fills from a database."""

    rows_by_entity: dict[str, list[dict[str, object]]]
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)
    complete: bool = True

    def _table(self, entity: Entity, rows: list[dict[str, object]]) -> pa.Table:
        whole = ("connection_id", "district_id", "row_hash", "changed_run")
        schema = pa.schema([pa.field(c, pa.int64() if c in whole else pa.string()) for c in live_columns(entity)])
        return pa.Table.from_pylist(rows, schema=schema)

    def hashes(self, entity: Entity) -> pa.Table:
        """Every row's id and hash."""
        rows = self.rows_by_entity.get(entity.name, [])
        return pa.table(
            {
                "sourced_id": pa.array([row["sourced_id"] for row in rows], pa.string()),
                "row_hash": pa.array([row["row_hash"] for row in rows], pa.int64()),
                "active": pa.array([int(row["status"] == "active") for row in rows], pa.int64()),
            }
        )

    def hashed(self, entity: Entity) -> None:
        """No quicker way."""

    def rows(self, entity: Entity, ids: pa.Table) -> pa.Table:
        """The rows of the ids."""
        wanted = set(ids.column(0).to_pylist())
        return self._table(
            entity, [row for row in self.rows_by_entity.get(entity.name, []) if row["sourced_id"] in wanted]
        )

    def roles_of(self, users: pa.Table) -> pa.Table:
        """The users' active roles."""
        wanted = set(users.column(0).to_pylist())
        rows = self.rows_by_entity.get(ROLES.name, [])
        return self._table(
            ROLES, [row for row in rows if row["user_sourced_id"] in wanted and row["status"] == "active"]
        )

    def roles_left_with(self, users: pa.Table) -> pa.Table:
        """The users' roles that were removed at the same time as they."""
        when = {
            row["sourced_id"]: row["removed_at"]
            for row in self.rows_by_entity.get("users", [])
            if row["sourced_id"] in set(users.column(0).to_pylist())
        }
        rows = self.rows_by_entity.get(ROLES.name, [])
        left = [row for row in rows if row["status"] != "active" and row["user_sourced_id"] in when]
        return self._table(ROLES, [row for row in left if row["removed_at"] == when[row["user_sourced_id"]]])

    def school_sizes(self) -> pa.Table:
        """How many people have an active role in each org."""
        people: dict[str, set[str]] = {}
        for row in self.rows_by_entity.get(ROLES.name, []):
            if row["status"] == "active":
                people.setdefault(str(row["org_sourced_id"]), set()).add(str(row["user_sourced_id"]))
        return pa.table({"org_sourced_id": list(people), "people": [len(each) for each in people.values()]})

    def elsewhere(self, entity: Entity) -> pa.Table:
        """The ids that other connections hold."""
        return pa.table({"sourced_id": pa.array(list(self.others.get(entity.name, ())), pa.string())})


def planned(
    scratch: Scratch,
    source: TableSource,
    live: LiveRoster | None = None,
    *,
    limits: Limits | None = None,
    undone: str = "",
    today: str = TODAY,
    selection: Selection | None = None,
) -> Plan:
    """One run of the engine up to its judged change set."""
    return plan(
        source,
        live or EmptyRoster(),
        scratch,
        terms=Terms(limits=limits or Limits(), today=today, undone_fingerprint=undone, selection=selection),
        watch=Quiet(),
        stopwatch=Stopwatch(),
    )


def applied(scratch: Scratch) -> KeptRoster:
    """The live roster that a first load of the scratch database's change set leaves."""
    kept: dict[str, list[dict[str, object]]] = {}
    for name, entity in BY_NAME.items():
        if scratch.has_relation(change_table(entity)):
            rows = scratch.reader(f"SELECT * EXCLUDE (op) FROM {change_table(entity)}").read_all().to_pylist()
            kept[name] = [
                row | {"status": "active", "connection_id": 1, "district_id": 1, "changed_run": 1, "removed_at": ""}
                for row in rows
            ]
    return KeptRoster(kept)


def first_load(new_scratch: Callable[[], Scratch], tables: Tables) -> KeptRoster:
    """The live roster that a first load of the tables leaves."""

    def load() -> KeptRoster:
        scratch = new_scratch()
        planned(scratch, TableSource(tables))
        return applied(scratch)

    return once(tables, load)


def once(what: object, load: Callable[[], KeptRoster]) -> KeptRoster:
    """The roster that ``load`` makes of ``what``, worked out once a run of the tests; each who asks gets a copy."""
    key = msgspec.json.encode(what)
    if key not in _FIRST_LOADS:
        _FIRST_LOADS[key] = load()
    return deepcopy(_FIRST_LOADS[key])


def found(scratch: Scratch) -> set[tuple[str, str, str]]:
    """The findings as (code, sourcedId, field)."""
    return {
        (str(code), str(sid), str(name))
        for code, sid, name in scratch.rows("SELECT code, sourced_id, field FROM finding")
    }


def codes(scratch: Scratch) -> set[str]:
    """The codes that were found."""
    return {code for code, _, _ in found(scratch)}
