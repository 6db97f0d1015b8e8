"""Which classes and courses the options leave out: those of excluded schools, and those whose sessions are over."""

from typing import Final

from rosterkeeper.engine.fates import fate_table, set_fate
from rosterkeeper.engine.forms import literal
from rosterkeeper.engine.live import LiveRoster
from rosterkeeper.engine.normalize import norm_table
from rosterkeeper.engine.options import Options
from rosterkeeper.engine.terms import KNOWN_TERMS, TERM_STATES, land_terms, make_states
from rosterkeeper.oneroster.fields import CLASSES, COURSES
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Fetched

EXCLUDED: Final = "option.school_excluded"
NOT_CURRENT: Final = "option.academic_session"


def listed(words: tuple[str, ...]) -> str:
    """``words`` as the inside of an SQL list."""
    return ", ".join(literal(word) for word in words)


def judge_teaching(scratch: Scratch, live: LiveRoster, fetched: Fetched, options: Options, *, today: str) -> None:
    """Set the fates of classes and courses, and land the terms that people are judged by too."""
    if options.goes_by_date:
        land_terms(scratch, live, fetched)
    if CLASSES.name in fetched.collections:
        if options.excluded_schools:
            schools = listed(options.excluded_schools)
            set_fate(scratch, CLASSES, EXCLUDED, f"{_active_classes()} AND school_sourced_id IN ({schools})")
        if options.respect_academic_sessions:
            make_states(scratch, today=today, before=options.days_before, after=options.days_after)
            set_fate(
                scratch,
                CLASSES,
                NOT_CURRENT,
                f"{_active_classes()} AND sourced_id IN (SELECT class_id FROM {KNOWN_TERMS})"
                f" AND sourced_id NOT IN (SELECT class_id FROM {TERM_STATES} WHERE state <> '')",
            )
    if COURSES.name in fetched.collections and options.excluded_schools:
        _exclude_courses(scratch, fetched, options)


def _exclude_courses(scratch: Scratch, fetched: Fetched, options: Options) -> None:
    """The courses of excluded schools, but for those that a class of another school is of."""
    used = "SELECT '' WHERE false"
    if CLASSES.name in fetched.collections:
        used = (
            f"SELECT course_sourced_id FROM {norm_table(CLASSES)} WHERE status = 'active'"
            f" AND sourced_id NOT IN (SELECT sourced_id FROM {fate_table(CLASSES)})"
        )
    set_fate(
        scratch,
        COURSES,
        EXCLUDED,
        f"SELECT sourced_id FROM {norm_table(COURSES)} WHERE status = 'active'"
        f" AND org_sourced_id IN ({listed(options.excluded_schools)}) AND sourced_id NOT IN ({used})",
    )


def _active_classes() -> str:
    return f"SELECT sourced_id FROM {norm_table(CLASSES)} WHERE status = 'active'"
