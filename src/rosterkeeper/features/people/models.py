"""The tables of directory accounts, of persons, and of what was decided about them.

The core writes most of them in sets, so they carry no foreign keys; dates and times are text, RFC 3339 in UTC, and 0
and '' stand for none (0003). The names are those of matching/tables.py.
"""

import uuid
from collections.abc import Sequence

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from rosterkeeper.matching import tables


def _uid() -> str:
    return str(uuid.uuid4())


class _UidField(models.TextField):  # type: ignore[type-arg]
    """A text that is made with its row. To migrations it is any text: they must not read the product."""

    def deconstruct(self) -> "tuple[str, str, Sequence[object], dict[str, object]]":
        name, _, arguments, more = super().deconstruct()
        return name, "django.db.models.TextField", arguments, {key: more[key] for key in more if key != "default"}


class PeopleSettings(models.Model):
    """How a district's people are matched, and of which state the last matching is.

    ``rules`` holds each kind's rules in order; ``options`` the normalisers, the map of domains and what becomes of
    leavers. ``inputs`` is raised by whatever matters to matching but a roster; ``matched_inputs`` and
    ``matched_versions`` (state version by connection) say of what the last one was made, ``matched_on`` on which local
    date. ``counts`` are its numbers, ``held`` the reasons why its life cycle waits for somebody, as JSON.
    """

    district_id = models.BigIntegerField(primary_key=True)
    mode = models.TextField(default=tables.Mode.MATCH, db_default=tables.Mode.MATCH)
    rules = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    inputs = models.BigIntegerField(default=0, db_default=0)
    matched_inputs = models.BigIntegerField(default=-1, db_default=-1)
    matched_versions = models.TextField(default="{}", db_default="{}")
    matched_on = models.TextField(default="", db_default="")
    matched_at = models.TextField(default="", db_default="")
    token = models.BigIntegerField(default=0, db_default=0)
    started_at = models.TextField(default="", db_default="")
    counts = models.TextField(default="{}", db_default="{}")
    held = models.TextField(default="", db_default="")
    approved = models.TextField(default="", db_default="")
    code = models.TextField(default="", db_default="")

    class Meta:
        db_table = tables.SETTINGS


class DirectoryAccount(models.Model):
    """An account that a school's product has, or that the sync made: whom a person of the roster is matched to.

    ``uid`` names it to the outside; ``external_id`` is the giver's own id. The ``*_key`` columns are the folded values
    that are looked up and sorted by. ``sticky`` lists the fields, as a JSON array, that were changed by hand and stay
    so. ``suspended_by`` is '', ``sync``, ``hand`` or ``directory``: only what the sync suspended does it restore.
    Whoever changes a row changes ``changed_at``: by it matching knows what it has to read anew (0091).
    """

    id = models.BigAutoField(primary_key=True)
    uid = _UidField(unique=True, default=_uid)
    district_id = models.BigIntegerField()
    origin = models.TextField()
    external_id = models.TextField(default="", db_default="")
    kind = models.TextField(default="", db_default="")
    username = models.TextField(default="", db_default="")
    email = models.TextField(default="", db_default="")
    given_name = models.TextField(default="", db_default="")
    family_name = models.TextField(default="", db_default="")
    display_name = models.TextField(default="", db_default="")
    sourced_id = models.TextField(default="", db_default="")
    user_master_identifier = models.TextField(default="", db_default="")
    identifier = models.TextField(default="", db_default="")
    user_ids = models.TextField(default="", db_default="")
    grades = models.TextField(default="", db_default="")
    status = models.TextField(default=tables.Status.ACTIVE, db_default=tables.Status.ACTIVE)
    suspended_by = models.TextField(default="", db_default="")
    suspended_at = models.TextField(default="", db_default="")
    sticky = models.TextField(default="", db_default="")
    extra = models.TextField(default="", db_default="")
    email_key = models.TextField(default="", db_default="")
    username_key = models.TextField(default="", db_default="")
    sort_key = models.TextField(default="", db_default="")
    created_at = models.TextField(default="", db_default="")
    changed_at = models.TextField(default="", db_default="")

    class Meta:
        db_table = tables.ACCOUNTS
        indexes = (
            models.Index(fields=["district_id", "sort_key", "id"], name="people_account_order"),
            models.Index(fields=["district_id", "email_key"], name="people_account_email"),
            models.Index(fields=["district_id", "username_key"], name="people_account_username"),
            models.Index(fields=["district_id", "origin", "external_id"], name="people_account_external"),
            models.Index("district_id", Lower("given_name"), name="people_account_given"),
            # A matching asks of each whether it has changed: by this, without reading the accounts.
            models.Index(fields=["district_id", "changed_at"], name="people_account_changed"),
        )

    def __str__(self) -> str:
        return str(self.uid)


