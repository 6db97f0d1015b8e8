"""The change set: what a run would do to the live roster.

For each entity two relations in the scratch database:
  change_<entity>  op ('add', 'update', 'restore'), the stored fields, metadata, row_hash
  gone_<entity>    the live rows to mark tobedeleted, with all their live columns
"""

from rosterkeeper.engine import forms
from rosterkeeper.oneroster.fields import ENTITIES, Entity, snake
from rosterkeeper.scratch import Scratch, quoted


def change_table(entity: Entity) -> str:
    """The relation of the entity's records to add, update or restore."""
    return f"change_{snake(entity.name)}"


def gone_table(entity: Entity) -> str:
    """The relation of the entity's live rows to remove."""
    return f"gone_{snake(entity.name)}"


def change_columns(entity: Entity) -> list[str]:
    """The columns of a change relation after ``op``."""
    return [*(field.column for field in entity.stored_fields), "metadata", "row_hash"]


def counted(scratch: Scratch, entity: Entity) -> dict[str, int]:
    """How many records each operation touches."""
    found = {"add": 0, "update": 0, "restore": 0, "remove": 0}
    if scratch.has_relation(change_table(entity)):
        for op, number in scratch.rows(f"SELECT op, count(*) FROM {change_table(entity)} GROUP BY op"):
            found[str(op)] = int(number or 0)
    if scratch.has_relation(gone_table(entity)):
        found["remove"] = scratch.count(f"SELECT count(*) FROM {gone_table(entity)}")
    return found


def fingerprint(scratch: Scratch) -> str:
    """A hash of what the change set does, equal for two runs that would do the same to the same records."""
    parts = []
    for entity in ENTITIES:
        if scratch.has_relation(change_table(entity)):
            parts.append(f"SELECT '{entity.name}' AS entity, sourced_id, row_hash FROM {change_table(entity)}")
        if scratch.has_relation(gone_table(entity)):
            parts.append(f"SELECT '{entity.name}', sourced_id, -1::BIGINT FROM {gone_table(entity)}")
    if not parts:
        return ""
    return fingerprint_of(scratch, " UNION ALL ".join(parts))


def fingerprint_of(scratch: Scratch, touched: str) -> str:
    """The fingerprint of a query's rows (entity, sourced_id, row_hash; -1 stands for removed); '' for none.

    A sum of 60-bit hashes is used because it needs no order and no memory; the count guards against empty sums.
    """
    number, total = scratch.rows(
        f"SELECT count(*), coalesce(sum({forms.row_hash(['entity', 'sourced_id', 'row_hash::VARCHAR'])}::HUGEINT), 0)"
        f"::VARCHAR FROM ({touched})"
    )[0]
    return f"{number}-{total}" if number else ""


def columns_sql(entity: Entity, alias: str = "") -> str:
    """The change columns as a select list."""
    prefix = f"{alias}." if alias else ""
    return ", ".join(f"{prefix}{quoted(column)}" for column in change_columns(entity))
