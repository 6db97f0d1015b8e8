"""Faults inside records: the same roster in other words, or one that a district's own settings have changed."""

from collections.abc import Callable
from typing import Final

from rosterkeeper.sample.answers import Answer, Asked
from rosterkeeper.sample.faults.ids import rekeyed
from rosterkeeper.sample.faults.play import Fault, Go, Json, Layer, Turn, closed, opened

_BOOLEANS: Final = ("enabledUser", "primary", "hispanicOrLatinoEthnicity", "white", "asian")
_LISTS: Final = ("grades", "subjects", "subjectCodes", "periods", "terms", "agents", "userIds", "children", "resources")
_REFERENCES: Final = ("org", "orgs", "school", "course", "class", "user", "parent", "terms", "agents", "primaryOrg")
_WORDS: Final = ("role", "status", "type", "classType", "roleType", "sex")
_GRADES: Final = ("12", "KG", "02")
_PERSONAL: Final = ("givenName", "familyName", "middleName", "email", "phone", "sms", "preferredFirstName")

Change = Callable[[object], object]


def every_record(change: Callable[[Json, Turn], object]) -> Layer:
    """A layer that changes each record of a page in place."""

    def layer(asked: Asked, go: Go, turn: Turn) -> Answer:
        answer = go(asked)
        found = opened(answer)
        if found is None:
            return answer
        name, rows = found
        for row in rows:
            change(row, turn)
        return closed(answer, name, rows)

    return layer


def _each(names: tuple[str, ...], change: Change) -> Callable[[Json, Turn], None]:
    """Change those members, also inside nested roles, where they are there."""

    def apply(row: Json, turn: Turn) -> None:  # noqa: ARG001 - an every_record change's shape
        for held in (row, *_roles(row)):
            for name in names:
                if name in held:
                    held[name] = change(held[name])

    return apply


def _roles(row: Json) -> list[Json]:
    roles = row.get("roles")
    return [role for role in roles if isinstance(role, dict)] if isinstance(roles, list) else []


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.get("sourcedId", value) if isinstance(value, dict) else value


def _led(value: object, lead: Callable[[Json], str]) -> object:
    if isinstance(value, list):
        return [_led(item, lead) for item in value]
    return value | {"href": lead(value)} if isinstance(value, dict) else value


def _relative(value: object) -> object:
    return _led(value, lambda held: f"../{held['type']}s/{held['sourcedId']}")


def _foreign(value: object) -> object:
    return _led(value, lambda held: f"https://test.example.com/{held['type']}s/{held['sourcedId']}")


def _role_beside_roles(row: Json, turn: Turn) -> None:  # noqa: ARG001 - an every_record change's shape
    """Both forms of a role at once, as a 1.1 path that serves 1.2's records has them."""
    orgs = row.get("orgs")
    if "role" in row and isinstance(orgs, list):
        row["roles"] = [{"roleType": "primary", "role": row["role"], "org": org} for org in orgs]


def _no_terms(row: Json, turn: Turn) -> None:
    if "terms" in row and turn.value:
        row["terms"] = []


def _empty_parent(row: Json, turn: Turn) -> None:  # noqa: ARG001 - an every_record change's shape
    row.setdefault("parent", {})


def _blank_lists(row: Json, turn: Turn) -> None:
    """Lists that hold nothing, in the form that the value names."""
    for name in _LISTS:
        if not row.get(name):
            if turn.value == "missing":
                row.pop(name, None)
            else:
                row[name] = {"null": None, "text": "", "empty": []}[turn.value]


def _blank_dates(row: Json, turn: Turn) -> None:  # noqa: ARG001 - an every_record change's shape
    for name in ("beginDate", "endDate"):
        row[name] = ""


def _moments(row: Json, turn: Turn) -> None:  # noqa: ARG001 - an every_record change's shape
    """Dates as instants, and school years as numbers."""
    for name in ("beginDate", "endDate", "startDate", "birthDate"):
        if row.get(name):
            row[name] = f"{row[name]}T00:00:00.000Z"
    if str(row.get("schoolYear", "")).isdigit():
        row["schoolYear"] = int(str(row["schoolYear"]))


def _word_for_nothing(row: Json, turn: Turn) -> None:
    for name in ("email", "phone", "sms", "middleName"):
        if not row.get(name):
            row[name] = turn.value


def _masked(row: Json, turn: Turn) -> None:
    for name in _PERSONAL:
        if name in row:
            row[name] = "" if turn.value == "blank" else f"{name}-{rekeyed(str(row['sourcedId']))[:6]}"


def _with_secrets(row: Json, turn: Turn) -> None:
    """What no consumer asked for and none may keep."""
    row |= {"password": turn.value, "passwordHash": turn.value, "pin": turn.value}
    row["userProfiles"] = [{"profileId": f"p-{row['sourcedId']}", "credentials": [{"password": turn.value}]}]


def _padded_email(row: Json, turn: Turn) -> None:  # noqa: ARG001 - an every_record change's shape
    if row.get("email"):
        row["email"] = f" {str(row['email']).upper()} "


def _as(word: str) -> Callable[[Json, Turn], None]:
    def change(row: Json, turn: Turn) -> None:
        if row.get(word):
            row[word] = turn.value

    return change


