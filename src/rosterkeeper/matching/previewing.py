"""previewing: what a matching by given settings would do now. Nothing is written, not even a number taken.

It goes the way of `match_district` as far as the life cycle, and compares what comes out with what is known.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from rosterkeeper.matching import tables
from rosterkeeper.matching.accounts import Accounts
from rosterkeeper.matching.guard import reasons_to_hold
from rosterkeeper.matching.land import connections_of, land
from rosterkeeper.matching.lifecycle import live_on
from rosterkeeper.matching.lifecycle_options import Life, LifeLimits, LifeOptions, life_options
from rosterkeeper.matching.link import conclude_links, link_persons
from rosterkeeper.matching.numbering import pretend_numbers
from rosterkeeper.matching.persons import make_persons
from rosterkeeper.matching.preview import Preview, Shift, Shifted, Stated
from rosterkeeper.matching.roster import Roster
from rosterkeeper.matching.rules import parse
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.database import Database

# So many people are named of each change.
MOST_NAMED: Final = 20
# Nothing is held while it is looked at: what would be too much is told beside it.
_FREE: Final = LifeLimits(leave=100.0, unlink=100.0, create=100.0, purge=100.0, floor=1 << 60)


def preview_district(
    database: Database, scratch: Scratch, artifacts: Artifacts, stated: Stated, *, now: str, today: str
) -> Preview:
    """What a matching of the district by these settings would do; errors as of `match_district`, and no token."""
    settings = parse(stated.mode, stated.rules, stated.options)
    options, district = life_options(settings.more), stated.district
    roster = Roster(database, scratch, artifacts, connections_of(database, district))
    land(database, scratch, settings, roster, Accounts(artifacts, district), today=today)
    make_persons(scratch, lambda many: pretend_numbers(scratch, many), now=now)
    link_persons(scratch, settings)
    conclude_links(scratch, settings)
    life = live_on(
        scratch,
        Life(mode=settings.mode, options=_unheld(options)),
        lambda many: pretend_numbers(scratch, many),
        district=district,
        now=now,
    )
    scratch.run(_SHIFT)
    return Preview(
        before=_by_kind(scratch, "was_result"),
        after=_by_kind(scratch, "result"),
        shifts=_counted(scratch),
        samples=_samples(scratch),
        without_person_before=_without_person(scratch, "known_person"),
        without_person=_without_person(scratch, "link"),
        accounts={each: getattr(life, each) for each in ("created", "updated", "suspended", "restored", "purged")},
        reasons=reasons_to_hold(scratch, Life(mode=settings.mode, options=options)),
    )


def _unheld(options: LifeOptions) -> LifeOptions:
    return msgspec.structs.replace(options, limits=_FREE)


def _by_kind(scratch: Scratch, column: str) -> dict[str, dict[str, int]]:
    told: dict[str, dict[str, int]] = {str(kind): {str(each): 0 for each in tables.Result} for kind in tables.Kind}
    sql = f"SELECT kind, {column}, count(*) FROM shifted WHERE {column} <> '' GROUP BY ALL"
    for kind, result, number in scratch.rows(sql):
        told[str(kind)][str(result)] = int(number or 0)
    return told


def _counted(scratch: Scratch) -> dict[str, int]:
    rows = scratch.rows("SELECT shift, count(*) FROM shifted WHERE shift IS NOT NULL GROUP BY ALL")
    found: Mapping[str, int] = {str(shift): int(number or 0) for shift, number in rows}
    return {str(each): found.get(each, 0) for each in Shift}


def _samples(scratch: Scratch) -> list[Shifted]:
    names = Shifted.__struct_fields__
    columns = ", ".join("connection_id" if each == "connection" else each for each in names)
    rows = scratch.rows(
        f"SELECT {columns} FROM shifted WHERE shift IS NOT NULL"
        f" QUALIFY row_number() OVER (PARTITION BY shift ORDER BY kind, sort_key, person_id) <= {MOST_NAMED}"
        " ORDER BY shift, kind, sort_key, person_id"
    )
    return [msgspec.convert(dict(zip(names, row, strict=True)), Shifted) for row in rows]


def _without_person(scratch: Scratch, of: str) -> int:
    return scratch.count(
        f"SELECT count(*) FROM account WHERE status <> '{tables.Status.PURGED}'"
        f" AND id NOT IN (SELECT account_id FROM {of} WHERE account_id > 0)"
    )


_SHIFT: Final = f"""
    CREATE TABLE shifted AS SELECT *, CASE
        WHEN account_id > 0 AND was_account = 0 AND result = '{tables.Result.CREATED}' THEN '{Shift.CREATED}'
        WHEN account_id > 0 AND was_account = 0 THEN '{Shift.LINKED}'
        WHEN account_id > 0 AND was_account <> account_id THEN '{Shift.MOVED}'
        WHEN account_id = 0 AND was_account > 0 THEN '{Shift.UNLINKED}'
        WHEN result = '{tables.Result.DISPUTED}' AND was_result <> result THEN '{Shift.DISPUTED}'
        WHEN was_result = '{tables.Result.DISPUTED}' AND was_result <> result THEN '{Shift.UNDISPUTED}' END AS shift,
        CASE WHEN account_id IN (SELECT id FROM account) THEN account_id ELSE 0 END AS account
    FROM (
        SELECT p.person_id, p.kind, p.connection_id, p.sourced_id, p.sort_key, l.result, l.reason, l.account_id,
            coalesce(k.result, '') AS was_result, coalesce(k.reason, '') AS was_reason,
            coalesce(k.account_id, 0) AS was_account
        FROM person p JOIN link l USING (person_id) LEFT JOIN known_person k USING (person_id)
        WHERE p.status = 'active'
    )
"""
