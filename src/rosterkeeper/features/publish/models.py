"""The tables of the outbox: events, the targets that are told of them, and each telling."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.sealed.field import SealedField


class Kind(models.TextChoices):
    """How a target is reached."""

    EMAIL = "email", _("E-mail")
    WEBHOOK = "webhook", _("Webhook (signed JSON)")
    TEAMS = "teams", _("Microsoft Teams")
    SLACK = "slack", _("Slack")


class Target(models.Model):
    """Somebody or something outside that is told of events.

    ``address`` is e-mail addresses, one a line, or a web address; those of chats open them to whoever has them, so all
    are sealed. ``secret`` signs a webhook. ``words`` and ``connections`` say which events are meant; [] is all of them.
    ``district`` is whose target it is: it hears of that one alone. None is the installation's, which hears of all.
    """

    name = models.TextField()
    district = models.BigIntegerField(null=True)
    kind = models.TextField(choices=Kind.choices)
    address = SealedField()
    secret = SealedField(default="")
    words = models.JSONField(default=list)
    connections = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(district__isnull=True), name="publish_target_of_all_once"
            ),
            models.UniqueConstraint(
                fields=["district", "name"],
                condition=models.Q(district__isnull=False),
                name="publish_target_of_district_once",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """Something that happened and is worth telling; ordered by number, about records by their keys.

    ``word`` says what kind of thing, ``lines`` are plain sentences without personal values, ``path`` leads to the page.
    ``connection_id`` and ``run_id`` are 0 where it is about none, ``district`` is None for the installation's.
    """

    word = models.TextField()
    at = models.DateTimeField(default=timezone.now)
    connection_id = models.BigIntegerField(default=0)
    connection = models.TextField(default="")
    district = models.BigIntegerField(null=True)
    run_id = models.BigIntegerField(default=0)
    code = models.TextField(default="")
    title = models.TextField()
    lines = models.JSONField(default=list)
    path = models.TextField(default="")

    class Meta:
        indexes = (models.Index(fields=["at"], name="publish_event_at"),)

    def __str__(self) -> str:
        return f"{self.pk} {self.word}"


class DeliveryState(models.TextChoices):
    """Where a telling stands."""

    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    GIVEN_UP = "given_up", _("given up")


class Delivery(models.Model):
    """The telling of one event to one target.

    Who tries moves ``next_try`` on before anything is sent, so that of several workers one sends. ``code`` and ``what``
    are the last failure's.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="deliveries")
    state = models.TextField(choices=DeliveryState.choices, default=DeliveryState.WAITING)
    is_trial = models.BooleanField(default=False)
    tries = models.IntegerField(default=0)
    next_try = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    code = models.TextField(default="")
    what = models.TextField(default="")
    todo = models.TextField(default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["event", "target"], name="publish_delivery_once"),)
        indexes = (models.Index(fields=["state", "target", "id"], name="publish_delivery_open"),)

    def __str__(self) -> str:
        return f"{self.event_id} to {self.target_id}"
