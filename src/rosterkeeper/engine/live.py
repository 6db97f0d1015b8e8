"""The live roster as the engine sees it: a seam that `store` fills, and that an empty roster fills for `validate`."""

from typing import Protocol

import pyarrow as pa

from rosterkeeper.oneroster.fields import Entity


class LiveRoster(Protocol):
    """One connection's live rows, read as Arrow streams.

    ``complete`` says that all earlier deliveries are in it; where not, what a delta points at cannot be judged.
    """

    complete: bool

    def hashes(self, entity: Entity) -> pa.RecordBatchReader | pa.Table:
        """Every row ever seen: sourced_id (text), row_hash (int64), active (int64, 1 or 0)."""

    def hashed(self, entity: Entity) -> str | None:
        """A query of the scratch database for the same as `hashes`; None where there is no such quicker way."""

    def rows(self, entity: Entity, ids: pa.Table) -> pa.RecordBatchReader | pa.Table:
        """The stored rows whose sourced_id is in ``ids`` (one column, sourced_id): all live columns."""

    def roles_of(self, users: pa.Table) -> pa.RecordBatchReader | pa.Table:
        """The active roles of the users in ``users`` (one column, sourced_id): all live columns."""

    def roles_left_with(self, users: pa.Table) -> pa.RecordBatchReader | pa.Table:
        """The removed roles of the removed users in ``users`` that were removed with them: all live columns."""

    def school_sizes(self) -> pa.RecordBatchReader | pa.Table:
        """How many people have an active role in each org: org_sourced_id, people (int64)."""

    def elsewhere(self, entity: Entity) -> pa.RecordBatchReader | pa.Table:
        """The sourced_id of every active row of the district's other connections."""


class EmptyRoster:
    """A roster without rows, standing in for one that is not known: what `validate` compares with."""

    complete = False

    def hashes(self, entity: Entity) -> pa.Table:  # noqa: ARG002 - the seam's shape
        """No rows."""
        return pa.table(
            {
                "sourced_id": pa.array([], pa.string()),
                "row_hash": pa.array([], pa.int64()),
                "active": pa.array([], pa.int64()),
            }
        )

    def hashed(self, entity: Entity) -> None:
        """No quicker way to no rows."""

    def rows(self, entity: Entity, ids: pa.Table) -> pa.Table:
        """Never asked, for there are no ids to ask for."""
        raise LookupError(f"{entity.name}: {ids.num_rows}")

    def roles_of(self, users: pa.Table) -> pa.Table:
        """Never asked, for no role was ever stored."""
        raise LookupError(f"roles of {users.num_rows}")

    def roles_left_with(self, users: pa.Table) -> pa.Table:
        """Never asked, for nobody was ever removed."""
        raise LookupError(f"roles of {users.num_rows} removed")

    def school_sizes(self) -> pa.Table:
        """Never asked, for nobody was ever stored."""
        raise LookupError("school sizes")

    def elsewhere(self, entity: Entity) -> pa.Table:  # noqa: ARG002 - the seam's shape
        """No other connections."""
        return pa.table({"sourced_id": pa.array([], pa.string())})
