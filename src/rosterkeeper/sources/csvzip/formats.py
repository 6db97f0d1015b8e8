"""Recognises rosters in other vendors' formats, so that they are refused by their name and not by a riddle."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Format:
    """A format known by its file names and, where others use the same names, by column names in one of its files.

    ``files`` are those that must be there; ``told_by`` is a file and its columns of which all must be in the header;
    ``lacks`` is a column of OneRoster's that the file must not have.
    """

    name: str
    files: frozenset[str]
    told_by: tuple[str, frozenset[str]] | None = None
    lacks: str = ""


_FORMATS: Final = (
    Format("Microsoft School Data Sync v1", frozenset({"school.csv", "section.csv", "studentenrollment.csv"})),
    Format("Microsoft School Data Sync v1", frozenset({"school.csv", "section.csv", "teacherroster.csv"})),
    Format("Microsoft School Data Sync v2.1", frozenset({"orgs.csv", "users.csv", "userflags.csv"})),
    Format("Microsoft School Data Sync v2.1", frozenset({"orgs.csv", "users.csv", "relationships.csv"})),
    Format(
        "Microsoft School Data Sync v2.1",
        frozenset({"orgs.csv", "users.csv", "roles.csv"}),
        ("roles.csv", frozenset({"usersourcedid", "orgsourcedid", "role"})),
        lacks="sourcedid",
    ),
    Format(
        "Microsoft School Data Sync v2",
        frozenset({"orgs.csv", "users.csv"}),
        ("enrollments.csv", frozenset({"classsourcedid", "usersourcedid", "role"})),
        lacks="sourcedid",
    ),
    Format("Apple School Manager", frozenset({"rosters.csv", "students.csv", "staff.csv"})),
    Format("Apple School Manager", frozenset({"students.csv"}), ("students.csv", frozenset({"person_id"}))),
    Format("Clever", frozenset({"schools.csv", "students.csv", "sections.csv"})),
    Format("Clever", frozenset({"students.csv"}), ("students.csv", frozenset({"school_id", "student_id"}))),
)


def recognise(files: frozenset[str], header_of: Callable[[str], frozenset[str]]) -> str:
    """The name of the format that a zip without a manifest is in; '' where it is none of the known ones.

    ``files`` are lower-case names; ``header_of`` gives the lower-case column names of one of them.
    """
    for each in _FORMATS:
        if each.files <= files and _is_told(each, files, header_of):
            return each.name
    return ""


def _is_told(each: Format, files: frozenset[str], header_of: Callable[[str], frozenset[str]]) -> bool:
    if each.told_by is None:
        return True
    file, columns = each.told_by
    if file not in files:
        return False
    header = header_of(file)
    return columns <= header and not (each.lacks and each.lacks in header)
