"""A small clean district as tables, big enough for percentages to mean something."""

from collections.abc import Sequence

PEOPLE = 40
SCHOOLS = 2
SESSIONS = (
    {
        "sourcedId": "year",
        "title": "2026",
        "type": "schoolYear",
        "startDate": "2026-08-01",
        "endDate": "2027-07-01",
        "schoolYear": "2027",
    },
    {
        "sourcedId": "fall",
        "title": "Fall",
        "type": "term",
        "startDate": "2026-08-01",
        "endDate": "2027-01-15",
        "parentSourcedId": "year",
        "schoolYear": "2027",
    },
)


def small(people: int = PEOPLE, schools: int = SCHOOLS) -> dict[str, list[dict[str, str]]]:
    """A district with ``schools`` schools, a class in each, and ``people`` students spread over them, in 1.1's form."""
    orgs = [{"sourcedId": "district", "name": "Elm County", "type": "district"}]
    courses, classes, users, enrollments, demographics = [], [], [], [], []
    for school in range(schools):
        orgs.append(
            {"sourcedId": f"s{school}", "name": f"School {school}", "type": "school", "parentSourcedId": "district"}
        )
        courses.append({"sourcedId": f"c{school}", "title": "Algebra", "orgSourcedId": f"s{school}"})
        classes.append(
            {
                "sourcedId": f"k{school}",
                "title": "Algebra 1",
                "courseSourcedId": f"c{school}",
                "classType": "scheduled",
                "schoolSourcedId": f"s{school}",
                "termSourcedIds": '["fall"]',
                "grades": '["09"]',
            }
        )
    for person in range(people):
        school = person % schools
        users.append(user(f"u{person}", [f"s{school}"]))
        demographics.append({"sourcedId": f"u{person}", "sex": "female", "birthDate": "2012-03-04"})
        enrollments.append(enrollment(f"e{person}", f"k{school}", f"s{school}", f"u{person}"))
    return {
        "orgs": orgs,
        "academicSessions": [dict(each) for each in SESSIONS],
        "courses": courses,
        "classes": classes,
        "users": users,
        "demographics": demographics,
        "enrollments": enrollments,
    }


def user(sourced_id: str, orgs: Sequence[str], role: str = "student", **more: str) -> dict[str, str]:
    """A person in 1.1's form."""
    listed = ",".join(f'"{org}"' for org in orgs)
    return {
        "sourcedId": sourced_id,
        "enabledUser": "true",
        "orgSourcedIds": f"[{listed}]",
        "role": role,
        "username": sourced_id,
        "givenName": "Ada",
        "familyName": "Lovelace",
        "email": f"{sourced_id}@example.org",
    } | more


def enrollment(sourced_id: str, class_id: str, school: str, user_id: str, **more: str) -> dict[str, str]:
    """A student in a class."""
    return {
        "sourcedId": sourced_id,
        "classSourcedId": class_id,
        "schoolSourcedId": school,
        "userSourcedId": user_id,
        "role": "student",
    } | more
