"""A made-up district in a scratch database: the same bytes for the same arguments, on any machine.

Nothing is drawn at run time: every fact is arithmetic over md5 of the seed and a key, so that any day is computed
at once, without playing the days before it. A place in the district keeps its number; its holder changes over time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Final

from rosterkeeper.oneroster.fields import BASE_FIELDS, BY_NAME, Entity, Kind
from rosterkeeper.sample import words
from rosterkeeper.sample.shape import Shape
from rosterkeeper.scratch import Scratch, quoted

_SQL: Final = ("macros.sql", "people.sql", "places.sql", "records.sql")
# Kinds whose cells may hold a comma or a quote.
_QUOTED: Final = (Kind.TEXT, Kind.TEXTS, Kind.REFS)


@dataclass(frozen=True, slots=True)
class Part:
    """A run of rows of one file: a table macro, its arguments, and whether it can leave out those at rest."""

    entity: str
    macro: str
    dated: bool = True
    of_people: bool = False

    def call(self, day: int, *, astir_only: bool) -> str:
        """The macro's call for the day with the given number, 0 for the first."""
        arguments = [str(day)] if self.dated else []
        arguments += [str(astir_only)] if self.of_people else []
        return f"{self.macro}({', '.join(arguments)})"


PARTS: Final = (
    Part("academicSessions", "sessions_on", dated=False),
    Part("orgs", "orgs_on", dated=False),
    Part("courses", "courses_on", dated=False),
    Part("classes", "classes_on"),
    Part("users", "users_on", of_people=True),
    Part("roles", "roles_on", of_people=True),
    Part("demographics", "demographics_on", of_people=True),
    Part("enrollments", "seats_on", of_people=True),
    Part("enrollments", "posts_on"),
)


def entities(version: str) -> tuple[Entity, ...]:
    """The entities a package of ``version`` holds, in the order they are written."""
    names = dict.fromkeys(part.entity for part in PARTS)
    return tuple(BY_NAME[name] for name in names if version in BY_NAME[name].versions)


def build(scratch: Scratch, shape: Shape, day: int) -> None:
    """Lay out the district as it is on ``day`` (1 is the first) and, where there is one, on the day before."""
    for name, number in shape.numbers().items():
        scratch.run(f"SET VARIABLE {name} = {number}")
    for name, items in _lists().items():
        literal = ", ".join(_literal(item) for item in items)
        scratch.run(f"SET VARIABLE {name} = [{literal}]")
    for name in _SQL:
        scratch.run(resources.files("rosterkeeper.sample").joinpath("sql", name).read_text("utf-8"))
    _add_sessions(scratch, shape)
    for number in range(max(0, day - 2), day):
        # Where people are changes by turns and moves alone, and who they are by turns and renames.
        scratch.run(
            "INSERT INTO holder SELECT here.*, (here.turn, here.moves, here.renames)"
            " IS DISTINCT FROM (there.turn, there.moves, there.renames)"
            f" FROM holders_on({number}) here JOIN counted_on({max(0, 2 * day - 3 - number)}) there USING (n)"
            " ORDER BY n"
        )


def rows(part: Part, version: str, day: int, *, astir_only: bool = False) -> str:
    """SQL for a part's rows on ``day``: ``id``, and ``rest``, the CSV text of all cells after dateLastModified."""
    fields = [each for each in BY_NAME[part.entity].fields if version in each.versions and each.csv not in BASE_FIELDS]
    cells = [f"cell({quoted(each.csv)})" if each.kind in _QUOTED else quoted(each.csv) for each in fields]
    call = part.call(day - 1, astir_only=astir_only)
    return f"""SELECT "sourcedId" AS id, concat({", ',', ".join(cells)}) AS rest FROM {call}"""


def text(scratch: Scratch, query: str) -> Iterator[memoryview]:
    """The bytes of a query's only column, joined: its Arrow buffer is the file's text as it stands."""
    for batch in scratch.reader(query):
        column = batch.column(0)
        if not len(column):
            continue
        _, offsets, data = column.buffers()
        places = memoryview(offsets).cast("i")
        yield memoryview(data)[places[column.offset] : places[column.offset + len(column)]]


def _add_sessions(scratch: Scratch, shape: Shape) -> None:
    sessions = shape.sessions()
    for place, each in enumerate(sessions):
        scratch.run(
            "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *(place, each.key, each.title, each.kind, str(each.start), str(each.end), each.parent),
                str(shape.extra.school_year),
            ],
        )
    by_key = {each.key.partition("-")[2]: each for each in sessions}
    year = str(shape.extra.school_year)
    dates = {
        "year_start": by_key[year].start,
        "year_end": by_key[year].end,
        "first_semester_end": by_key[f"{year}-s1"].end,
        "last_semester_start": by_key[f"{year}-s2"].start,
        "first_term_end": by_key[f"{year}-t1"].end,
        "last_term_start": by_key[f"{year}-t3"].start,
    }
    for name, when in dates.items():
        scratch.run(f"SET VARIABLE {name} = DATE '{when}'")


def _lists() -> dict[str, tuple[str, ...] | tuple[int, ...] | list[str]]:
    return {
        "cultures": words.CULTURES,
        "given": words.GIVEN,
        "given_slugs": words.GIVEN_SLUGS,
        "family": words.FAMILY,
        "family_slugs": words.FAMILY_SLUGS,
        "places": words.PLACES,
        "cities": words.CITIES,
        "states": words.STATES,
        "countries": words.COUNTRIES,
        "subjects": words.SUBJECTS,
        "subject_codes": words.SUBJECT_CODES,
    }


def _literal(item: str | int) -> str:
    if isinstance(item, int):
        return str(item)
    doubled = item.replace("'", "''")
    return f"'{doubled}'"
