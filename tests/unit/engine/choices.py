"""A district with something for every option, and runs of the engine with options."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from rosterkeeper.engine.changes import change_table, gone_table
from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.options import Options, Selection
from rosterkeeper.engine.run import Plan
from rosterkeeper.oneroster.fields import BY_NAME
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Mode
from tests.unit.engine.districts import enrollment, user
from tests.unit.engine.tables import TODAY, KeptRoster, TableSource, applied, once, planned

NewScratch = Callable[[], Scratch]
Rows = dict[str, list[dict[str, str]]]
EVERYONE = Options(parents=True, demographics=True)


def chosen(**options: object) -> Options:
    """Everyone and everything, but for the options given."""
    return msgspec.structs.replace(EVERYONE, **options)


def session(sourced_id: str, start: str, end: str, kind: str = "term") -> dict[str, str]:
    """A session; its end date is the day after its last."""
    return {
        "sourcedId": sourced_id,
        "title": sourced_id,
        "type": kind,
        "startDate": start,
        "endDate": end,
        "schoolYear": "2027",
    }


def school_class(sourced_id: str, school: str, *terms: str) -> dict[str, str]:
    """A class of a school in some terms."""
    listed = ",".join(f'"{term}"' for term in terms)
    return {
        "sourcedId": sourced_id,
        "title": sourced_id,
        "courseSourcedId": f"c{school}",
        "classType": "scheduled",
        "schoolSourcedId": school,
        "termSourcedIds": f"[{listed}]" if terms else "",
    }


def town() -> Rows:
    """Two schools; a student and a teacher in each, one in both; parents with and without what a parent needs."""
    return {
        "orgs": [
            {"sourcedId": "town", "name": "Town", "type": "district"},
            {"sourcedId": "north", "name": "North", "type": "school", "parentSourcedId": "town"},
            {"sourcedId": "south", "name": "South", "type": "school", "parentSourcedId": "town"},
        ],
        "academicSessions": [
            session("year", "2026-08-01", "2027-07-01", "schoolYear"),
            session("fall", "2026-08-15", "2026-12-19"),
            session("spring", "2027-01-10", "2027-06-12"),
        ],
        "courses": [
            {"sourcedId": "cnorth", "title": "Algebra", "orgSourcedId": "north"},
            {"sourcedId": "csouth", "title": "Latin", "orgSourcedId": "south"},
        ],
        "classes": [
            school_class("kn-fall", "north", "fall"),
            school_class("kn-spring", "north", "spring"),
            school_class("ks", "south", "fall"),
        ],
        "users": [
            user("ann", ["north"], grades='["09"]', agentSourcedIds='["gus","pia"]'),
            user("bob", ["south"], grades='["10"]', agentSourcedIds='["sue"]'),
            user("tom", ["north"], role="teacher"),
            user("tia", ["south"], role="teacher"),
            user("both", ["north", "south"], role="teacher"),
            user("gus", ["north"], role="guardian", agentSourcedIds='["ann"]'),
            user("pia", ["north"], role="parent", email="", agentSourcedIds='["ann"]'),
            user("sue", ["south"], role="relative"),
            user("lone", ["north"], role="parent"),
        ],
        "demographics": [{"sourcedId": "ann", "sex": "female"}, {"sourcedId": "bob", "sex": "male"}],
        "enrollments": [
            enrollment("e-ann", "kn-fall", "north", "ann"),
            enrollment("e-bob", "ks", "south", "bob"),
            enrollment("e-tom", "kn-fall", "north", "tom") | {"role": "teacher"},
            enrollment("e-tia", "ks", "south", "tia") | {"role": "teacher"},
        ],
    }


@dataclass(frozen=True)
class Ran:
    """One run: its plan, and what stands in its scratch database."""

    made: Plan
    scratch: Scratch

    def given(self, entity: str) -> set[str]:
        """The ids that the run adds, updates or restores."""
        relation = change_table(BY_NAME[entity])
        if not self.scratch.has_relation(relation):
            return set()
        return {str(row[0]) for row in self.scratch.rows(f"SELECT sourced_id FROM {relation}")}

    def gone(self, entity: str) -> set[str]:
        """The ids that the run removes."""
        relation = gone_table(BY_NAME[entity])
        if not self.scratch.has_relation(relation):
            return set()
        return {str(row[0]) for row in self.scratch.rows(f"SELECT sourced_id FROM {relation}")}

    def why(self) -> dict[str, str]:
        """The ids that are left out, and under which code."""
        told = self.scratch.rows("SELECT sourced_id, code FROM finding WHERE starts_with(code, 'option.')")
        return {str(sourced_id): str(code) for sourced_id, code in told}

    def codes(self) -> set[str]:
        """The codes of what holds the run."""
        return {reason.code for reason in self.made.reasons}

    def kept(self) -> KeptRoster:
        """The roster after a first load."""
        return applied(self.scratch)


def ran(
    new_scratch: NewScratch,
    tables: Rows,
    options: Options = EVERYONE,
    live: LiveRoster | None = None,
    *,
    today: str = TODAY,
    only: str = "",
    confirmed: bool = False,
    changed: bool = True,
    modes: dict[str, Mode] | None = None,
) -> Ran:
    """One run with options."""
    scratch = new_scratch()
    selection = Selection(options=options, only=only, changed=changed, confirmed=confirmed)
    return Ran(
        planned(scratch, TableSource(tables, modes or {}), live, today=today, selection=selection),
        scratch,
    )


def taken_over(new_scratch: NewScratch, tables: Rows, options: Options = EVERYONE, *, today: str = TODAY) -> KeptRoster:
    """The live roster after a first load with options."""
    return once((tables, options, today), lambda: ran(new_scratch, tables, options, today=today).kept())
