"""The tables of notices: the rules that hold for all targets, what is wrong now, and credentials that will expire."""

from datetime import time

from django.db import models


class Rules(models.Model):
    """When something is worth a notice; one row, number 1.

    ``failures`` in a row make one, ``stale_hours`` without a success make another (0: never). The digest goes out at
    ``digest_at`` in the installation's zone; ``digest_on`` is the last day it was made for.
    """

    failures = models.PositiveIntegerField(default=1)
    stale_hours = models.PositiveIntegerField(default=24)
    digest_at = models.TimeField(default=time(7))
    digest_on = models.DateField(null=True)

    def __str__(self) -> str:
        return "rules"


class Trouble(models.Model):
    """Something that is wrong now, of a connection or (0) of the installation; its row goes when it is mended.

    ``family`` is what kind of thing is watched, ``cause`` what is wrong with it: while that stays, nothing new is told.
    """

    connection_id = models.BigIntegerField(default=0)
    family = models.TextField()
    cause = models.TextField()
    word = models.TextField()
    since = models.DateTimeField()
    times = models.IntegerField(default=1)
    is_told = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["connection_id", "family"], name="notices_trouble_once"),)

    def __str__(self) -> str:
        return f"{self.family} of {self.connection_id}: {self.cause}"


class Expiry(models.Model):
    """The last day of a connection's credentials, as the one who gave them out said."""

    connection_id = models.BigIntegerField(primary_key=True)
    last_day = models.DateField()

    def __str__(self) -> str:
        return f"{self.connection_id} until {self.last_day}"
