"""The field table: every rostering field of OneRoster 1.0, 1.1 and 1.2, stated once.

CSV reading, REST reading, the database columns, validation, hashes, exports, redaction and the docs all derive
from `ENTITIES`. Order is the header order of the CSV bindings; a field that one version lacks is skipped for it.

Canonical text, as every step after *fetch* sees a cell: "" is absent; a list is a JSON array of strings; a
boolean is ``true`` or ``false``; a date is ``YYYY-MM-DD``; a date-time is ``YYYY-MM-DDTHH:MM:SS.sssZ``.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rosterkeeper.oneroster import vocabulary as words
from rosterkeeper.oneroster.vocabulary import Vocabulary

V1P0: Final = "1.0"
V1P1: Final = "1.1"
V1P2: Final = "1.2"
VERSIONS: Final = (V1P0, V1P1, V1P2)
_ALL = VERSIONS
_FROM_1P1 = (V1P1, V1P2)
_TO_1P1 = (V1P0, V1P1)
_ONLY_1P2 = (V1P2,)


class Kind(StrEnum):
    """The form of a field's text."""

    ID = "id"
    REF = "ref"
    REFS = "refs"
    TEXT = "text"
    TEXTS = "texts"
    WORD = "word"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    YEAR = "year"


LIST_KINDS: Final = (Kind.REFS, Kind.TEXTS)


class Need(StrEnum):
    """What a blank or malformed value does: MUST rejects the record, SHOULD and MAY only warn.

    SHOULD fields are required by the standard, yet real feeds leave them blank or mask them; the known value stays.
    """

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one entity, under its CSV and its REST name."""

    csv: str
    rest: str
    kind: Kind
    need: Need = Need.MAY
    vocabulary: Vocabulary | None = None
    target: str = ""
    personal: bool = False
    aliases: tuple[str, ...] = ()
    versions: tuple[str, ...] = _ALL
    stored: bool = True
    ordered: bool = False

    @property
    def column(self) -> str:
        """The field's name in every table of ours: the CSV name in snake case."""
        return snake(self.csv)

    @property
    def is_list(self) -> bool:
        """Whether the canonical text is a JSON array."""
        return self.kind in LIST_KINDS

    @property
    def in_roster_hash(self) -> bool:
        """Whether all of CSV 1.1, CSV 1.2, REST 1.1 and REST 1.2 can carry the field."""
        return self.stored and V1P1 in self.versions and V1P2 in self.versions and self.csv not in BASE_FIELDS


@dataclass(frozen=True, slots=True)
class Entity:
    """One rostering entity: its names in the file, over REST and in the database, and its fields."""

    name: str
    singular: str
    table: str
    fields: tuple[Field, ...]
    versions: tuple[str, ...] = _ALL
    nested: bool = False
    core: bool = True

    @property
    def file(self) -> str:
        """The CSV file's name."""
        return f"{self.name}.csv"

    @property
    def stored_fields(self) -> tuple[Field, ...]:
        """The fields that have a database column, in order."""
        return tuple(field for field in self.fields if field.stored)

    @property
    def content_fields(self) -> tuple[Field, ...]:
        """The stored fields whose change is a change of the record: all but id, status and dateLastModified."""
        return tuple(field for field in self.stored_fields if field.csv not in BASE_FIELDS)

    def header(self, version: str) -> tuple[str, ...]:
        """The CSV header of ``version``, in the standard's order."""
        return tuple(field.csv for field in self.fields if version in field.versions)

    def field(self, column: str) -> Field:
        """The field with the given column name; KeyError where there is none."""
        for field in self.fields:
            if field.column == column:
                return field
        raise KeyError(f"{self.name} has no field {column}")


BASE_FIELDS: Final = ("sourcedId", "status", "dateLastModified")
PASSWORD_FIELDS: Final = ("password",)
METADATA_PREFIX: Final = "metadata."


