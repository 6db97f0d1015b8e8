"""The roster database's tables, as the core names them; the Django models are made from the same facts."""

from typing import Final

from rosterkeeper.oneroster.fields import Entity

RUNS: Final = "runs_run"
STATES: Final = "runs_state"
APPLIED: Final = "runs_applied_run"
FINDINGS: Final = "runs_finding"
# Made of the roster, for looking things up in it.
CATALOG: Final = "roster_catalog"
CATALOG_PERSON: Final = "roster_catalog_person"
CATALOG_CLASS: Final = "roster_catalog_class"
CATALOG_SEATS: Final = "roster_catalog_seats"
CATALOG_PLACE: Final = "roster_catalog_place"
HEALTH: Final = "roster_health"
DECISIONS: Final = "roster_decision"

# Every roster table: key, then bookkeeping around the entity's stored fields.
KEY: Final = ("connection_id", "sourced_id")
NUMBERS: Final = ("connection_id", "district_id", "row_hash", "changed_run", "run_id", "existed")


def live_columns(entity: Entity) -> tuple[str, ...]:
    """The columns of the entity's live table, in order: all text but the ids, the hash and the run."""
    return (
        "connection_id",
        "sourced_id",
        "district_id",
        *(field.column for field in entity.stored_fields if field.column != "sourced_id"),
        "metadata",
        "row_hash",
        "changed_run",
        "removed_at",
    )


def before_table(entity: Entity) -> str:
    """The table of the entity's before-images, from which the last run is undone."""
    return entity.table.replace("roster_", "roster_before_", 1)


def before_columns(entity: Entity) -> tuple[str, ...]:
    """A before-image: the run that changed the record, whether it existed (1 or 0), and the record as it was."""
    return ("run_id", "existed", *live_columns(entity))
