"""When two rosters have one hash, and when they must not."""

from collections.abc import Iterable

import pytest

from rosterkeeper.oneroster.fields import ENTITIES, ROLES, USER_PROFILES, Entity
from rosterkeeper.store.schema import live_columns
from tests.unit.engine.districts import small, user
from tests.unit.engine.tables import Row, Tables
from tests.unit.store.stock import Stock

# Where a row stands in our tables is no field of the roster.
BOOKKEEPING = ("connection_id", "district_id", "changed_run")


def _hash_of(stock: Stock, tables: Tables, *, version: str = "1.1") -> str:
    """The roster hash of a district that a connection of its own takes."""
    stock.connection += 1
    stock.database.run(f"INSERT INTO runs_state (connection_id) VALUES ({stock.connection})")
    stock.takes(tables, version=version)
    return stock.hash()


def _with(name: str, row: int, **cells: str) -> Tables:
    """The small district with some cells of one row as given."""
    tables: dict[str, list[dict[str, str]]] = small(6)
    tables[name][row] = tables[name][row] | cells
    return tables


def _blank_rows(stock: Stock) -> None:
    """One row an entity, with nothing but its id."""
    for entity in ENTITIES:
        stock.database.run(
            f"INSERT INTO {entity.table} (connection_id, sourced_id, district_id, status, row_hash, changed_run)"
            f" VALUES ({stock.connection}, 'a', 1, 'active', 1, 1)"
        )


def _changed(stock: Stock, entity: Entity, columns: Iterable[str], *, every_field: bool) -> str:
    """The hash while the columns of the entity's row hold something else."""
    listed = {field.column for field in entity.stored_fields if field.is_list}
    new = {each: "'[\"x\"]'" if each in listed else "2" if each == "row_hash" else "'x'" for each in columns}
    blank = {
        each: "1" if each == "row_hash" else "'active'" if each == "status" else "'a'" if each == "sourced_id" else "''"
        for each in new
    }
    for cells, wanted in ((new, True), (blank, False)):
        sets = ", ".join(f'"{column}" = {cell}' for column, cell in cells.items())
        stock.database.run(f"UPDATE {entity.table} SET {sets} WHERE connection_id = {stock.connection}")
        if wanted:
            found = stock.hash(every_field=every_field)
    return found


def test_the_hash_of_all_fields_differs_with_any_stored_field(lone_stock: Stock) -> None:
    _blank_rows(lone_stock)
    seen = {lone_stock.hash(every_field=True): "nothing"}
    for entity in ENTITIES:
        for column in live_columns(entity):
            if column not in BOOKKEEPING:
                found = _changed(lone_stock, entity, [column], every_field=True)
                assert found not in seen, f"{entity.name}.{column} is as {seen[found]}"
                seen[found] = f"{entity.name}.{column}"
    assert lone_stock.hash(every_field=True) in seen


def test_the_roster_hash_differs_with_each_field_that_every_form_carries(lone_stock: Stock) -> None:
    _blank_rows(lone_stock)
    seen = {lone_stock.hash()}
    for entity in ENTITIES:
        if entity in (ROLES, USER_PROFILES):
            continue
        for each in entity.stored_fields:
            if each.in_roster_hash:
                found = _changed(lone_stock, entity, [each.column], every_field=False)
                assert found not in seen, f"{entity.name}.{each.column}"
                seen.add(found)


def test_the_roster_hash_leaves_out_what_one_form_cannot_carry(lone_stock: Stock) -> None:
    _blank_rows(lone_stock)
    before = lone_stock.hash()
    for entity in ENTITIES:
        if entity is ROLES:
            continue
        covered = {each.column for each in entity.stored_fields if each.in_roster_hash}
        if entity is USER_PROFILES:
            covered = set()
        rest = set(live_columns(entity)) - covered - {*BOOKKEEPING, "sourced_id", "status"}
        assert _changed(lone_stock, entity, sorted(rest), every_field=False) == before, entity.name


