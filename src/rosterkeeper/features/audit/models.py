"""The tables of the audit log: entries in a chain of hashes, an index of what they are about, the chain's end.

Triggers of the migration refuse to change or delete an entry. A later migration that has SQLite make the table of
entries anew must make the triggers anew, too.
"""

from django.db import models
from django.utils import timezone


class Entry(models.Model):
    """One thing that was done: ``account`` is 0 where it was the program itself.

    ``about`` and ``keys`` name records by keys such as ``connection:5`` or ``user:5:S-17``; ``digest`` is the hash of
    the entry and of ``previous``, the digest of the entry before it. ``district`` is the one district that it concerns,
    None where it concerns several or the installation.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True)
    account = models.BigIntegerField(default=0)
    actor = models.TextField(default="")
    origin = models.TextField(default="")
    action = models.TextField(db_index=True)
    about = models.TextField(default="", db_index=True)
    keys = models.JSONField(default=list)
    details = models.JSONField(default=dict)
    previous = models.TextField(default="")
    digest = models.TextField(default="")
    district = models.BigIntegerField(null=True)

    class Meta:
        indexes = (models.Index(fields=["district", "id"], name="audit_entry_of_district"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action}"


class About(models.Model):
    """One of an entry's ``keys``, for finding the entries about a record quickly; the entry itself is what counts."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    key = models.TextField(db_index=True)

    def __str__(self) -> str:
        return f"{self.entry_id} {self.key}"


class Head(models.Model):
    """The chain's end: one row, which whoever adds an entry holds for that time."""

    last = models.BigIntegerField(default=0)
    digest = models.TextField(default="")

    def __str__(self) -> str:
        return f"{self.last} {self.digest}"
