"""The tables of launches: nonces that were seen, one-time addresses, and the visits that they open (decision 0090)."""

from django.db import models
from django.utils import timezone


class Nonce(models.Model):
    """A launch's nonce under its key's id, remembered for as long as the launch's time would be believed."""

    nonce = models.TextField(primary_key=True)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.nonce


class Launched(models.Model):
    """What a launch said and a key vouched for: ``login`` is the operating system's, as it is.

    ``connection_id`` and ``school`` are the computer's school among those of the key, 0 and '' for none chosen;
    ``may_cover`` and ``view`` are the computer's settings; ``managed`` are the keys of those that policy holds.
    """

    key = models.ForeignKey("console.Key", on_delete=models.CASCADE, related_name="+")
    login = models.TextField(default="")
    connection_id = models.BigIntegerField(default=0)
    school = models.TextField(default="")
    may_cover = models.BooleanField(default=True)
    view = models.TextField(default="")
    managed = models.TextField(default="")

    class Meta:
        abstract = True


class Opening(Launched):
    """An address that opens one visit, once; only the hash of its token is kept."""

    token_hash = models.TextField(unique=True)
    until = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.key_id}:{self.pk}"


class Visit(Launched):
    """What a launch opened: a browser's session of the console; only the hash of its cookie is kept.

    ``person_uid`` is the teacher whom the login meant, '' for nobody.
    """

    token_hash = models.TextField(unique=True)
    person_uid = models.TextField(default="")
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key_id}:{self.pk}"
