"""Before validate: what a source masks must not wipe what is known (L02).

A district can mask fields of its feed (ClassLink's DataGuard does): names and e-mail addresses then come blank, or as
stars and words in their place, for everybody at once. One person who loses an e-mail address is a change; when most
of those who have a value lose it in one pull, or when the source itself says that it masks, the known values stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rosterkeeper.engine.forms import literal
from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.engine.references import live_table
from rosterkeeper.oneroster.fields import DEMOGRAPHICS, USERS, Entity, Field, Kind
from rosterkeeper.oneroster.findings import Finding
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.sources.contract import Collection, Fetched, Mode

MASKED: Final = "vendor.masked_fields"
# Fewer people than these prove no habit.
_FEW: Final = 5
# Stars, dots and crosses; words that stand for a name; either perhaps as an address.
_STAND_INS: Final = (
    r"(?:[*x#•·._?-]+|masked|redacted|hidden|obfuscated|anonymous|anonymi[sz]ed|confidential|private|protected"
    r"|restricted|withheld|removed|unknown|null|none|n/a)(?:@.*)?"
)
_NAMES: Final = ("givenName", "familyName")
_EMAIL: Final = "email"
# Where a stand-in is looked for; elsewhere blanks alone tell.
_TOLD_BY_FORM: Final = (*_NAMES, _EMAIL)


@dataclass(frozen=True, slots=True)
class _Column:
    """One maskable field of a collection: how many active records have it hollow (blank or a stand-in), and not.

    ``alike``: everybody has one and the same value, which is a mask only where they had several before.
    """

    field: Field
    hollow: int
    filled: int
    alike: bool

    @property
    def mostly_hollow(self) -> bool:
        return self.hollow > self.filled

    @property
    def throughout(self) -> bool:
        """Whether it is masked to all appearance, whatever is known: names for most, e-mail addresses for all."""
        if self.hollow + self.filled < _FEW:
            return False
        return self.mostly_hollow if self.field.csv in _NAMES else self.field.csv == _EMAIL and not self.filled


def unmask(scratch: Scratch, live: LiveRoster, fetched: Fetched) -> None:
    """Put known values where masked ones stand, and say so once a field; the live hashes must have been landed."""
    for entity in (USERS, DEMOGRAPHICS):
        collection = fetched.collections.get(entity.name)
        if collection is not None and collection.rows:
            _unmask(scratch, live, entity, collection, fetched.version)


def _unmask(scratch: Scratch, live: LiveRoster, entity: Entity, collection: Collection, version: str) -> None:
    said = bool(scratch.count("SELECT count(*) FROM finding WHERE code = ? AND entity = ?", [MASKED, entity.name]))
    bulk = collection.mode is Mode.BULK
    suspected = [
        each for each in _columns(scratch, entity, version) if said or (bulk and (each.alike or each.mostly_hollow))
    ]
    kept = _keep(scratch, live, entity, suspected, said=said)
    told = [
        each.field.csv for each in suspected if each.field in kept or (not said and entity is USERS and each.throughout)
    ]
    scratch.find(Finding(MASKED, file=collection.place, entity=entity.name, field=csv) for csv in told)


def _columns(scratch: Scratch, entity: Entity, version: str) -> list[_Column]:
    """The maskable fields with their numbers, from one look at the collection."""
    fields = [each for each in entity.content_fields if _maskable(each, version)]
    sums = ", ".join(
        f"count(*) FILTER ({_hollow(each)}), coalesce(min({quoted(each.column)}) = max({quoted(each.column)}), false)"
        for each in fields
    )
    found = scratch.rows(f"SELECT count(*), {sums} FROM {norm_table(entity)} WHERE status = 'active'")[0]
    active = int(found[0] or 0)
    made = []
    for place, each in enumerate(fields):
        hollow, same = int(found[1 + 2 * place] or 0), bool(found[2 + 2 * place])
        alike = same and not hollow and active >= _FEW and each.csv in _TOLD_BY_FORM
        made.append(_Column(each, hollow, active - hollow, alike))
    return made


def _maskable(field: Field, version: str) -> bool:
    return field.personal and field.kind is not Kind.TEXTS and version in field.versions


def _hollow(field: Field, table: str = "") -> str:
    """The SQL predicate of a cell that says nothing."""
    column = f"{table}.{quoted(field.column)}" if table else quoted(field.column)
    blank = f"{column} = ''"
    if field.csv not in _TOLD_BY_FORM:
        return blank
    return f"({blank} OR regexp_full_match({column}, {literal(_STAND_INS)}, 'i'))"


def _keep(
    scratch: Scratch, live: LiveRoster, entity: Entity, suspected: Sequence[_Column], *, said: bool
) -> list[Field]:
    """Fill the masked cells of suspected fields from the live rows; gives the fields in which a value was kept."""
    table = norm_table(entity)
    if not suspected or not scratch.count(f"SELECT count(*) FROM {live_table(entity)}"):
        return []
    some = " OR ".join("true" if each.alike else _hollow(each.field, "n") for each in suspected)
    ids = (
        f"SELECT DISTINCT n.sourced_id FROM {table} n JOIN {live_table(entity)} l USING (sourced_id)"
        f" WHERE n.status = 'active' AND n.row_hash IS DISTINCT FROM l.row_hash AND ({some})"
    )
    wanted = scratch.reader(ids).read_all()
    if not wanted.num_rows:
        return []
    scratch.land("CREATE OR REPLACE TEMP TABLE unmasked AS SELECT * FROM incoming", live.rows(entity, wanted))
    kept = []
    for each in suspected:
        column = quoted(each.field.column)
        where = (
            f"unmasked.sourced_id = {table}.sourced_id AND {table}.status = 'active'"
            f" AND NOT {_hollow(each.field, 'unmasked')}"
            f" AND {f'{table}.{column} <> unmasked.{column}' if each.alike else _hollow(each.field, table)}"
        )
        numbers = scratch.rows(
            f"SELECT count(*), count(DISTINCT unmasked.{column}) FROM {table}, unmasked WHERE {where}"
        )[0]
        lost, values = int(numbers[0] or 0), int(numbers[1] or 0)
        most = values > 1 if each.alike else lost > each.filled
        if lost and (said or (lost >= _FEW and most)):
            scratch.run(f"UPDATE {table} SET {column} = unmasked.{column}, row_hash = NULL FROM unmasked WHERE {where}")
            kept.append(each.field)
    return kept
