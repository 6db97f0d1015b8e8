"""The tables of persons, directory accounts and groups, as the core names them, and the words they hold."""

from enum import StrEnum
from typing import Final

SETTINGS: Final = "people_settings"
ACCOUNTS: Final = "people_account"
PERSONS: Final = "people_person"
RECORDS: Final = "people_record"
CANDIDATES: Final = "people_candidate"
FAMILY: Final = "people_family"
RULINGS: Final = "people_ruling"
UNTOLD: Final = "people_untold"
GROUPS: Final = "groups_group"
EXTRAS: Final = "groups_extra"
PARTS: Final = "groups_part"
GROUP_SETTINGS: Final = "groups_settings"


class Kind(StrEnum):
    """As what a person is matched; whoever is several is the first of them."""

    STAFF = "staff"
    STUDENT = "student"
    PARENT = "parent"


class Result(StrEnum):
    """What became of a person."""

    LINKED = "linked"
    CREATED = "created"
    DISPUTED = "disputed"
    UNMATCHED = "unmatched"
    IGNORED = "ignored"


class Origin(StrEnum):
    """By which way a directory account came."""

    CSV = "csv"
    SCIM = "scim"
    SYNC = "sync"
    HAND = "hand"


class Status(StrEnum):
    """How a directory account stands; of a purged one only its key is left."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    PURGED = "purged"


class Ruling(StrEnum):
    """What an administrator decided about a source record; it holds through later syncs until it is taken back."""

    LINK = "link"
    CREATE = "create"
    IGNORE = "ignore"
    # The record is a person of its own, whatever it shares with others; or the same person as another record.
    SPLIT = "split"
    JOIN = "join"


class Mode(StrEnum):
    """What a district wants of those without an account."""

    MATCH = "match"
    CREATE = "create"
    CREATE_TEACHERS = "create_teachers"


class GroupKind(StrEnum):
    """What a group is made of: one class, other groups, or people chosen by hand."""

    CLASS = "class"
    MERGED = "merged"
    CUSTOM = "custom"


class Member(StrEnum):
    """As what somebody is in a group."""

    OWNER = "owner"
    STUDENT = "student"
    GUEST = "guest"
