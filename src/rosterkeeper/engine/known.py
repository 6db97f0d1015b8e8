"""validate, fourth part: a warning keeps the value that is already known.

A field that came blank although the standard requires it, or malformed, must not wipe what the live row says (L02).
"""

from typing import Final

from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.engine.references import live_table, told_codes
from rosterkeeper.oneroster.fields import Entity
from rosterkeeper.scratch import Scratch, quoted

_KEEPING: Final = ("row.blank_required", "row.ignored_value")


def keep_known(scratch: Scratch, live: LiveRoster, entity: Entity) -> None:
    """Fill the entity's warned cells from its live rows."""
    if not set(_KEEPING).intersection(told_codes(scratch, entity)):
        return
    warned = f"FROM finding WHERE entity = '{entity.name}' AND code IN {_KEEPING}"
    ids = (
        f"SELECT DISTINCT sourced_id FROM (SELECT sourced_id {warned})"
        f" SEMI JOIN {live_table(entity)} l USING (sourced_id)"
    )
    if not scratch.count(f"SELECT count(*) FROM ({ids})"):
        return
    wanted = scratch.reader(ids).read_all()
    scratch.land("CREATE OR REPLACE TEMP TABLE known AS SELECT * FROM incoming", live.rows(entity, wanted))
    table = norm_table(entity)
    by_csv = {field.csv: field.column for field in entity.content_fields}
    for (csv,) in scratch.rows(f"SELECT DISTINCT field {warned}"):
        column = quoted(by_csv[str(csv)])
        scratch.run(
            f"UPDATE {table} SET {column} = known.{column}, row_hash = NULL FROM known"
            f" WHERE known.sourced_id = {table}.sourced_id AND {table}.{column} = ''"
            f" AND {table}.row IN (SELECT row {warned} AND field = ?)",
            [csv],
        )