def test_removed_rows_count_under_all_only(lone_stock: Stock) -> None:
    empty, empty_all = lone_stock.hash(), lone_stock.hash(every_field=True)
    _blank_rows(lone_stock)
    for entity in ENTITIES:
        lone_stock.database.run(f"UPDATE {entity.table} SET status = 'tobedeleted'")
    assert lone_stock.hash() == empty
    assert lone_stock.hash(every_field=True) != empty_all


def test_lists_are_sets(lone_stock: Stock) -> None:
    one = _hash_of(lone_stock, _with("classes", 0, grades='["09","10"]', periods='["1","2"]'))
    other = _hash_of(lone_stock, _with("classes", 0, grades='["10","09","09"]', periods='["2","1"]'))
    third = _hash_of(lone_stock, _with("classes", 0, grades='["09"]', periods='["1","2"]'))
    assert one == other != third


def test_agents_are_unordered_pairs(lone_stock: Stock) -> None:
    tables = small(6)
    hashes = [_hash_of(lone_stock, _linked(tables, links)) for links in ({"u0": "u1"}, {"u1": "u0"})]
    hashes.append(_hash_of(lone_stock, _linked(tables, {"u0": "u1", "u1": "u0"})))
    assert len(set(hashes)) == 1
    assert _hash_of(lone_stock, tables) not in hashes


def _linked(tables: Tables, links: dict[str, str]) -> Tables:
    """The district in which some users name an agent."""
    users: list[Row] = []
    for row in tables["users"]:
        agent = links.get(row["sourcedId"])
        users.append({**row, "agentSourcedIds": f'["{agent}"]'} if agent else row)
    return {**tables, "users": users}


@pytest.mark.parametrize("nothing", ["", "[]", '[""]'])
def test_blank_absent_and_an_empty_list_are_one(lone_stock: Stock, nothing: str) -> None:
    absent = {name: [dict(row) for row in rows] for name, rows in small(6).items()}
    for row in absent["classes"]:
        row.pop("grades")
    stated = {**absent, "classes": [{**row, "grades": nothing, "location": ""} for row in absent["classes"]]}
    assert _hash_of(lone_stock, absent) == _hash_of(lone_stock, stated)


def test_roles_of_1_2_are_told_as_the_one_role_and_the_orgs_of_1_1(lone_stock: Stock) -> None:
    flat = small(6)
    flat["users"][0] = user("u0", ["s0", "s1"], role="teacher")
    nested = {
        **flat,
        "users": [{k: v for k, v in row.items() if k not in ("orgSourcedIds", "role")} for row in flat["users"]],
    }
    listed = [("u0", "primary", "teacher", "s1"), ("u0", "secondary", "aide", "s0")]
    listed += [(f"u{number}", "primary", "student", f"s{number % 2}") for number in range(1, 6)]
    nested["roles"] = [
        {"sourcedId": f"r{place}", "userSourcedId": who, "roleType": kind, "role": role, "orgSourcedId": org}
        for place, (who, kind, role, org) in enumerate(listed)
    ]
    assert _hash_of(lone_stock, flat) == _hash_of(lone_stock, nested, version="1.2")


def test_the_order_of_the_rows_and_the_day_do_not_count_but_the_case_of_ids_does(lone_stock: Stock) -> None:
    tables = small(6)
    turned = {name: list(reversed(rows)) for name, rows in tables.items()}
    assert _hash_of(lone_stock, tables) == _hash_of(lone_stock, turned)
    other = _with("demographics", 0, sourcedId="u1")
    assert _hash_of(lone_stock, other) != _hash_of(lone_stock, tables)


def test_both_databases_order_ids_by_bytes_and_so_have_the_hash_that_is_written_here(stock: Stock) -> None:
    odd = ["a", "B", "Z", "é", "z", "A-1", "A1", "a b", "山", "ß"]
    stock.takes({"orgs": [{"sourcedId": each, "name": each, "type": "district"} for each in odd]})
    assert stock.hash() == WRITTEN


# Made once on SQLite: a change of it is a change of the contract in docs/roster-hash.md.
WRITTEN = "5beb43871b2b6f40818ce40722c47e1dc1986cfb4d44f58ea836fa27cc10065e"
