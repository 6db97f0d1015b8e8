"""The table of schedules: one row a connection; a connection without one does not sync by itself."""

from django.db import models

from rosterkeeper.features.connections.models import Connection


class StoredSchedule(models.Model):
    """A connection's schedule as ``stated``, and how far it has been carried out.

    Every instant up to ``handled_at`` is settled: run, or passed over. ``version`` grows with each write; whoever
    compares and sets it has claimed what is due.
    """

    connection = models.OneToOneField(Connection, on_delete=models.PROTECT, primary_key=True, related_name="schedule")
    stated = models.JSONField(default=dict)
    handled_at = models.DateTimeField()
    version = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "schedules_schedule"

    def __str__(self) -> str:
        return f"schedule of connection {self.pk}"
