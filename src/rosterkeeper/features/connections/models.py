"""The tables of districts and connections."""

from typing import Final

from django.db import models

from rosterkeeper.features.sealed.field import SealedField

DEFAULT_DISTRICT: Final = "default"


class District(models.Model):
    """A school district. Two districts with equal ids of people never meet.

    ``zone`` says which day it is there; '' is the installation's zone.
    """

    name = models.TextField(unique=True)
    zone = models.TextField(default="", db_default="")

    def __str__(self) -> str:
        return self.name


class Connection(models.Model):
    """One place a district's roster comes from.

    ``settings`` holds the fields of the source's spec but the secret, which is ``secret``, encrypted. ``limits``
    holds the guard's thresholds that differ from the defaults, ``options`` what of the source is taken over. A removed
    connection stays, with its people (L39). ``verified_at`` is when a test of just these settings last passed.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="connections")
    name = models.TextField()
    kind = models.TextField()
    settings = models.JSONField(default=dict)
    secret = SealedField(default="")
    limits = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["district", "name"],
                condition=models.Q(removed_at__isnull=True),
                name="connections_name_in_use",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The name among those of other districts, which may be alike: with the district's, but for the default one."""
        district = self.district.name
        return self.name if district == DEFAULT_DISTRICT else f"{self.name} · {district}"
