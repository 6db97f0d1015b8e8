"""Keeps persons up to their rosters, one district after the other."""

import logging

from rosterkeeper.features.groups.telling import tell_matched
from rosterkeeper.features.people import telling
from rosterkeeper.features.people.fresh import OVERTAKEN, behind, refresh

_log = logging.getLogger("rosterkeeper.worker")


def catch_up() -> bool:
    """Match every district that is behind and that nobody matches; returns whether each came to its end.

    What a matching before left untold, because its process died or was a command, is told as well.
    """
    done = True
    for district in behind():
        result = refresh(district)
        # Where somebody else has begun since, that one brings the district up.
        if result.code and result.code != OVERTAKEN:
            _log.error("The people of district %s could not be matched (%s).", district, result.code)
            done = False
    telling.tell()
    tell_matched()
    return done
