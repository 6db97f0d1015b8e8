"""Whether a district's persons are those of its present rosters, directory, rulings and date, and bringing them there.

Made by a child process; what is behind is found by comparing, whatever has moved it.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection as database

from rosterkeeper.features.connections.dates import today_in
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.people import telling
from rosterkeeper.features.people.models import PeopleSettings
from rosterkeeper.features.roster.fresh import memory_limit
from rosterkeeper.job.launch import Follow, launch
from rosterkeeper.job.words import Action, Job, Result
from rosterkeeper.store.schema import STATES

# Who has not finished by then has died; the next one takes its token away.
_LONGEST: Final = timedelta(minutes=15)
# Megabytes for a child beside a run, which has its own: with SQLite's a million stays below 1.5 gigabytes.
_MOST_MEMORY: Final = 900
OVERTAKEN: Final = "matching.overtaken"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a district's persons stand; ``matched_at`` is RFC 3339 in UTC, '' where there was no matching yet.

    ``code`` is that of the error by which the last matching ended, '' for none.
    """

    matched_at: str
    is_current: bool
    is_being_made: bool
    code: str


def standing(district: int) -> Standing:
    """How the district's persons stand."""
    made = PeopleSettings.objects.filter(district_id=district).first() or PeopleSettings(district_id=district)
    versions = {number: version for number, (version, _) in _states().get(district, {}).items()}
    return Standing(
        made.matched_at,
        _known(made) == versions
        and made.inputs == made.matched_inputs
        and made.matched_on == today(district).isoformat(),
        _begun(made),
        made.code,
    )


def behind() -> list[int]:
    """The districts that are to be matched and are not being matched: for the worker to go through.

    While a run holds one of its connections the roster is about to change; what somebody decided does not wait for it.
    """
    states = _states()
    made = {each.district_id: each for each in PeopleSettings.objects.all()}
    return [
        district
        for district in sorted(set(states) | set(made))
        if _is_due(made.get(district) or PeopleSettings(district_id=district), states.get(district, {}))
    ]


def refresh(district: int, *, on_progress: Follow = lambda _: None) -> Result:
    """Match the district, in a child process; what it ended by is kept where it failed."""
    PeopleSettings.objects.get_or_create(district_id=district)
    now = datetime.now(UTC)
    # Said before the child has begun, so that nobody else begins meanwhile.
    mine = PeopleSettings.objects.filter(district_id=district)
    mine.update(started_at=_instant(now))
    result = launch(described(district, Action.MATCH, now), on_progress=on_progress, log=settings.ROSTER_JOB_LOG)
    if not result.code:
        telling.tell(district)
    elif result.code != OVERTAKEN:
        mine.update(started_at="", code=result.code)
    return result


def described(district: int, action: Action, now: datetime) -> Job:
    """The job of ``action`` about the district's people."""
    return Job(
        action=action,
        now=_instant(now),
        today=today(district).isoformat(),
        scratch=str(settings.ROSTER_SCRATCH / secrets.token_hex(8)),
        district=district,
        database=settings.ROSTER_DATABASE_URL,
        artifacts=str(settings.ROSTER_ARTIFACTS),
        memory_limit=memory_limit(settings.ROSTER_MEMORY_LIMIT, most=_MOST_MEMORY),
        threads=settings.ROSTER_THREADS,
    )


def numbers(district: int) -> dict[str, dict[str, int]]:
    """What the last matching came to: results by kind of person, and ``directory``; see matching.match.MatchNumbers."""
    told = _told(district)
    return {**told.get("persons", {}), "directory": told.get("directory", {})}


def seconds(district: int) -> dict[str, float]:
    """How long the steps of the last matching took; see matching.match.MatchNumbers."""
    made: dict[str, float] = _told(district).get("seconds", {})
    return made


def _told(district: int) -> dict[str, Any]:
    text = PeopleSettings.objects.filter(district_id=district).values_list("counts", flat=True).first()
    made: dict[str, Any] = json.loads(text or "{}")
    return made


def _is_due(made: PeopleSettings, states: Mapping[int, tuple[int, bool]]) -> bool:
    if _begun(made) or not (states or made.inputs or made.matched_at):
        return False
    if made.inputs != made.matched_inputs or made.matched_on != today(made.district_id).isoformat():
        return True
    moved = _known(made) != {number: version for number, (version, _) in states.items()}
    return moved and not any(is_held for _, is_held in states.values())


def _known(made: PeopleSettings) -> dict[int, int]:
    return {int(number): version for number, version in json.loads(made.matched_versions).items() if version}


def _begun(made: PeopleSettings) -> bool:
    return bool(made.started_at) and made.started_at > _instant(datetime.now(UTC) - _LONGEST)


def _states() -> dict[int, dict[int, tuple[int, bool]]]:
    """The state version of each connection that has ever been synced, and whether a run holds it, by district."""
    districts = dict(Connection.objects.values_list("id", "district_id"))
    # Runs are a room above the roster; their table is named in the store's schema for all to read.
    with database.cursor() as cursor:
        cursor.execute(f"SELECT connection_id, version, holder FROM {STATES} WHERE version > 0")
        found: dict[int, dict[int, tuple[int, bool]]] = {}
        for number, version, holder in cursor.fetchall():
            if number in districts:
                found.setdefault(districts[number], {})[number] = (version, bool(holder))
    return found


def today(district: int) -> date:
    """The local date of a district, by which its people and groups are judged; for 0 the server's."""
    return today_in(district)


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