def snake(name: str) -> str:
    """`classSourcedId` as `class_sourced_id`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _base(*aliases: str) -> tuple[Field, ...]:
    return (
        Field("sourcedId", "sourcedId", Kind.ID, Need.MUST, aliases=aliases),
        Field("status", "status", Kind.WORD, vocabulary=words.STATUS),
        Field("dateLastModified", "dateLastModified", Kind.DATETIME),
    )


def _text(name: str, rest: str = "", need: Need = Need.MAY, **more: object) -> Field:
    return Field(name, rest or name, Kind.TEXT, need, **more)  # type: ignore[arg-type]


_GRADES = Field("grades", "grades", Kind.TEXTS, aliases=("grade",))
_SUBJECTS = Field("subjects", "subjects", Kind.TEXTS, ordered=True, aliases=("subject",))
_SUBJECT_CODES = Field("subjectCodes", "subjectCodes", Kind.TEXTS, ordered=True, versions=_FROM_1P1)

ORGS = Entity(
    "orgs",
    "org",
    "roster_org",
    (
        *_base(),
        _text("name", need=Need.MUST),
        Field("type", "type", Kind.WORD, Need.MUST, words.ORG_TYPE),
        _text("identifier"),
        Field("parentSourcedId", "parent", Kind.REF, target="orgs"),
    ),
)

ACADEMIC_SESSIONS = Entity(
    "academicSessions",
    "academicSession",
    "roster_academic_session",
    (
        *_base(),
        _text("title", need=Need.MUST),
        Field("type", "type", Kind.WORD, Need.MUST, words.SESSION_TYPE),
        Field("startDate", "startDate", Kind.DATE, Need.MUST, aliases=("beginDate",)),
        Field("endDate", "endDate", Kind.DATE, Need.MUST),
        Field("parentSourcedId", "parent", Kind.REF, target="academicSessions"),
        Field("schoolYear", "schoolYear", Kind.YEAR, Need.SHOULD, versions=_FROM_1P1),
    ),
)

COURSES = Entity(
    "courses",
    "course",
    "roster_course",
    (
        *_base(),
        Field(
            "schoolYearSourcedId",
            "schoolYear",
            Kind.REF,
            target="academicSessions",
            aliases=("schoolYearId",),
        ),
        _text("title", need=Need.MUST),
        _text("courseCode"),
        _GRADES,
        Field("orgSourcedId", "org", Kind.REF, Need.SHOULD, target="orgs"),
        _SUBJECTS,
        _SUBJECT_CODES,
    ),
)

CLASSES = Entity(
    "classes",
    "class",
    "roster_class",
    (
        *_base(),
        _text("title", need=Need.MUST),
        _GRADES,
        Field("courseSourcedId", "course", Kind.REF, Need.SHOULD, target="courses"),
        _text("classCode"),
        Field("classType", "classType", Kind.WORD, Need.SHOULD, words.CLASS_TYPE),
        _text("location"),
        Field("schoolSourcedId", "school", Kind.REF, Need.MUST, target="orgs"),
        Field(
            "termSourcedIds",
            "terms",
            Kind.REFS,
            Need.SHOULD,
            target="academicSessions",
            aliases=("termSourcedId",),
        ),
        _SUBJECTS,
        _SUBJECT_CODES,
        Field("periods", "periods", Kind.TEXTS, aliases=("period",), versions=_FROM_1P1),
    ),
)

USERS = Entity(
    "users",
    "user",
    "roster_user",
    (
        *_base(),
        Field("enabledUser", "enabledUser", Kind.BOOLEAN, Need.SHOULD, words.BOOLEAN, versions=_FROM_1P1),
        Field(
            "orgSourcedIds",
            "orgs",
            Kind.REFS,
            target="orgs",
            aliases=("orgs", "orgSourcedId"),
            versions=_TO_1P1,
            stored=False,
        ),
        Field("role", "role", Kind.WORD, vocabulary=words.USER_ROLE, versions=_TO_1P1, stored=False),
        _text("username", need=Need.SHOULD, personal=True),
        Field("userIds", "userIds", Kind.TEXTS, personal=True, aliases=("userId",)),
        _text("givenName", need=Need.SHOULD, personal=True),
        _text("familyName", need=Need.SHOULD, personal=True),
        _text("middleName", personal=True, versions=_FROM_1P1),
        _text("identifier", personal=True),
        _text("email", personal=True),
        _text("sms", personal=True),
        _text("phone", personal=True),
        Field("agentSourcedIds", "agents", Kind.REFS, target="users", aliases=("agents",)),
        _GRADES,
        _text("password", personal=True, versions=_FROM_1P1, stored=False),
        _text("userMasterIdentifier", personal=True, versions=_ONLY_1P2),
        _text("preferredGivenName", "preferredFirstName", personal=True, versions=_ONLY_1P2),
        _text("preferredMiddleName", personal=True, versions=_ONLY_1P2),
        _text("preferredFamilyName", "preferredLastName", personal=True, versions=_ONLY_1P2),
        Field("primaryOrgSourcedId", "primaryOrg", Kind.REF, target="orgs", versions=_ONLY_1P2),
        _text("pronouns", personal=True, versions=_ONLY_1P2),
    ),
)

USER_PROFILES = Entity(
    "userProfiles",
    "userProfile",
    "roster_user_profile",
    (
        *_base(),
        Field("userSourcedId", "user", Kind.REF, Need.MUST, target="users"),
        _text("profileType"),
        _text("vendorId"),
        _text("applicationId"),
        _text("description"),
        _text("credentialType"),
        _text("username", personal=True),
        _text("password", personal=True, stored=False),
    ),
    versions=_ONLY_1P2,
    nested=True,
    core=False,
)

ROLES = Entity(
    "roles",
    "role",
    "roster_role",
    (
        *_base(),
        Field("userSourcedId", "user", Kind.REF, Need.MUST, target="users"),
        Field("roleType", "roleType", Kind.WORD, Need.SHOULD, words.ROLE_TYPE),
        Field("role", "role", Kind.WORD, Need.MUST, words.USER_ROLE),
        Field("beginDate", "beginDate", Kind.DATE),
        Field("endDate", "endDate", Kind.DATE),
        Field("orgSourcedId", "org", Kind.REF, Need.MUST, target="orgs"),
        Field("userProfileSourcedId", "userProfile", Kind.TEXT),
    ),
    versions=_ONLY_1P2,
    nested=True,
)

ENROLLMENTS = Entity(
    "enrollments",
    "enrollment",
    "roster_enrollment",
    (
        *_base(),
        Field("classSourcedId", "class", Kind.REF, Need.MUST, target="classes"),
        Field("schoolSourcedId", "school", Kind.REF, Need.SHOULD, target="orgs"),
        Field("userSourcedId", "user", Kind.REF, Need.MUST, target="users"),
        Field("role", "role", Kind.WORD, Need.MUST, words.ENROLLMENT_ROLE),
        Field("primary", "primary", Kind.BOOLEAN, vocabulary=words.BOOLEAN),
        Field("beginDate", "beginDate", Kind.DATE, aliases=("startDate",), versions=_FROM_1P1),
        Field("endDate", "endDate", Kind.DATE, versions=_FROM_1P1),
    ),
)


def _race(name: str) -> Field:
    return Field(name, name, Kind.BOOLEAN, vocabulary=words.BOOLEAN, personal=True)


DEMOGRAPHICS = Entity(
    "demographics",
    "demographics",
    "roster_demographics",
    (
        *_base("userSourcedId"),
        Field("birthDate", "birthDate", Kind.DATE, personal=True, aliases=("birthdate",)),
        Field("sex", "sex", Kind.WORD, vocabulary=words.SEX, personal=True),
        _race("americanIndianOrAlaskaNative"),
        _race("asian"),
        _race("blackOrAfricanAmerican"),
        _race("nativeHawaiianOrOtherPacificIslander"),
        _race("white"),
        _race("demographicRaceTwoOrMoreRaces"),
        _race("hispanicOrLatinoEthnicity"),
        _text("countryOfBirthCode", personal=True),
        _text("stateOfBirthAbbreviation", personal=True),
        _text("cityOfBirth", personal=True),
        _text("publicSchoolResidenceStatus", personal=True),
    ),
    core=False,
)

# In load order: what is pointed at comes first (spec notes, section 4).
ENTITIES: Final = (
    ORGS,
    ACADEMIC_SESSIONS,
    COURSES,
    CLASSES,
    USERS,
    USER_PROFILES,
    ROLES,
    DEMOGRAPHICS,
    ENROLLMENTS,
)
BY_NAME: Final = {entity.name: entity for entity in ENTITIES}
# What a district's feed must hold to be a roster at all.
CORE: Final = tuple(entity for entity in ENTITIES if entity.core and not entity.nested)

# Files of the standard that are recognised and counted, not imported.
GRADEBOOK_FILES: Final = (
    "categories",
    "lineItems",
    "lineItemLearningObjectiveIds",
    "lineItemScoreScales",
    "results",
    "resultLearningObjectiveIds",
    "resultScoreScales",
    "scoreScales",
)
RESOURCE_FILES: Final = ("resources", "classResources", "courseResources", "userResources")
FILES_V1P1: Final = (
    *(entity.name for entity in ENTITIES if V1P1 in entity.versions),
    *("categories", "classResources", "courseResources", "lineItems", "resources", "results"),
)
FILES_V1P2: Final = (*(entity.name for entity in ENTITIES), *GRADEBOOK_FILES, *RESOURCE_FILES)
