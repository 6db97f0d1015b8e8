"""The standard's vocabularies (OneRoster 1.1 and 1.2, CSV and REST bindings)."""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words one field may hold; ``legacy`` maps words of older versions and dialects to today's."""

    name: str
    words: tuple[str, ...]
    extensible: bool = False
    legacy: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def repairs(self) -> dict[str, str]:
        """Every lower-cased spelling this vocabulary understands, to the standard's own word."""
        known = {word.lower(): word for word in self.words}
        return {old.lower(): new for old, new in self.legacy.items()} | known


EXTENSION_PREFIX: Final = "ext:"
EXTENSION_PATTERN: Final = r"ext:[a-zA-Z0-9.\-_]+"

STATUS = Vocabulary("StatusType", ("active", "tobedeleted"), legacy=MappingProxyType({"inactive": "tobedeleted"}))
SESSION_TYPE = Vocabulary(
    "SessionType",
    ("gradingPeriod", "semester", "schoolYear", "term"),
    extensible=True,
    legacy=MappingProxyType({"grading period": "gradingPeriod", "school year": "schoolYear"}),
)
CLASS_TYPE = Vocabulary("ClassType", ("homeroom", "scheduled"), extensible=True)
ORG_TYPE = Vocabulary(
    "OrgType",
    ("department", "school", "district", "local", "state", "national"),
    extensible=True,
    legacy=MappingProxyType({"departments": "department", "schools": "school"}),
)
# One vocabulary for a person's role in both versions: `administrator` is 1.1's own word (roles.csv of 1.2 splits it).
USER_ROLE = Vocabulary(
    "UserRole",
    (
        "administrator",
        "aide",
        "counselor",
        "districtAdministrator",
        "guardian",
        "parent",
        "principal",
        "proctor",
        "relative",
        "siteAdministrator",
        "student",
        "systemAdministrator",
        "teacher",
    ),
    extensible=True,
)
USER_ROLE_V1P1: Final = (
    "administrator",
    "aide",
    "guardian",
    "parent",
    "proctor",
    "relative",
    "student",
    "teacher",
)
# How a 1.2 role is told to a 1.1 reader (spec notes, section 3). Words not named here stay; `ext:` words become aide.
ROLE_TO_V1P1: Final = MappingProxyType(
    {
        "counselor": "aide",
        "districtAdministrator": "administrator",
        "principal": "administrator",
        "siteAdministrator": "administrator",
        "systemAdministrator": "administrator",
    }
)
# And the other way: roles.csv of 1.2 has no plain administrator.
ROLE_TO_V1P2: Final = MappingProxyType({"administrator": "siteAdministrator"})
# Which of several roles stands for the person in 1.1, first wins.
ROLE_PRECEDENCE: Final = (
    "administrator",
    "teacher",
    "aide",
    "proctor",
    "student",
    "guardian",
    "parent",
    "relative",
)
ROLE_TYPE = Vocabulary("RoleType", ("primary", "secondary"))
ENROLLMENT_ROLE = Vocabulary("EnrollmentRole", ("administrator", "proctor", "student", "teacher"), extensible=True)
SEX = Vocabulary("Sex", ("male", "female", "unspecified", "other"), extensible=True)
BOOLEAN = Vocabulary(
    "Boolean",
    ("true", "false"),
    legacy=MappingProxyType({"1": "true", "0": "false", "yes": "true", "no": "false", "y": "true", "n": "false"}),
)
FILE_MODES: Final = ("absent", "bulk", "delta")
