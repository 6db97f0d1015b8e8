"""The named cast of districts: small and clean, messy, large, and one with half of it missing.

Each function writes its district into a folder and returns the package's path; the same call gives the same roster.
"""

from pathlib import Path

from rosterkeeper.sample import Extra, write_sample
from tests.districts.tables import Tables, repack

# What a sync of the messy district must find, whatever else it finds.
MESSY_CODES = (
    "row.blank_required",
    "row.duplicate_id",
    "row.repaired_boolean",
    "row.repaired_date",
    "row.repaired_word",
    "row.repeated",
    "reference.missing",
    "schema.column_alias",
    "schema.column_order",
    "schema.missing_optional_column",
    "table.too_few_columns",
)
_SMALL_USERS = 300
_SMALL_SEED = 1


def small_clean(folder: Path, *, day: int = 1, version: str = "1.2", delta: bool = False) -> Path:
    """300 users, three schools, nothing wrong."""
    out = folder / f"small-{version}-day{day}{'-delta' if delta else ''}.zip"
    write_sample(
        out, users=_SMALL_USERS, seed=_SMALL_SEED, day=day, version=version, extra=Extra(delta=delta, change_percent=10)
    )
    return out


def messy(folder: Path) -> Path:
    """The small district as a careless exporter of 1.1 writes it; see MESSY_CODES."""
    return repack(small_clean(folder, version="1.1"), folder / "messy.zip", _make_messy)


def half_missing(folder: Path, *, version: str = "1.2") -> Path:
    """The small district without every other student, and with nothing that would point at them."""
    return repack(small_clean(folder, version=version), folder / f"half-missing-{version}.zip", drop_half)


def large(folder: Path, *, users: int = 20_000, day: int = 1, version: str = "1.2") -> Path:
    """As many users as a test can wait for."""
    out = folder / f"large-{users}-{version}-day{day}.zip"
    write_sample(out, users=users, seed=2, day=day, version=version)
    return out


def _make_messy(tables: Tables) -> None:
    users, classes = tables["users"], tables["classes"]
    users.lead = b"\xef\xbb\xbf"
    for row in users.rows:
        row[users.column("enabledUser")] = row[users.column("enabledUser")].upper()
        row[users.column("role")] = row[users.column("role")].title()
    users.rows[3][users.column("familyName")] = ""
    twice = list(users.rows[5])
    twice[users.column("givenName")] = "Another"
    users.rows += [twice, list(users.rows[7])]
    users.header[users.column("agentSourcedIds")] = "agents"
    for row in classes.rows:
        row[classes.column("classType")] = row[classes.column("classType")].title()
    sessions = tables["academicSessions"]
    for row in sessions.rows:
        for name in ("startDate", "endDate"):
            year, month, day = row[sessions.column(name)].split("-")
            row[sessions.column(name)] = f"{month}/{day}/{year}"
    courses = tables["courses"]
    for cells in (courses.header, *courses.rows):
        cells.pop()
        cells.insert(3, cells.pop(5))
    enrollments = tables["enrollments"]
    enrollments.rows[0][enrollments.column("classSourcedId")] = "c-nowhere"
    enrollments.rows[1][enrollments.column("userSourcedId")] = "u-nobody"
    enrollments.rows[2].pop()


def drop_half(tables: Tables) -> None:
    gone = {row[0] for row in tables["demographics"].rows[::2]}
    for name, table in tables.held.items():
        keys = [table.column(key) for key in ("sourcedId", "userSourcedId") if key in table.header]
        if name != "manifest":
            table.rows = [row for row in table.rows if gone.isdisjoint(row[key] for key in keys)]
    users = tables["users"]
    agents = users.column("agentSourcedIds")
    for row in users.rows:
        row[agents] = ",".join(each for each in row[agents].split(",") if each not in gone)
