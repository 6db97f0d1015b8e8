"""The tables of lessons: classes that were started, who teaches them, who was there.

Groups and persons are kept by number, as everywhere; a day is a local date, YYYY-MM-DD.
"""

import uuid
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Mark(models.TextChoices):
    """What is said of a student in a lesson; nothing is said while there is no mark."""

    PRESENT = "present", _("Present")
    LATE = "late", _("Late")
    ABSENT = "absent", _("Absent")
    LEFT = "left", _("Left")


class Why(models.TextChoices):
    """Why a lesson has ended."""

    HAND = "hand", _("by the teacher")
    DAY = "day", _("by itself, at the end of the school day")
    CLASS = "class", _("by itself, because the class is over")


class Lesson(models.Model):
    """A class that was started, from then until it ends. Of one group, one lesson at a time is open.

    The school is the group's, 0 and '' where it has none. ``version`` grows with everything that a page of the lesson
    shows, so that a page asks for what came after its own; ``roll_version`` is that of the last change of who is in it.
    """

    uid = models.TextField(unique=True)
    district_id = models.BigIntegerField()
    group_id = models.BigIntegerField()
    connection_id = models.BigIntegerField(default=0)
    school = models.TextField(default="")
    day = models.TextField()
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.TextField(choices=Why.choices, default="")
    version = models.BigIntegerField(default=0)
    roll_version = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["group_id"], condition=models.Q(ended_at__isnull=True), name="console_lesson_open"
            ),
        )
        indexes = (
            models.Index(fields=["group_id", "id"], name="console_lesson_of_group"),
            models.Index(fields=["district_id", "id"], name="console_lesson_of_district"),
            models.Index(fields=["day"], name="console_lesson_of_day"),
            models.Index(fields=["changed_at", "id"], name="console_lesson_change"),
        )

    def __str__(self) -> str:
        return self.uid

    def save(self, *args: Any, **more: Any) -> None:
        """Save, with a uid of its own from the first time on."""
        self.uid = self.uid or str(uuid.uuid4())
        super().save(*args, **more)

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.ended_at is None


class Teaching(models.Model):
    """Somebody who started a lesson, or came to one that was started: a person, or 0 whom a key let in unrecognised.

    ``by`` is how they came, see `who.By`; ``key`` is the id of the key that let somebody unrecognised in, else ''.
    """

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="teachings")
    person_id = models.BigIntegerField(default=0, db_index=True)
    key = models.TextField(default="")
    by = models.TextField()
    is_cover = models.BooleanField(default=False)
    began_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["lesson", "person_id", "key"], name="console_teaching_once"),)

    def __str__(self) -> str:
        return f"{self.lesson_id}:{self.person_id}"


class Attendance(models.Model):
    """A student in a lesson, with what was said of them: a row for whoever was in the class at some time of it.

    ``is_guest``: not by an enrollment; ``is_by_hand``: put into this lesson alone, by the person ``added_by``.
    ``gone_at``: since when they are not in the class any more. ``mark`` is '' until somebody has said something;
    ``marked_by`` is a person, 0 for none recognised. ``version`` is the lesson's when the row last changed.
    """

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="attendance")
    person_id = models.BigIntegerField(db_index=True)
    is_guest = models.BooleanField(default=False)
    is_by_hand = models.BooleanField(default=False)
    added_by = models.BigIntegerField(default=0)
    joined_at = models.DateTimeField(default=timezone.now)
    gone_at = models.DateTimeField(null=True)
    mark = models.TextField(choices=Mark.choices, default="", blank=True)
    marked_at = models.DateTimeField(null=True)
    marked_by = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["lesson", "person_id"], name="console_attendance_once"),)

    def __str__(self) -> str:
        return f"{self.lesson_id}:{self.person_id}"
