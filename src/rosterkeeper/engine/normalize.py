"""normalize: raw cells become canonical text.

For each collection makes the table `norm_<entity>`: row, sourced_id, status ('active' or 'tobedeleted'),
date_last_modified, the content fields, metadata, `faults` (what was wrong or repaired, `cells.py`) and row_hash. Who
changes a content field afterwards sets row_hash to NULL.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from typing import Final

from rosterkeeper.engine import forms
from rosterkeeper.engine.cells import CellTest, cell_tests, mask, raw_name
from rosterkeeper.oneroster.fields import BY_NAME, ROLES, USER_PROFILES, USERS, Entity, Field, snake
from rosterkeeper.scratch import Scratch, ScratchFault, quoted
from rosterkeeper.sources.contract import Collection, Fetched, Unlanded, drop_raw, raw_table

# A table of less than two row groups keeps one of DuckDB's threads busy, the next table the other.
_AT_ONCE: Final = 2
# Of so many records a question that is quickly understood is answered sooner than one that is quickly carried out.
_FEW: Final = 20_000


def norm_table(entity: Entity) -> str:
    """The scratch table of the entity's canonical rows."""
    return f"norm_{snake(entity.name)}"


def normalize(scratch: Scratch, pulled: Fetched) -> Fetched:
    """Make the canonical tables; returns what was fetched with the roles that 1.1 users imply.

    SourceRefused where what was not landed yet (`Unlanded`) turns out not to be whole.
    """
    with scratch.unimproved() if all(map(_is_small, pulled.collections.values())) else nullcontext():
        return _normalize(scratch, pulled)


def _is_small(collection: Collection) -> bool:
    return collection.unlanded is None and collection.rows <= _FEW


def _normalize(scratch: Scratch, pulled: Fetched) -> Fetched:
    flat = pulled.nested_roles and ROLES.name not in pulled.collections
    fetched = replace(pulled, flat_roles=flat)
    scratch.run(forms.macros())
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        # The largest come last in load order; begun first, they leave the small ones to fill the gaps.
        made = [
            pool.submit(_make, scratch.beside(), fetched, BY_NAME[name])
            for name in sorted(fetched.collections, key=lambda name: -fetched.collections[name].rows)
        ]
    read = {each.result().entity: each.result() for each in made}
    fetched = replace(fetched, collections={name: read[name] for name in fetched.collections})
    users = fetched.collections.get(USERS.name)
    if not fetched.nested_roles or users is None:
        return fetched
    _remove_nested_of_removed(scratch, fetched)
    roles = _derive_roles(scratch, users, fetched.collections.get(ROLES.name))
    return replace(fetched, collections=fetched.collections | {ROLES.name: roles})


def _make(scratch: Scratch, fetched: Fetched, entity: Entity) -> Collection:
    collection = fetched.collections[entity.name]
    unlanded = collection.unlanded
    if unlanded is not None:
        if _made_at_once(scratch, fetched, entity, unlanded):
            return replace(collection, unlanded=None)
        collection = replace(collection, rows=unlanded.land(scratch), unlanded=None)
    _make_canonical(scratch, fetched, entity)
    # Half of a large district's memory; what is wrong with it stands in `faults`.
    drop_raw(scratch, entity)
    return collection


def _made_at_once(scratch: Scratch, fetched: Fetched, entity: Entity, unlanded: Unlanded) -> bool:
    try:
        _make_canonical(scratch, fetched, entity)
        if unlanded.proven(scratch, norm_table(entity)):
            return True
    except ScratchFault as fault:
        if fault.is_machine:
            raise
    scratch.run(f"DROP TABLE IF EXISTS {norm_table(entity)}")
    return False