class Person(models.Model):
    """One human of a district's rosters, above the source records that speak of them.

    ``connection_id`` and ``sourced_id`` are the leading record, whose names are shown. ``result`` and ``reason`` say
    what matching made of them and by which rule; ``account_id`` is 0 for none. ``status`` is ``active``, or ``left``
    since ``left_at``.
    """

    id = models.BigAutoField(primary_key=True)
    uid = _UidField(unique=True, default=_uid)
    district_id = models.BigIntegerField()
    kind = models.TextField()
    status = models.TextField(default="active", db_default="active")
    left_at = models.TextField(default="", db_default="")
    connection_id = models.BigIntegerField(default=0, db_default=0)
    sourced_id = models.TextField(default="", db_default="")
    result = models.TextField(default=tables.Result.UNMATCHED, db_default=tables.Result.UNMATCHED)
    reason = models.TextField(default="", db_default="")
    account_id = models.BigIntegerField(default=0, db_default=0)
    sort_key = models.TextField(default="", db_default="")
    changed_at = models.TextField(default="", db_default="")

    class Meta:
        db_table = tables.PERSONS
        indexes = (
            models.Index(fields=["district_id", "result", "kind", "sort_key", "id"], name="people_person_result"),
            models.Index(fields=["account_id"], name="people_person_account"),
        )

    def __str__(self) -> str:
        return str(self.uid)


class Record(models.Model):
    """Which person a source record speaks of; ``reason`` is the key that joined it to others, '' where it is alone."""

    pk = models.CompositePrimaryKey("connection_id", "sourced_id")
    connection_id = models.BigIntegerField()
    sourced_id = models.TextField()
    district_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    reason = models.TextField(default="", db_default="")

    class Meta:
        db_table = tables.RECORDS
        indexes = (models.Index(fields=["person_id"], name="people_record_person"),)


class Candidate(models.Model):
    """An account that a disputed person might be, and the rule that says so."""

    pk = models.CompositePrimaryKey("person_id", "account_id")
    person_id = models.BigIntegerField()
    account_id = models.BigIntegerField()
    district_id = models.BigIntegerField()
    rule = models.TextField(default="", db_default="")

    class Meta:
        db_table = tables.CANDIDATES


class Family(models.Model):
    """A parent of a student, whichever of the two records said so; ``relationship`` is parent, guardian or relative."""

    pk = models.CompositePrimaryKey("student_id", "parent_id")
    student_id = models.BigIntegerField()
    parent_id = models.BigIntegerField()
    district_id = models.BigIntegerField()
    relationship = models.TextField(default="", db_default="")

    class Meta:
        db_table = tables.FAMILY
        indexes = (models.Index(fields=["parent_id"], name="people_family_parent"),)


class Ruling(models.Model):
    """What somebody decided about a source record, see matching.tables.Ruling; taken back, it stays as history."""

    district_id = models.BigIntegerField()
    connection_id = models.BigIntegerField()
    sourced_id = models.TextField()
    word = models.TextField()
    account_id = models.BigIntegerField(default=0, db_default=0)
    other_connection_id = models.BigIntegerField(default=0, db_default=0)
    other_sourced_id = models.TextField(default="", db_default="")
    by_id = models.BigIntegerField(default=0, db_default=0)
    made_at = models.TextField(default="", db_default="")
    ended_at = models.TextField(default="", db_default="")

    class Meta:
        db_table = tables.RULINGS
        indexes = (
            models.Index(fields=["district_id", "ended_at"], name="people_ruling_open"),
            models.Index(fields=["connection_id", "sourced_id"], name="people_ruling_record"),
        )

    def __str__(self) -> str:
        return f"{self.word} {self.connection_id}:{self.pk}"


class Untold(models.Model):
    """What is still to be told of a matching, written by it: ``told`` is JSON, see matching/untold.py."""

    district_id = models.BigIntegerField()
    word = models.TextField()
    at = models.TextField()
    told = models.TextField()

    class Meta:
        db_table = tables.UNTOLD

    def __str__(self) -> str:
        return f"{self.pk} {self.word}"


class Upload(models.Model):
    """A list of accounts that somebody uploaded: ``path`` is its file's name, ``label`` the name it came with.

    ``columns`` says which of its ``headings`` is which field. ``wants`` is what the worker is to do: ``look`` or
    ``apply``; '' while somebody is to decide, ``applied`` or ``dropped`` once it has ended. ``result`` is what the last
    look or application came to.
    """

    district_id = models.BigIntegerField()
    account = models.BigIntegerField(default=0)
    label = models.TextField()
    path = models.TextField()
    headings = models.JSONField(default=list)
    columns = models.JSONField(default=dict)
    whole = models.BooleanField(default=True)
    confirmed = models.BooleanField(default=False)
    wants = models.TextField(default="")
    result = models.JSONField(null=True)
    made_at = models.DateTimeField(default=timezone.now)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["district_id", "id"], name="people_upload_district"),)

    def __str__(self) -> str:
        return self.label


class Trial(models.Model):
    """Settings that somebody wants to try: what a matching by them would do is ``result`` once a worker has looked.

    ``result`` holds numbers, codes and keys of records, no names.
    """

    district_id = models.BigIntegerField()
    account = models.BigIntegerField(default=0)
    mode = models.TextField()
    rules = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    made_at = models.DateTimeField(default=timezone.now)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["ended_at", "id"], name="people_trial_open"),)

    def __str__(self) -> str:
        return str(self.pk)
