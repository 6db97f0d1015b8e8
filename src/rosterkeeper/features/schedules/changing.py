"""Changing a schedule on somebody's behalf: stored, and written into the audit log with it."""

from datetime import datetime

from django.db import transaction

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.schedules.schedule import Schedule
from rosterkeeper.features.schedules.workflow import schedule_of, set_schedule


@transaction.atomic
def change(connection: Connection, made: Schedule, *, account: int, now: datetime) -> bool:
    """Set the schedule; False where it is as it was. SettingsError where it cannot be meant.

    The log names the fields that changed; ``account`` is who changed them, 0 for a command.
    """
    held = schedule_of(connection)
    if made == held:
        return False
    set_schedule(connection, made, now=now)
    names = [name for name in made.__struct_fields__ if getattr(held, name) != getattr(made, name)]
    about = f"connection:{connection.pk}"
    record("connection.schedule_changed", account=account, about=about, details={"changed": names})
    return True
