"""To which school, and to which person, a record of each entity belongs."""

from typing import Final

from rosterkeeper.oneroster.fields import (
    CLASSES,
    COURSES,
    DEMOGRAPHICS,
    ENROLLMENTS,
    ORGS,
    ROLES,
    USER_PROFILES,
    USERS,
)

# The columns that say so, by entity.
SCHOOL_COLUMN: Final = {
    ORGS.name: "sourced_id",
    COURSES.name: "org_sourced_id",
    CLASSES.name: "school_sourced_id",
    ENROLLMENTS.name: "school_sourced_id",
    ROLES.name: "org_sourced_id",
}
PERSON_COLUMN: Final = {
    USERS.name: "sourced_id",
    DEMOGRAPHICS.name: "sourced_id",
    USER_PROFILES.name: "user_sourced_id",
    ROLES.name: "user_sourced_id",
    ENROLLMENTS.name: "user_sourced_id",
}
