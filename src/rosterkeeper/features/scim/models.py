"""The tables of SCIM: the tokens by which identity providers come, and which accounts they have deleted."""

from django.db import models
from django.utils import timezone


class DirectoryToken(models.Model):
    """A token by which a district's identity provider pushes accounts. Only its hash is kept.

    It is good for its district alone. ``until`` is set where another token takes its place: both are good until then.
    """

    district_id = models.BigIntegerField(db_index=True)
    name = models.TextField()
    hint = models.TextField()
    secret_hash = models.TextField(unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

    @property
    def is_good(self) -> bool:
        """Whether it may still be used."""
        return self.revoked_at is None and (self.until is None or self.until > timezone.now())


class Deleted(models.Model):
    """A directory account that the identity provider has deleted: suspended, and not there for SCIM any more.

    It comes back, as the same account, where its userName is created anew.
    """

    account_id = models.BigIntegerField(primary_key=True)
    district_id = models.BigIntegerField()
    deleted_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.account_id)
