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
# So many records, spread over the collection, tell of all: a mask is on most of them or it is none.
_GLANCE: Final = 20_000
# So many live rows are looked at before all are asked for.
_TASTE: Final = 4_000
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
    """One maskable field of a collection: about how many active records have it hollow (blank or a stand-in), and not.

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
    # A delta is of few people, and proves no habit.
    if not said and collection.mode is not Mode.BULK:
        return
    fields = [each for each in entity.content_fields if each.personal and each.kind is not Kind.TEXTS]
    seen = _counted(scratch, entity, [each for each in fields if version in each.versions], collection.rows)
    suspected = [each for each in seen if said or each.alike or each.mostly_hollow]
    kept = _keep(scratch, live, entity, suspected, said=said)
    throughout = [each.field for each in suspected if not said and entity is USERS and each.throughout]
    told = [each.field.csv for each in suspected if each.field in (*kept, *throughout)]
    scratch.find(Finding(MASKED, file=collection.place, entity=entity.name, field=csv) for csv in told)


def _counted(scratch: Scratch, entity: Entity, fields: Sequence[Field], rows: int) -> list[_Column]:
    """The fields with their numbers, from a look at some twenty thousand of the records."""
    step = max(1, rows // _GLANCE)
    sums = ", ".join(f"count(*) FILTER ({_hollow(each)}), {_is_alike(each)}" for each in fields)
    found = scratch.rows(
        f"SELECT count(*), {sums} FROM {norm_table(entity)} WHERE hash(row) % {step} = 0 AND status = 'active'"
    )[0]
    active = int(found[0] or 0)
    made = []
    for place, each in enumerate(fields):
        hollow, alike = int(found[1 + 2 * place] or 0), bool(found[2 + 2 * place])
        alike = alike and not hollow and active >= _FEW
        made.append(_Column(each, hollow * step, (active - hollow) * step, alike))
    return made


def _is_alike(field: Field) -> str:
    """The SQL aggregate that says whether all have one value."""
    if field.csv not in _TOLD_BY_FORM:
        return "false"
    return f"coalesce(min({quoted(field.column)}) = max({quoted(field.column)}), false)"


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
    if not suspected or not scratch.count(f"SELECT count(*) FROM {live_table(entity)}"):
        return []
    some = " OR ".join("true" if each.alike else _hollow(each.field) for each in suspected)
    # Whose row is not as somebody's live row is has changed or is new; numbers are joined faster than ids.
    changed = (
        f"SELECT sourced_id FROM {norm_table(entity)} n ANTI JOIN {live_table(entity)} l ON l.row_hash = n.row_hash"
        f" WHERE n.status = 'active' AND ({some})"
    )
    wanted = scratch.reader(f"SELECT DISTINCT sourced_id FROM ({changed})").read_all()
    if not wanted.num_rows:
        return []
    for asked in (wanted.slice(0, _TASTE), wanted):
        scratch.land("CREATE OR REPLACE TEMP TABLE unmasked AS SELECT * FROM incoming", live.rows(entity, asked))
        lost = _lost(scratch, entity, suspected)
        if asked.num_rows == wanted.num_rows or not any(number for number, _ in lost):
            break
    kept = []
    for each, (number, values) in zip(suspected, lost, strict=True):
        most = values > 1 if each.alike else number > each.filled
        if number and (said or (number >= _FEW and most)):
            _fill(scratch, entity, each)
            kept.append(each.field)
    return kept


def _is_lost(entity: Entity, each: _Column) -> str:
    """The SQL predicate of a masked cell whose known value stands in ``unmasked``."""
    table, column = norm_table(entity), quoted(each.field.column)
    masked = f"{table}.{column} <> unmasked.{column}" if each.alike else _hollow(each.field, table)
    return f"NOT {_hollow(each.field, 'unmasked')} AND {masked}"


def _same(entity: Entity) -> str:
    table = norm_table(entity)
    return f"unmasked.sourced_id = {table}.sourced_id AND {table}.status = 'active'"


def _lost(scratch: Scratch, entity: Entity, suspected: Sequence[_Column]) -> list[tuple[int, int]]:
    """For each field, how many records would lose a known value; of one that is alike, how many different values."""
    numbers = ", ".join(
        f"count(*) FILTER ({lost}), {_values(each, lost)}" for each in suspected if (lost := _is_lost(entity, each))
    )
    found = scratch.rows(f"SELECT {numbers} FROM {norm_table(entity)}, unmasked WHERE {_same(entity)}")[0]
    cells = [int(cell or 0) for cell in found]
    return list(zip(cells[::2], cells[1::2], strict=True))


def _values(each: _Column, lost: str) -> str:
    return f"count(DISTINCT unmasked.{quoted(each.field.column)}) FILTER ({lost})" if each.alike else "0"


def _fill(scratch: Scratch, entity: Entity, each: _Column) -> None:
    column = quoted(each.field.column)
    scratch.run(
        f"UPDATE {norm_table(entity)} SET {column} = unmasked.{column}, row_hash = NULL FROM unmasked"
        f" WHERE {_same(entity)} AND {_is_lost(entity, each)}"
    )
