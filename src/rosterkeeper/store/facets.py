"""The words of another kind by which the catalog finds people, and where a connection's ranks lie.

Apart from what makes the catalog, so that a page that only reads it needs no DuckDB.
"""

from typing import Final

# Facets that need no value: live, removed, and what data health counts of people.
ACTIVE: Final = "a"
REMOVED: Final = "x"
SCHOOL: Final = "s"
ROLE: Final = "r"
GRADE: Final = "g"
ISSUE: Final = "i"

# Each connection's people have their own stretch of ranks, so that a rank alone names a person (and an FTS5 row).
STRETCH: Final = 1 << 43
