"""The tables of a district's settings of the console, and of the security keys of its schools."""

from django.db import models
from django.utils import timezone

from rosterkeeper.features.sealed.field import SealedField


class ConsoleSettings(models.Model):
    """How a district wants its console; a district without a row has the defaults.

    ``trusts_login``: a launch by key says who has come; else everybody signs in. ``cover``: a class of a colleague of
    the same school may be started. ``guardians_at_cover``: guardians are shown then, too, never to a launch by key.
    """

    district_id = models.BigIntegerField(primary_key=True)
    is_on = models.BooleanField(default=True)
    trusts_login = models.BooleanField(default=True)
    cover = models.BooleanField(default=True)
    guardians_at_cover = models.BooleanField(default=False)

    class Meta:
        db_table = "console_settings"

    def __str__(self) -> str:
        return str(self.district_id)


class Key(models.Model):
    """A security key of a school (``connection_id`` and ``school``), or of a whole district (0 and '').

    ``key_id`` is the part of it that is no secret; ``secret`` is the whole key as it is copied. ``until`` is set where
    another key has taken its place: both are good until then. ``made_by`` is an account.
    """

    key_id = models.TextField(unique=True)
    secret = SealedField(default="")
    district_id = models.BigIntegerField(db_index=True)
    connection_id = models.BigIntegerField(default=0)
    school = models.TextField(default="")
    name = models.TextField(default="")
    made_by = models.BigIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.key_id

    @property
    def objection(self) -> str:
        """Why it is good no more, a code of `words.REFUSALS`; '' where it is good."""
        if self.revoked_at is not None:
            return "console.key_revoked"
        return "console.key_old" if self.until is not None and self.until <= timezone.now() else ""

    @property
    def is_good(self) -> bool:
        """Whether it may still be used."""
        return not self.objection
