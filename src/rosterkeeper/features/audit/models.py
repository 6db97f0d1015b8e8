"""The table of the audit log."""

from django.db import models
from django.utils import timezone


class Entry(models.Model):
    """One thing that was done: ``account`` is 0 where it was the program itself, ``about`` names records by keys."""

    at = models.DateTimeField(default=timezone.now)
    account = models.BigIntegerField(default=0)
    actor = models.TextField(default="")
    origin = models.TextField(default="")
    action = models.TextField()
    about = models.TextField(default="")
    details = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action}"
