"""What every source gives: raw tables in the scratch database, and a proof of wholeness.

A raw table holds one row a record and one text column a field, under the field table's column names, plus
``row`` (its place in the file or collection, header = 1) and ``metadata`` (a JSON object). Cells are as the source
wrote them, except that a list is already a JSON array of strings. Blank is '' or NULL. Passwords are never landed.
It may be a view of tables that hold a part each; `drop_raw` drops either.
What is very large may be `Unlanded`: a view, until normalize reads it.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import msgspec

from rosterkeeper.oneroster.fields import PASSWORD_FIELDS, Entity, Field, snake
from rosterkeeper.scratch import Scratch, ScratchFault, quoted


class Mode(StrEnum):
    """What absence means: in a bulk collection it is removal, in a delta it says nothing."""

    BULK = "bulk"
    DELTA = "delta"


class Unlanded(Protocol):
    """A collection too large to lie in memory twice: its raw table is a view that reads it, and is read once.

    ``row`` in the view is not yet the row's number, and that the view gives all is not yet proven.
    """

    def proven(self, scratch: Scratch, table: str) -> bool:
        """Whether ``table``, made of the whole view, holds every record; its ``row`` is then numbered, the view gone.

        SourceRefused as in `Source.fetch`.
        """

    def land(self, scratch: Scratch) -> int:
        """Put the raw table in the view's place after all, exactly; its rows. SourceRefused as in `Source.fetch`."""

    def drop(self, scratch: Scratch) -> None:
        """Take the view away: nobody wants the collection."""


@dataclass(frozen=True, slots=True)
class Collection:
    """One entity as the source gave it; ``place`` is the file name or the endpoint's path.

    ``unpadded``: the source has seen that no cell of it holds a blank, so that normalize need not look for them.
    """

    entity: str
    mode: Mode
    rows: int
    place: str
    unlanded: Unlanded | None = field(default=None, compare=False)
    unpadded: bool = field(default=False, compare=False)


class Mark(msgspec.Struct, frozen=True):
    """How far the changes of one collection have been taken, and what is known of asking for them.

    ``until`` is RFC 3339 in UTC, '' where the collection can only be pulled whole. ``total`` is how many records the
    server said it has, -1 where it does not say; ``strangers`` how many of them, at most, are not live. ``by_day``:
    it understands days alone. ``doubt`` is the finding for which it is no longer asked; ``misses`` counts the times,
    one after the other, that what it gave was not all.
    """

    until: str = ""
    total: int = -1
    strangers: int = 0
    by_day: bool = False
    doubt: str = ""
    misses: int = 0


class Since(msgspec.Struct, frozen=True):
    """What a pull need not bring again: the marks by entity, as a service of ``version`` left them.

    ``unread`` are entities that the run has no use for at all; a source that can leave them unasked does.
    """

    version: str = ""
    marks: dict[str, Mark] = {}
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole pull. Entities not in ``collections`` were not part of it and stay as they are.

    ``proof`` says in words how wholeness was proven. Where ``roles`` is missing, a user's roles are made of
    the raw user's ``role`` and ``org_sourced_ids``; ``nested_roles`` says that a user's record brings all its roles,
    so that a delta of users replaces them. normalize sets ``flat_roles`` where that record is all that says a role.
    ``marks`` is where the next pull of each collection may begin.
    """

    version: str
    form: str
    collections: dict[str, Collection]
    proof: str
    nested_roles: bool
    not_imported: dict[str, int] = field(default_factory=dict)
    flat_roles: bool = False
    marks: dict[str, Mark] = field(default_factory=dict)

    @property
    def has_delta(self) -> bool:
        """Whether absence says nothing in some collection of it."""
        return any(each.mode is Mode.DELTA for each in self.collections.values())


@dataclass(frozen=True, slots=True)
class Probe:
    """One check of a connection test: what was tried, whether it holds, and if not what to do."""

    what: str
    ok: bool
    code: str = ""
    says: str = ""
    todo: str = ""


class Watch(Protocol):
    """Whoever follows a run: told of progress, asked whether to go on."""

    def progress(self, step: str, what: str, done: int, total: int | None) -> None:
        """``done`` of ``total`` (None: unknown) records or bytes of ``what`` in ``step``."""

    def check(self) -> None:
        """Raise `Interrupted` when the run was told to stop."""


class Source(Protocol):
    """A place that a roster comes from."""

    def digest(self, scratch: Scratch, watch: Watch, known: str = "") -> str:
        """A hash over every byte that `fetch` would read, or has read; '' where the source cannot tell.

        Also '' where it can be told without reading that the hash is not the ``known`` one.
        """

    def fetch(self, scratch: Scratch, watch: Watch) -> Fetched:
        """Pull everything into raw tables; SourceRefused or SourceFailed where it is not whole."""

    def test(self) -> list[Probe]:
        """Try what a fetch needs and write nothing."""


def raw_table(entity: Entity) -> str:
    """The scratch table that holds the entity as fetched."""
    return f"raw_{snake(entity.name)}"


def raw_part(entity: Entity, number: object) -> str:
    """The name of one of the scratch tables that the entity as fetched may be made of, where it is a view of them."""
    return f"{raw_table(entity)}_part_{number}"


def raw_fields(entity: Entity) -> tuple[Field, ...]:
    """The fields that are landed: all but passwords."""
    return tuple(each for each in entity.fields if each.csv not in PASSWORD_FIELDS)


def create_raw(scratch: Scratch, entity: Entity) -> str:
    """Make the entity's empty raw table and return its name."""
    columns = ", ".join(f"{quoted(each.column)} VARCHAR" for each in raw_fields(entity))
    name = raw_table(entity)
    scratch.run(f"CREATE TABLE {name} (row BIGINT, {columns}, metadata VARCHAR)")
    return name


def drop_raw(scratch: Scratch, entity: Entity) -> None:
    """Drop the entity as fetched, if it is there, and whatever it is made of."""
    try:
        scratch.run(f"DROP TABLE IF EXISTS {raw_table(entity)}")
    except ScratchFault:
        # A look through DuckDB's own lists is dear; that it is no table says enough.
        scratch.run(f"DROP VIEW {raw_table(entity)}")
        looked = "SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, ?)"
        for (part,) in scratch.rows(looked, [raw_part(entity, "")]):
            scratch.run(f"DROP TABLE {part}")
