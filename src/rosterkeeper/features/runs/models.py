"""The tables of runs, under the names in store/schema.py.

A run's child process writes AppliedRun, Finding and the version, hold fingerprint, full flag and marks of State, in the
transaction that changes the roster; the parent writes the rest. What AppliedRun says was committed is the truth.
"""

from django.db import models
from django.utils import timezone


class State(models.Model):
    """Where a connection stands: its lease's fencing token, its roster's version, and what its last runs came to.

    ``options`` is the fingerprint of the options that the roster was made with, '' where that is not known.
    """

    connection_id = models.BigIntegerField(primary_key=True)
    token = models.BigIntegerField(default=0, db_default=0)
    version = models.BigIntegerField(default=0, db_default=0)
    holder = models.TextField(default="", db_default="")
    hold_fingerprint = models.TextField(default="", db_default="")
    full_next = models.BooleanField(default=False, db_default=False)
    source_digest = models.TextField(default="", db_default="")
    digest_run = models.BigIntegerField(default=0, db_default=0)
    marks = models.TextField(default="", db_default="")
    options = models.TextField(default="", db_default="")
    last_checked = models.DateTimeField(null=True)
    last_updated = models.DateTimeField(null=True)
    status_text = models.TextField(default="", db_default="")


class HeldState(models.TextChoices):
    """What became of a held change set; NONE where the run held nothing."""

    NONE = ""
    WAITING = "waiting"
    APPROVED = "approved"
    DISCARDED = "discarded"
    SUPERSEDED = "superseded"


class Run(models.Model):
    """One run of one connection; ``outcome`` is blank while it goes on, ``options`` is their fingerprint.

    ``order`` is the order that it carries out, 0 where a command did without one; ``without_removals`` of an approval
    says that it left out what the held change removes.
    """

    id = models.BigAutoField(primary_key=True)
    connection_id = models.BigIntegerField()
    action = models.TextField()
    outcome = models.TextField(default="", db_default="")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    code = models.TextField(default="", db_default="")
    what = models.TextField(default="", db_default="")
    todo = models.TextField(default="", db_default="")
    reasons = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    findings = models.JSONField(default=dict)
    seconds = models.JSONField(default=dict)
    not_imported = models.JSONField(default=dict)
    proof = models.TextField(default="", db_default="")
    version = models.TextField(default="", db_default="")
    form = models.TextField(default="", db_default="")
    state_version = models.BigIntegerField(default=0, db_default=0)
    changes = models.TextField(default="", db_default="")
    only = models.TextField(default="", db_default="")
    options = models.TextField(default="", db_default="")
    by_options = models.JSONField(default=dict)
    subject = models.BigIntegerField(default=0, db_default=0)
    order = models.BigIntegerField(default=0, db_default=0)
    without_removals = models.BooleanField(default=False, db_default=False)
    held_state = models.TextField(default=HeldState.NONE, db_default="", choices=HeldState.choices)

    class Meta:
        indexes = (
            models.Index(fields=["connection_id", "id"], name="runs_run_of_connection"),
            models.Index(fields=["outcome", "id"], name="runs_run_of_outcome"),
        )


class Order(models.Model):
    """A run that somebody or the schedule asked the worker for; carried out once, however often a worker dies over it.

    ``wish`` is how it is wanted, ``account`` who asked (0: the schedule, which sets ``due``, too). While an order is
    open, there is no second one of its kind for the connection. ``stopped_at`` is when somebody asked for its end.
    """

    connection_id = models.BigIntegerField()
    action = models.TextField()
    wish = models.JSONField(default=dict)
    subject = models.BigIntegerField(default=0)
    account = models.BigIntegerField(default=0)
    due = models.DateTimeField(null=True)
    placed_at = models.DateTimeField(default=timezone.now)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.BigIntegerField(default=0, db_default=0)
    result = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["connection_id", "action"], condition=models.Q(ended_at__isnull=True), name="runs_order_open"
            ),
            models.UniqueConstraint(fields=["connection_id", "due"], name="runs_order_due"),
        )

    def __str__(self) -> str:
        return f"{self.action} of {self.connection_id}"


class AppliedRun(models.Model):
    """What a child committed: written in the very transaction that changed the roster."""

    run_id = models.BigIntegerField(primary_key=True)
    connection_id = models.BigIntegerField()
    state_version = models.BigIntegerField()
    applied_at = models.TextField(db_default="")
    is_first = models.SmallIntegerField(db_default=0)
    action = models.TextField(db_default="")
    snapshot = models.TextField(db_default="")
    fingerprint = models.TextField(db_default="")
    result = models.TextField(db_default="")

    class Meta:
        db_table = "runs_applied_run"


class Finding(models.Model):
    """One finding of a run, at its place and without a value."""

    pk = models.CompositePrimaryKey("run_id", "number")
    run_id = models.BigIntegerField()
    number = models.BigIntegerField()
    code = models.TextField(db_default="")
    severity = models.TextField(db_default="")
    file = models.TextField(db_default="")
    row = models.BigIntegerField(db_default=0)
    entity = models.TextField(db_default="")
    sourced_id = models.TextField(db_default="")
    field = models.TextField(db_default="")


class WorkerSeen(models.Model):
    """When a worker last gave a sign of life, on PostgreSQL; see ``heartbeat``."""

    name = models.TextField(primary_key=True)
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "runs_worker_seen"

    def __str__(self) -> str:
        return self.name


class StepsDone(models.Model):
    """How far a run has come, on PostgreSQL; see ``progress``."""

    run_id = models.BigIntegerField(primary_key=True)
    steps = models.TextField()

    class Meta:
        db_table = "runs_progress"
