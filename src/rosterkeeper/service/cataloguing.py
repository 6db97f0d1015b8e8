"""Keeps catalogs up to their rosters, one connection after the other."""

import logging

from rosterkeeper.features.roster.fresh import behind, refresh

_log = logging.getLogger("rosterkeeper.worker")


def catch_up() -> bool:
    """Make every catalog that is behind and that nobody makes; returns whether each came to its roster."""
    done = True
    for connection in behind():
        result = refresh(connection)
        if result.code:
            _log.error("The catalog of connection %s could not be made (%s).", connection, result.code)
            done = False
    return done
