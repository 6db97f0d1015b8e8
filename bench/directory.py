"""Writes a directory's CSV with an account for everybody of an installation's roster, and more; prints how many.

The accounts are such that each of four rules finds a part of them: by sourcedId, master identifier, e-mail address and
username. Sets these rules, too. Runs in a process of its own (`python -m bench.directory FILE`), over the installation
that the environment names.
"""

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.inside import enter

_RULES = [{"key": "sourced_id"}, {"key": "user_master_identifier"}, {"key": "email"}, {"key": "username"}]
# Nobody of the roster has these; they bring the directory's number to that of the district.
_STRANGERS = 0.085
_HEADINGS = (
    *("Object Id", "User principal name", "Mail", "First name", "Last name", "Display name", "SourcedId"),
    "User master identifier",
)
_USERS = """
    SELECT sourced_id, username, email, given_name, family_name, user_master_identifier
    FROM roster_user ORDER BY sourced_id
"""


def main(target: Path) -> int:
    """Write the file and set the rules."""
    enter()
    from django.db import connection  # noqa: PLC0415 -- settings are not ready earlier

    from rosterkeeper.features.connections.models import Connection  # noqa: PLC0415
    from rosterkeeper.features.people.models import PeopleSettings  # noqa: PLC0415

    (district,) = set(Connection.objects.values_list("district_id", flat=True))
    PeopleSettings.objects.update_or_create(
        district_id=district, defaults={"rules": dict.fromkeys(("staff", "student", "parent"), _RULES)}
    )
    many = 0
    with connection.cursor() as cursor, target.open("w", encoding="utf-8", newline="") as out:
        write = csv.writer(out)
        write.writerow(_HEADINGS)
        cursor.execute(_USERS)
        while rows := cursor.fetchmany(10_000):
            write.writerows(_account(row, (many + place) % 4) for place, row in enumerate(rows, start=1))
            many += len(rows)
        strangers = int(many * _STRANGERS / (1 - _STRANGERS))
        write.writerows(_strangers(strangers))
    print(json.dumps({"accounts": many + strangers}))
    return 0


def _account(row: tuple[str, ...], part: int) -> list[str]:
    sourced_id, username, email, given, family, master = row
    return [
        f"x-{sourced_id}",
        username if part in (2, 3) else "",
        email.upper() if part in (1, 2) else "",
        given,
        family,
        f"{given} {family}",
        sourced_id if part == 0 else "",
        master,
    ]


def _strangers(many: int) -> Iterator[list[str]]:
    for number in range(many):
        yield [f"s-{number}", "", f"stranger-{number}@elsewhere.example", "Some", f"Body{number}", "", "", ""]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
