"""The names of class groups: a district's template, and what is added where two of a school would be called the same.

The template is rendered once in SQL for a whole district and once in Python for a single class; a test holds both to
the same names. A placeholder without a value takes what stands before it, and the brackets that it closes, away with
it, so that ``{title} ({period})`` leaves no empty brackets.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rosterkeeper.engine.forms import literal
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.scratch import Scratch

DEFAULT: Final = "{title}"
PLACEHOLDERS: Final = ("title", "course", "code", "period", "term", "school", "grade", "teacher")
# What is added to equal names, in order, before they are numbered.
ADDED: Final = ("period", "term", "code")
LONGEST: Final = 200
# A template is typed by hand; longer ones are a mistake.
_LONGEST_TEMPLATE: Final = 200
_PART: Final = re.compile(r"([^{}]*)\{(\w+)\}([)\]”»]*)")
_LEADING: Final = " -–—·,:;/|"
_JOIN: Final = " - "


@dataclass(frozen=True, slots=True)
class Part:
    """A placeholder with the text in front of it and the brackets right behind it."""

    before: str
    name: str
    behind: str


@dataclass(frozen=True, slots=True)
class Template:
    """A template taken apart; ``end`` is the text behind the last placeholder."""

    parts: tuple[Part, ...]
    end: str

    def has(self, name: str) -> bool:
        """Whether the placeholder is in the template."""
        return any(part.name == name for part in self.parts)


def parsed(text: str) -> Template:
    """The template that the text states, '' for the default; SettingsError ``groups.template`` where it states none."""
    stated = text.strip() or DEFAULT
    parts = tuple(Part(*match.groups()) for match in _PART.finditer(stated))
    end = _PART.sub("", stated)
    known = all(part.name in PLACEHOLDERS for part in parts)
    if not parts or not known or "{" in end or "}" in end or len(stated) > _LONGEST_TEMPLATE:
        raise SettingsError(
            "groups.template",
            "The template for the names of groups is not one that can be filled in.",
            todo=f"Use at least one of {', '.join('{' + each + '}' for each in PLACEHOLDERS)},"
            f" and at most {_LONGEST_TEMPLATE} letters.",
        )
    return Template(parts, end)


def filled(template: Template, values: Mapping[str, str], otherwise: str) -> str:
    """The template with a class's values; ``otherwise`` where that is blank."""
    made = "".join(
        f"{part.before}{value}{part.behind}" for part in template.parts if (value := values.get(part.name, ""))
    )
    made = (made and made + template.end).lstrip(_LEADING).strip(" ")[:LONGEST]
    return made or otherwise


def filled_sql(template: Template) -> str:
    """The same as an SQL expression over columns named like the placeholders; ``class_sourced_id`` is the otherwise."""
    cells = [
        f"CASE WHEN {part.name} = '' THEN '' ELSE {literal(part.before)} || {part.name} || {literal(part.behind)} END"
        for part in template.parts
    ]
    joined = " || ".join(cells)
    whole = f"CASE WHEN {joined} = '' THEN '' ELSE {joined} || {literal(template.end)} END"
    cut = f"left(trim(ltrim({whole}, {literal(_LEADING)})), {LONGEST})"
    return f"coalesce(nullif({cut}, ''), nullif(title, ''), class_sourced_id)"


def distinguish(scratch: Scratch, template: Template) -> None:
    """Make the names in the table `naming` differ within each school.

    Its columns: no, place (any value that tells schools apart), class_sourced_id, known_id and known_name (0 and ''
    for a group yet to be), is_fixed (by hand, stays), name, and those of `ADDED`. Equal names get what tells them
    apart: first the period, then the term, then the code; then a number, which a group keeps once it has it.
    """
    for column in ADDED:
        if not template.has(column):
            added = f"name || '{_JOIN}' || {column}"
            scratch.run(
                "CREATE OR REPLACE TABLE naming AS SELECT * REPLACE (CASE WHEN NOT is_fixed AND"
                f" {column} <> '' AND count(*) OVER same > 1 AND min({column}) OVER same <> max({column}) OVER same"
                f" THEN {added} ELSE name END AS name) FROM naming"
                " WINDOW same AS (PARTITION BY place, lower(name))"
            )
    scratch.run(_NUMBERED)
    scratch.run(_LAST)


# A number that a group has stays with it, for a name that changes is a change in every product that is fed.
_NUMBERED: Final = """
    CREATE OR REPLACE TABLE naming AS
    WITH stated AS (
        SELECT *, CASE WHEN is_fixed OR known_name = name THEN 1
            WHEN starts_with(known_name, name || ' (') AND ends_with(known_name, ')')
                THEN try_cast(regexp_extract(known_name, ' \\(([1-9][0-9]{0,5})\\)$', 1) AS BIGINT) END AS had
        FROM naming
    ),
    kept AS (
        SELECT *, CASE WHEN had IS NOT NULL AND (is_fixed OR row_number() OVER (
            PARTITION BY place, lower(name), had ORDER BY is_fixed DESC, known_id, class_sourced_id) = 1)
            THEN had END AS number
        FROM stated
    )
    SELECT * EXCLUDE (had, number) REPLACE (CASE WHEN is_fixed OR counted = 1 THEN name
        ELSE name || ' (' || counted || ')' END AS name)
    FROM (
        SELECT *, coalesce(number, coalesce(max(number) OVER same, 0) + row_number() OVER (
            PARTITION BY place, lower(name), number IS NULL ORDER BY known_id = 0, known_id, class_sourced_id
        )) AS counted
        FROM kept WINDOW same AS (PARTITION BY place, lower(name))
    )
"""
# A title that ends in a number of its own may meet one that was numbered.
_LAST: Final = """
    CREATE OR REPLACE TABLE naming AS SELECT * REPLACE (CASE WHEN NOT is_fixed AND row_number() OVER (
            PARTITION BY place, lower(name) ORDER BY is_fixed DESC, known_name = name DESC, known_id = 0, known_id,
                class_sourced_id) > 1
        THEN name || ' [' || class_sourced_id || ']' ELSE name END AS name)
    FROM naming
"""