def _make_canonical(scratch: Scratch, fetched: Fetched, entity: Entity) -> None:
    fields = (*entity.stored_fields, *_role_makers(entity))
    # Looking for blanks is a fifth of the work.
    collection = fetched.collections[entity.name]
    trimmed = "coalesce({}, '')" if collection.unpadded else "trimmed_form({})"
    raw = ", ".join(f"{trimmed.format(quoted(field.column))} AS {raw_name(field)}" for field in fields)
    made = ", ".join(f"{_made(field)} AS {quoted(field.column)}" for field in fields)
    kept = ", ".join(quoted(field.column) for field in fields)
    is_small = _is_small(collection)
    faults = mask(tests_of(fetched, entity), asks_first=not is_small)
    row_hash = row_hash_of(entity) if is_small else forms.quick_row_hash(_hashed(entity))
    scratch.run(
        f"""
        CREATE TABLE {norm_table(entity)} AS
        SELECT row, {kept}, metadata, {faults} AS faults, {row_hash} AS row_hash
        FROM (SELECT *, {made} FROM (
            SELECT row, {raw}, coalesce(nullif(metadata, '{{}}'), '') AS metadata FROM {raw_table(entity)}))
        """
    )


def tests_of(fetched: Fetched, entity: Entity) -> list[CellTest]:
    """The cell tests whose bits stand in the entity's `faults`."""
    return cell_tests(entity, fetched.version, flat_roles=fetched.flat_roles)


def row_hash_of(entity: Entity) -> str:
    """The SQL expression of a canonical row's hash."""
    return forms.row_hash(_hashed(entity))


def _hashed(entity: Entity) -> list[str]:
    return [*(quoted(field.column) for field in entity.content_fields), "metadata"]


def _made(field: Field) -> str:
    made = forms.canonical(field, raw_name(field))
    if field.csv == "status":
        return f"CASE WHEN ({made}) = 'tobedeleted' THEN 'tobedeleted' ELSE 'active' END"
    if field.csv == "email":
        # Words for "nothing" that some systems export; a name may well be Null, an address never is.
        return f"CASE WHEN lower({made}) IN ('null', 'none', 'n/a') THEN '' ELSE {made} END"
    return made


def _remove_nested_of_removed(scratch: Scratch, fetched: Fetched) -> None:
    """What is nested in a user has no status of its own: it leaves with its user."""
    for entity in (ROLES, USER_PROFILES):
        if entity.name in fetched.collections:
            scratch.run(
                f"UPDATE {norm_table(entity)} SET status = 'tobedeleted' WHERE user_sourced_id IN"
                f" (SELECT sourced_id FROM {norm_table(USERS)} WHERE status = 'tobedeleted')"
            )


def _role_makers(entity: Entity) -> tuple[Field, ...]:
    """The users' fields that are not stored but say the roles."""
    return tuple(field for field in entity.fields if not field.stored and field.column in ("role", "org_sourced_ids"))


def _derive_roles(scratch: Scratch, users: Collection, given: Collection | None) -> Collection:
    """One role for each org of a user whose record says its role flat (OneRoster 1.0, 1.1).

    A user without an org keeps the role with no org: guardians often have none.
    """
    roles, source = norm_table(ROLES), norm_table(USERS)
    if given is None:
        columns = ", ".join(f"{quoted(field.column)} VARCHAR" for field in ROLES.stored_fields)
        scratch.run(f"CREATE TABLE {roles} (row BIGINT, {columns}, metadata VARCHAR, faults BIGINT, row_hash BIGINT)")
    made = {
        "row": "row",
        "sourced_id": f"md5(concat_ws({forms.SEPARATOR}, user_id, role, org))",
        "status": "'active'",
        "date_last_modified": "date_last_modified",
        "user_sourced_id": "user_id",
        "role_type": "'primary'",
        "role": "role",
        "org_sourced_id": "org",
        "metadata": "''",
        "faults": "0",
        "row_hash": "NULL",
    }
    names = ["row", *(field.column for field in ROLES.stored_fields), "metadata", "faults", "row_hash"]
    values = ", ".join(made.get(name, "''") for name in names)
    known = f"SELECT user_sourced_id FROM {roles}" if given is not None else "SELECT '' WHERE false"
    scratch.run(
        f"""
        INSERT INTO {roles} SELECT {values} FROM (
            SELECT row, sourced_id AS user_id, date_last_modified, role,
                unnest(CASE WHEN org_sourced_ids = '' THEN [''] ELSE org_sourced_ids::JSON::VARCHAR[] END) AS org
            FROM {source}
            WHERE status = 'active' AND role <> '' AND sourced_id NOT IN ({known})
        )
        """
    )
    rows = scratch.count(f"SELECT count(*) FROM {roles}")
    whence = given or users
    return Collection(ROLES.name, whence.mode, rows, whence.place)
