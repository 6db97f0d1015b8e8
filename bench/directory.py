"""Fills an installation's directory with an account for everybody of its roster, and more; prints how many.

The accounts are such that each of four rules finds a part of them: by sourcedId, master identifier, e-mail address and
username. Runs in a process of its own (`python -m bench.directory`), over the installation that the environment names.
"""

import json
import os
import sys

_RULES = [{"key": "sourced_id"}, {"key": "user_master_identifier"}, {"key": "email"}, {"key": "username"}]
# Nobody of the roster has these; they bring the directory's number to that of the district.
_STRANGERS = 0.085

_FILL = """
    INSERT INTO people_account (uid, district_id, origin, external_id, kind, username, email, given_name, family_name,
        display_name, sourced_id, user_master_identifier, email_key, username_key, sort_key, created_at, changed_at)
    SELECT 'bench-' || sourced_id, {district}, 'csv', 'x-' || sourced_id, '',
        CASE WHEN part IN (2, 3) THEN username ELSE '' END, CASE WHEN part IN (1, 2) THEN upper(email) ELSE '' END,
        given_name, family_name, given_name || ' ' || family_name, CASE WHEN part = 0 THEN sourced_id ELSE '' END,
        user_master_identifier, CASE WHEN part IN (1, 2) THEN lower(email) ELSE '' END,
        CASE WHEN part IN (2, 3) THEN lower(username) ELSE '' END, lower(family_name || ' ' || given_name), {now}, {now}
    FROM (SELECT u.*, row_number() OVER (ORDER BY sourced_id) % 4 AS part FROM roster_user u) t
"""
_STRANGE = """
    INSERT INTO people_account (uid, district_id, origin, external_id, email, email_key, created_at, changed_at)
    SELECT 'strange-' || sourced_id, {district}, 'csv', 's-' || sourced_id, 'strange-' || email, 'strange-' || email,
        {now}, {now} FROM roster_user WHERE connection_id > 0 ORDER BY sourced_id LIMIT {many}
"""


def main() -> int:
    """Fill the directory and set the rules."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "rosterkeeper.service.settings"
    import django  # noqa: PLC0415

    django.setup()
    from django.db import connection, transaction  # noqa: PLC0415 -- settings are not ready earlier

    from rosterkeeper.features.connections.models import Connection  # noqa: PLC0415
    from rosterkeeper.features.people.models import DirectoryAccount, PeopleSettings  # noqa: PLC0415

    (district,) = set(Connection.objects.values_list("district_id", flat=True))
    with transaction.atomic(), connection.cursor() as cursor:
        PeopleSettings.objects.update_or_create(
            district_id=district, defaults={"rules": dict.fromkeys(("staff", "student", "parent"), _RULES)}
        )
        now = "'2026-09-01T00:00:00.000Z'"
        cursor.execute(_FILL.format(district=district, now=now))
        many = int(DirectoryAccount.objects.count() * _STRANGERS / (1 - _STRANGERS))
        cursor.execute(_STRANGE.format(district=district, now=now, many=many))
    print(json.dumps({"accounts": DirectoryAccount.objects.count()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
