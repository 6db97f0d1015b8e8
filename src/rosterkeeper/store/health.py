"""Data health: how many records lack what they should have, counted from the same roster as the catalog.

The totals of each state version are kept, so that a trend can be drawn; those of single schools only of the last one.
"""

from rosterkeeper.scratch import Scratch
from rosterkeeper.store.database import Database
from rosterkeeper.store.schema import HEALTH

_TOTALS = """
    SELECT 'people' AS measure, count(*) AS number FROM person WHERE status = 'active'
    UNION ALL SELECT 'students', count(*) FROM person
        WHERE status = 'active' AND list_contains(nullif(roles, '')::JSON::VARCHAR[], 'student')
    UNION ALL SELECT 'teachers', count(*) FROM person
        WHERE status = 'active' AND list_contains(nullif(roles, '')::JSON::VARCHAR[], 'teacher')
    UNION ALL SELECT 'classes', count(*) FROM landed_classes WHERE status = 'active'
    UNION ALL SELECT 'schools', count(*) FROM landed_orgs WHERE status = 'active' AND type = 'school'
    UNION ALL SELECT 'enrollments', count(*) FROM landed_enrollments WHERE status = 'active'
    UNION ALL SELECT 'orphan_enrollments', count(*) FROM landed_enrollments e
        LEFT JOIN landed_users u ON u.sourced_id = e.user_sourced_id AND u.status = 'active'
        LEFT JOIN landed_classes c ON c.sourced_id = e.class_sourced_id AND c.status = 'active'
        WHERE e.status = 'active' AND (u.sourced_id IS NULL OR c.sourced_id IS NULL)
    UNION ALL SELECT 'orphan_roles', count(*) FROM landed_roles r
        LEFT JOIN landed_users u ON u.sourced_id = r.user_sourced_id AND u.status = 'active'
        LEFT JOIN landed_orgs o ON o.sourced_id = r.org_sourced_id AND o.status = 'active'
        WHERE r.status = 'active' AND (u.sourced_id IS NULL OR o.sourced_id IS NULL)
"""
_ISSUES = """
    SELECT issue AS measure, schools AS school FROM
        (SELECT unnest(issues::JSON::VARCHAR[]) AS issue, schools FROM person WHERE issues <> '')
    UNION ALL SELECT unnest(issues::JSON::VARCHAR[]), to_json([school_sourced_id])::VARCHAR FROM class
        WHERE issues <> ''
"""


def take_health(scratch: Scratch) -> None:
    """Make `health`: measure, school ('' for all of them together), number."""
    scratch.run(
        f"CREATE TABLE health AS WITH issue AS ({_ISSUES})"
        f" SELECT measure, '' AS school, number FROM ({_TOTALS})"
        " UNION ALL SELECT measure, '', count(*) FROM issue GROUP BY ALL"
        " UNION ALL SELECT measure, school, count(*) FROM"
        " (SELECT measure, unnest(school::JSON::VARCHAR[]) AS school FROM issue WHERE school <> '') GROUP BY ALL"
    )


def write_health(database: Database, scratch: Scratch, connection: int, *, version: int, now: str) -> None:
    """Keep the numbers of this state version; call inside a transaction."""
    database.run(
        f"DELETE FROM {HEALTH} WHERE connection_id = $1 AND (school <> '' OR version = $2)", [connection, version]
    )
    made = f"{connection}::BIGINT AS connection_id, {version}::BIGINT AS version, '{now}' AS taken_at"
    database.append(HEALTH, scratch.reader(f"SELECT {made}, * FROM health"))
