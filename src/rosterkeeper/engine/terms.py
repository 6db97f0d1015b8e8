"""When classes are taught: the sessions of each class, and which of them count on a day.

A session is current from its first day up to, and without, its end date (OneRoster: endDate is exclusive). No school
is without one between two: where none of a type is current in a school, those that ended last stay so until the next
begin, and where none has ended yet the next ones are so already.
"""

from typing import Final

from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.engine.references import live_table
from rosterkeeper.oneroster.fields import ACADEMIC_SESSIONS, CLASSES, Entity
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Fetched, Mode

KNOWN_TERMS: Final = "class_term"
TERM_STATES: Final = "term_state"
# Many feeds write the last day itself as the end date: who stayed to the end must not have left by that one day.
_LAST_DAYS: Final = 2


def land_terms(scratch: Scratch, live: LiveRoster, fetched: Fetched) -> None:
    """Make `class_term`: class_id, school, type, begins, ends (exclusive), a row for each known session of a class."""
    sessions = _known(scratch, live, fetched, ACADEMIC_SESSIONS, "sourced_id, type, start_date, end_date")
    classes = _known(scratch, live, fetched, CLASSES, "sourced_id, school_sourced_id, term_sourced_ids")
    scratch.run(
        f"CREATE TEMP TABLE {KNOWN_TERMS} AS SELECT DISTINCT c.sourced_id AS class_id, c.school_sourced_id AS school,"
        " s.type, s.start_date::DATE AS begins, s.end_date::DATE AS ends"
        " FROM (SELECT sourced_id, school_sourced_id, unnest(term_sourced_ids::JSON::VARCHAR[]) AS term"
        f" FROM ({classes}) WHERE term_sourced_ids <> '') c JOIN ({sessions}) s ON s.sourced_id = c.term"
        " WHERE s.start_date <> '' AND s.end_date <> ''"
    )


def make_states(scratch: Scratch, *, today: str, before: int = 0, after: int = 0) -> None:
    """Make `term_state`: class_id, state ('now', 'last', 'next' or '' for none of them), opens, closes.

    Each session is widened by the days ``before`` and ``after`` it.
    """
    day = f"DATE '{today}'"
    scratch.run(
        f"""
        CREATE OR REPLACE TEMP TABLE {TERM_STATES} AS
        WITH wide AS (SELECT *, begins - {before} AS opens, ends + {after} AS closes FROM {KNOWN_TERMS}),
        calendar AS (
            SELECT school, type, bool_or(opens <= {day} AND {day} < closes) AS some_now,
                max(closes) FILTER (closes <= {day}) AS last, min(opens) FILTER (opens > {day}) AS next
            FROM wide GROUP BY school, type
        )
        SELECT class_id, opens, closes,
            CASE WHEN opens <= {day} AND {day} < closes THEN 'now'
                WHEN NOT some_now AND closes = last THEN 'last'
                WHEN NOT some_now AND last IS NULL AND opens = next THEN 'next' ELSE '' END AS state
        FROM wide JOIN calendar USING (school, type)
        """
    )


def class_days(today: str) -> str:
    """A query for the day on which a class's enrollments are judged (class_id, day): between two sessions, the last's.

    Needs `make_states`; a class that is not in it is judged today.
    """
    return (
        f"SELECT class_id, CASE WHEN bool_or(state = 'now') THEN DATE '{today}'"
        f" WHEN bool_or(state = 'last') THEN max(closes) FILTER (state = 'last') - {_LAST_DAYS}"
        " WHEN bool_or(state = 'next') THEN min(opens) FILTER (state = 'next')"
        f" ELSE DATE '{today}' END::VARCHAR AS day FROM {TERM_STATES} GROUP BY class_id"
    )


def _known(scratch: Scratch, live: LiveRoster, fetched: Fetched, entity: Entity, columns: str) -> str:
    """The entity's records of this pull, and where that is not all of them the live ones too."""
    collection = fetched.collections.get(entity.name)
    told = f"SELECT {columns} FROM {norm_table(entity)} WHERE status = 'active'"
    if collection is not None and collection.mode is Mode.BULK:
        return told
    name = f"stored_{entity.table}"
    ids = scratch.reader(f"SELECT sourced_id FROM {live_table(entity)} WHERE active = 1").read_all()
    if not ids.num_rows:
        return told if collection is not None else f"SELECT {_blank(columns)} WHERE false"
    scratch.land(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {columns} FROM incoming", live.rows(entity, ids))
    if collection is None:
        return f"SELECT {columns} FROM {name}"
    return f"{told} UNION ALL SELECT {columns} FROM {name} ANTI JOIN {norm_table(entity)} n USING (sourced_id)"


def _blank(columns: str) -> str:
    return ", ".join(f"'' AS {column}" for column in columns.split(", "))