def _as_department(row: Json, turn: Turn) -> None:
    if row.get("type") == "school":
        row["type"] = turn.value


def _same_email(row: Json, turn: Turn) -> None:
    row["email"] = turn.value


def _odd_title(row: Json, turn: Turn) -> None:
    if "title" in row:
        row["title"] = f"{row['title']} {turn.value}"


def _reversed_grades(row: Json, turn: Turn) -> None:  # noqa: ARG001 - an every_record change's shape
    grades = row.get("grades")
    if isinstance(grades, list):
        row["grades"] = [*_GRADES, *(str(each) for each in grades)]


def _without(row: Json, turn: Turn) -> None:
    row.pop(turn.value, None)


def _one_title(row: Json, turn: Turn) -> None:
    row["title"] = turn.value


def _ended(row: Json, turn: Turn) -> None:
    row["endDate"] = turn.value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _boolean(value: object) -> object:
    return str(value).lower() == "true"


FAULTS: Final = (
    Fault("booleans", ("bool-words",), "writes booleans as JSON's own", every_record(_each(_BOOLEANS, _boolean))),
    Fault(
        "booleans-numbers",
        ("bool-words", "cl-enabled-strings"),
        "writes booleans as 1 and 0",
        every_record(_each(_BOOLEANS, lambda value: int(str(value).lower() == "true"))),
    ),
    Fault(
        "booleans-capitals",
        ("bool-words", "cl-enabled-strings"),
        "writes booleans as True and FALSE",
        every_record(_each(_BOOLEANS, lambda value: "True" if str(value) == "true" else "FALSE")),
    ),
    Fault("role-and-roles", ("version-path-mix",), "sends role and roles", every_record(_role_beside_roles)),
    Fault(
        "hrefs-relative",
        ("cl-hrefs-other-host",),
        "writes relative hrefs",
        every_record(_each(_REFERENCES, _relative)),
    ),
    Fault(
        "hrefs-elsewhere",
        ("cl-hrefs-other-host",),
        "writes hrefs to another host",
        every_record(_each(_REFERENCES, _foreign)),
    ),
    Fault("refs-text", ("ref-as-string",), "writes references as bare ids", every_record(_each(_REFERENCES, _plain))),
    Fault(
        "parent-empty",
        ("ref-as-string",),
        "writes {} where there is no parent",
        every_record(_empty_parent),
        on=("orgs", "academicSessions"),
    ),
    Fault(
        "blank-lists",
        ("null-lists",),
        "lists that hold nothing: null, text, empty or missing",
        every_record(_blank_lists),
        "null",
    ),
    Fault("words-upper", ("enum-case",), "writes words in capitals", every_record(_each(_WORDS, _upper))),
    Fault("status-word", ("enum-extended",), "another word for status", every_record(_as("status")), "inactive"),
    Fault(
        "role-word",
        ("enum-extended",),
        "another word for every role",
        every_record(_as("role")),
        "librarian",
        on=("users",),
    ),
    Fault(
        "departments",
        ("rediker-no-schools", "enum-extended"),
        "types schools as something else",
        every_record(_as_department),
        "departments",
        on=("orgs",),
    ),
    Fault(
        "dates-blank",
        ("dates-blank",),
        "blank begin and end dates",
        every_record(_blank_dates),
        on=("enrollments",),
    ),
    Fault("dates-moments", ("dates-blank",), "dates as instants, years as numbers", every_record(_moments)),
    Fault(
        "ended",
        ("leavers-in-feed",),
        "enrollments that ended on that day stay active",
        every_record(_ended),
        "2026-09-01",
        on=("enrollments",),
    ),
    Fault(
        "null-word",
        ("null-word-email",),
        "writes that word where there is nothing",
        every_record(_word_for_nothing),
        "NULL",
        on=("users",),
    ),
    Fault(
        "masked",
        ("masking",),
        "masks what is personal: blank or fake",
        every_record(_masked),
        "blank",
        on=("users",),
    ),
    Fault(
        "secrets",
        ("pii-in-payload",),
        "sends passwords, that word each",
        every_record(_with_secrets),
        "hunter2-canary",
        on=("users",),
    ),
    Fault(
        "email-padded",
        ("email-case-space",),
        "e-mails in capitals and blanks",
        every_record(_padded_email),
        on=("users",),
    ),
    Fault(
        "email-shared",
        ("email-shared", "email-taken", "email-key"),
        "one e-mail for everyone",
        every_record(_same_email),
        "office@example.org",
        on=("users",),
    ),
    Fault("grades-many", ("grades-field",), "several unsorted grades", every_record(_reversed_grades), on=("users",)),
    Fault(
        "no-terms",
        ("class-no-term",),
        "classes without a term",
        every_record(_no_terms),
        "none",
        on=("classes",),
    ),
    Fault(
        "title-same", ("same-title",), "one title for every class", every_record(_one_title), "Sci5", on=("classes",)
    ),
    Fault("left-out", ("co-teachers",), "leaves that member out", every_record(_without), "primary"),
    Fault(
        "titles",
        ("same-title", "name-chars", "noise-classes"),
        "adds that to every title",
        every_record(_odd_title),
        '\\ : * ? " Lunch',
        on=("classes",),
    ),
)
