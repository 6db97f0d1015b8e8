"""manifest.csv as the standard writes it: every property, in the order of its table."""

from collections.abc import Mapping
from typing import Final

from rosterkeeper.oneroster.fields import FILES_V1P1, FILES_V1P2, V1P1, V1P2
from rosterkeeper.oneroster.vocabulary import FILE_MODES

# The order of the 1.2 property table; that of 1.1 is the same without the files that 1.2 added.
_ORDER: Final = (
    "academicSessions",
    "categories",
    "classes",
    "classResources",
    "courses",
    "courseResources",
    "demographics",
    "enrollments",
    "lineItemLearningObjectiveIds",
    "lineItems",
    "lineItemScoreScales",
    "orgs",
    "resources",
    "resultLearningObjectiveIds",
    "results",
    "resultScoreScales",
    "roles",
    "scoreScales",
    "userProfiles",
    "userResources",
    "users",
)
_FILES: Final = {V1P1: frozenset(FILES_V1P1), V1P2: frozenset(FILES_V1P2)}
_ABSENT: Final = FILE_MODES[0]


def manifest_files(version: str) -> tuple[str, ...]:
    """The files that a manifest of ``version`` accounts for, in order; KeyError for a version without a manifest."""
    return tuple(name for name in _ORDER if name in _FILES[version])


def manifest_text(version: str, modes: Mapping[str, str], *, system_name: str = "", system_code: str = "") -> str:
    """The text of manifest.csv for ``version`` (1.1 or 1.2); files that ``modes`` does not name are absent.

    ``modes`` maps a file's name without its ending to ``absent``, ``bulk`` or ``delta``. A blank system name or code
    leaves its property out. Raises KeyError for a version without a manifest and ValueError for a file that is not
    of the version or a mode that is not the standard's.
    """
    files = manifest_files(version)
    if strangers := sorted(set(modes) - set(files)):
        raise ValueError(f"not files of OneRoster {version}: {', '.join(strangers)}")
    if wrong := sorted(name for name, mode in modes.items() if mode not in FILE_MODES):
        raise ValueError(f"not a mode of manifest.csv: {', '.join(wrong)}")
    rows = [("propertyName", "value"), ("manifest.version", "1.0"), ("oneroster.version", version)]
    rows += [(f"file.{name}", modes.get(name, _ABSENT)) for name in files]
    rows += [("source.systemName", system_name)] if system_name else []
    rows += [("source.systemCode", system_code)] if system_code else []
    return "".join(f"{name},{_cell(value)}\n" for name, value in rows)


def _cell(value: str) -> str:
    """A value as RFC 4180 writes it."""
    if any(mark in value for mark in ',"\r\n'):
        doubled = value.replace('"', '""')
        return f'"{doubled}"'
    return value
