"""The tables of groups. Members are persons; what a class's group holds is made anew from its enrollments.

The core writes class groups in sets: no foreign keys, dates and times as text, 0 and '' for none (0003).
"""

import uuid
from typing import Any

from django.db import models

from rosterkeeper.matching import tables


class GroupSettings(models.Model):
    """A district's template for the names of its groups."""

    district_id = models.BigIntegerField(primary_key=True)
    template = models.TextField(default="", db_default="")
    options = models.JSONField(default=dict)

    class Meta:
        db_table = tables.GROUP_SETTINGS


class Group(models.Model):
    """A group of persons with its owners. ``owners`` and ``students`` are JSON arrays of person ids as of today.

    A group without an owner who has an account waits; it needs nothing but the account to appear. ``name_by`` is
    ``template`` or ``hand``. ``next_on`` is the local date on which its members change by their dates, '' for none.
    ``status`` is ``active`` or ``ended``, since ``ended_at``.
    """

    id = models.BigAutoField(primary_key=True)
    uid = models.TextField(unique=True)
    district_id = models.BigIntegerField()
    kind = models.TextField()
    connection_id = models.BigIntegerField(default=0, db_default=0)
    class_sourced_id = models.TextField(default="", db_default="")
    school_sourced_id = models.TextField(default="", db_default="")
    name = models.TextField()
    name_by = models.TextField(default="template", db_default="template")
    sort_key = models.TextField(default="", db_default="")
    owners = models.TextField(default="[]", db_default="[]")
    students = models.TextField(default="[]", db_default="[]")
    status = models.TextField(default="active", db_default="active")
    ended_at = models.TextField(default="", db_default="")
    next_on = models.TextField(default="", db_default="")
    print = models.BigIntegerField(default=0, db_default=0)
    changed_at = models.TextField(default="", db_default="")

    class Meta:
        db_table = tables.GROUPS
        constraints = (
            models.UniqueConstraint(
                fields=["connection_id", "class_sourced_id"],
                condition=~models.Q(class_sourced_id=""),
                name="groups_group_class",
            ),
        )
        indexes = (
            models.Index(fields=["district_id", "status", "sort_key", "id"], name="groups_group_order"),
            models.Index(fields=["status", "sort_key", "id"], name="groups_group_name"),
            models.Index(fields=["changed_at", "id"], name="groups_group_change"),
        )

    def __str__(self) -> str:
        return self.uid

    def save(self, *args: Any, **more: Any) -> None:
        """Save, with a uid of its own from the first time on."""
        self.uid = self.uid or str(uuid.uuid4())
        super().save(*args, **more)


class Extra(models.Model):
    """Somebody put into a group by hand: a guest, a cover teacher, a member of a custom group.

    ``from_on`` and ``until_on`` are local dates, both included, '' for no end.
    """

    group_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    district_id = models.BigIntegerField()
    role = models.TextField(default=tables.Member.STUDENT, db_default=tables.Member.STUDENT)
    from_on = models.TextField(default="", db_default="")
    until_on = models.TextField(default="", db_default="")
    by_id = models.BigIntegerField(default=0, db_default=0)
    made_at = models.TextField(default="", db_default="")

    class Meta:
        db_table = tables.EXTRAS
        indexes = (
            models.Index(fields=["group_id"], name="groups_extra_group"),
            models.Index(fields=["person_id"], name="groups_extra_person"),
        )

    def __str__(self) -> str:
        return f"{self.group_id}:{self.person_id}"


class Part(models.Model):
    """A class group that a merged group holds; its owners and students are the merged one's."""

    pk = models.CompositePrimaryKey("group_id", "part_id")
    group_id = models.BigIntegerField()
    part_id = models.BigIntegerField()

    class Meta:
        db_table = tables.PARTS
        indexes = (models.Index(fields=["part_id"], name="groups_part_of"),)
