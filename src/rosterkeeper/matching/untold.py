"""What a matching has to tell outside, written with it: whoever dies before it is told leaves it to the next one.

`people_untold` has a row for each thing that is still to be told; it goes in the transaction that tells it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from rosterkeeper.matching.tables import GROUPS, UNTOLD

# Whoever only tells what was kept, as every command may, needs neither DuckDB nor Arrow.
if TYPE_CHECKING:
    from rosterkeeper.matching.groups import GroupCounts
    from rosterkeeper.matching.lifecycle import LifeNumbers
    from rosterkeeper.store.database import Database

# Words of rows: what became of accounts, and which class groups changed.
ACCOUNTS: Final = "accounts"
CLASS_GROUPS: Final = "groups"
# So many groups are named; more are asked for.
MOST_NAMED: Final = 100


def keep_untold(database: "Database", district: int, life: "LifeNumbers", groups: "GroupCounts", *, now: str) -> None:
    """Keep what is to be told of a matching, inside its transaction and behind what it writes.

    ``now`` is the matching's moment, RFC 3339 in UTC. Told of groups are their number and the uids of the first.
    """
    if life.created or life.updated or life.suspended or life.restored or life.purged or life.held:
        _keep(database, district, ACCOUNTS, msgspec.to_builtins(life), now)
    number, uids = _changed_groups(database, district, now) if groups.fresh or groups.ended else (0, [])
    if number:
        _keep(database, district, CLASS_GROUPS, {"number": number, "uids": uids}, now)


def _changed_groups(database: "Database", district: int, now: str) -> tuple[int, list[str]]:
    changed = f"FROM {GROUPS} WHERE district_id = $1 AND changed_at = $2"
    number = database.rows(f"SELECT count(*) {changed}", [district, now])[0][0]
    uids = database.rows(f"SELECT uid {changed} ORDER BY uid LIMIT {MOST_NAMED}", [district, now])
    return int(number or 0), [str(row[0]) for row in uids]


def _keep(database: "Database", district: int, word: str, told: Mapping[str, object], now: str) -> None:
    database.run(
        f"INSERT INTO {UNTOLD} (district_id, word, at, told) VALUES ($1, $2, $3, $4)",
        [district, word, now, msgspec.json.encode(told).decode()],
    )
