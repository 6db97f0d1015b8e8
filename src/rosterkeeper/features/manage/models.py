"""The table of the checklist: the one step of it that leaves no trace here."""

from django.db import models
from django.utils import timezone


class Approval(models.Model):
    """Somebody said that the application was approved at the source of a district (None: of any); one row each."""

    district = models.BigIntegerField(null=True, unique=True)
    at = models.DateTimeField(default=timezone.now)
    account = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"approved {self.at:%Y-%m-%d}"
