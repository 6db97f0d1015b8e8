"""A search as words that must all be found, and how each database is asked for them.

SQLite answers from the FTS5 table `roster_catalog_word`, whose rows are the ranks; PostgreSQL from a text-search index
over the same words (see the migration that makes them).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from rosterkeeper.store.facets import ACTIVE, GRADE, ISSUE, REMOVED, ROLE, SCHOOL
from rosterkeeper.store.folding import FACET, facet, typed_words

# One alternative: words that must all be there, each whole or as a beginning.
_Way = tuple[tuple[str, bool], ...]


class _Written(Protocol):
    def __call__(self, word: str, *, starts: bool) -> str: ...


@dataclass(frozen=True, slots=True)
class Wording:
    """Clauses that must all hold; each is a list of alternatives, without any it cannot hold."""

    clauses: list[list[_Way]] = field(default_factory=list)

    def fts5(self) -> str:
        """The wording as FTS5's query (sqlite.org/fts5.html, Full-text Query Syntax)."""
        return " AND ".join(f"({_joined(each, ' AND ', ' OR ', _fts5)})" for each in self.clauses)

    def tsquery(self) -> str:
        """The wording as the text of a PostgreSQL tsquery."""
        return " & ".join(f"({_joined(each, ' & ', ' | ', _tsquery)})" for each in self.clauses)


def worded(text: str, *, removed: bool | None, schools: Iterable[str] | None, **facts: str) -> Wording:
    """The wording of what was typed and chosen; ``facts`` are ``school``, ``role``, ``grade``, ``issue``, '' for any.

    ``schools`` are those in sight, None for all of them; ``removed`` None asks for the live and the removed.
    """
    clauses: list[list[_Way]] = [
        [tuple((part, True) for part in way.split()) for way in ways] for ways in typed_words(text)
    ]
    kinds = {"school": SCHOOL, "role": ROLE, "grade": GRADE, "issue": ISSUE}
    clauses += [[((facet(kinds[name], value), False),)] for name, value in sorted(facts.items()) if value]
    if schools is not None:
        # No school in sight is nobody in sight: a facet that nobody has.
        clauses.append([((facet(SCHOOL, each), False),) for each in sorted(schools)] or [((FACET, False),)])
    if removed is not None:
        clauses.append([((FACET + (REMOVED if removed else ACTIVE), False),)])
    return Wording(clauses or [[((FACET + ACTIVE, False),), ((FACET + REMOVED, False),)]])


def _joined(ways: list[_Way], both: str, either: str, written: "_Written") -> str:
    return either.join(f"({both.join(written(word, starts=starts) for word, starts in way)})" for way in ways)


def _fts5(word: str, *, starts: bool) -> str:
    return f'"{word}"' + (" *" if starts else "")


def _tsquery(word: str, *, starts: bool) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'" + (":*" if starts else "")
