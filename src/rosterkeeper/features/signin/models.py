"""The tables of signing in: providers and whom they are for, who was recognised before, and every try."""

from django.db import models
from django.utils import timezone

from rosterkeeper.features.accounts.models import Account
from rosterkeeper.features.sealed.field import SealedField
from rosterkeeper.features.signin.presets import OTHER, PRESETS, Preset


class Provider(models.Model):
    """An identity provider by which people sign in; ``slug`` is its name in addresses.

    ``kinds`` are the kinds of people who may (`matching.tables.Kind`); ``for_administrators`` lets accounts in, those
    that were linked to it or whose verified e-mail is in one of ``administrator_domains``; ``does_mfa`` says that its
    sign-in stands in for the second factor. ``claims`` names by meaning the claims to read. ``hours`` and
    ``student_hours`` are how long a session lasts.
    """

    slug = models.SlugField(unique=True)
    name = models.TextField(unique=True)
    preset = models.TextField(default=OTHER)
    issuer = models.TextField()
    client_id = models.TextField()
    secret = SealedField(default="")
    scopes = models.TextField(default="openid profile email")
    claims = models.JSONField(default=dict)
    proves_email = models.BooleanField(default=False)
    asks_userinfo = models.BooleanField(default=True)
    kinds = models.JSONField(default=list)
    for_administrators = models.BooleanField(default=False)
    administrator_domains = models.TextField(default="")
    does_mfa = models.BooleanField(default=False)
    hours = models.PositiveIntegerField(default=8)
    student_hours = models.PositiveIntegerField(default=2)
    is_enabled = models.BooleanField(default=True)
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name

    @property
    def known(self) -> Preset:
        """What is known of its kind."""
        return PRESETS.get(self.preset, PRESETS[OTHER])


class Served(models.Model):
    """A district that a provider is for. ``tenants`` are its tenant ids or hosted domains there, as a JSON array.

    None of them: of ClassLink those of the district's connections, of others whoever the provider knows.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="served")
    district_id = models.BigIntegerField()
    tenants = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["provider", "district_id"], name="signin_district_once"),)

    def __str__(self) -> str:
        return f"{self.provider_id}:{self.district_id}"


class Remembered(models.Model):
    """Whom a provider's user was, the last time; ``key`` is by what they were recognised first.

    It holds for one issuer and user id, within one district, and follows the person, else the directory account.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="remembered")
    district_id = models.BigIntegerField()
    issuer = models.TextField()
    user_id = models.TextField()
    person_uid = models.TextField(db_index=True)
    account_uid = models.TextField()
    key = models.TextField()
    made_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["provider", "district_id", "issuer", "user_id"], name="signin_remembered_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.provider_id}:{self.person_uid}"


class AccountLink(models.Model):
    """A provider's user that an administrator's account was linked to, by who was signed in to both."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="account_links")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="signin_links")
    issuer = models.TextField()
    subject = models.TextField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["provider", "issuer", "subject"], name="signin_link_once"),)

    def __str__(self) -> str:
        return f"{self.provider_id}:{self.account_id}"


class Attempt(models.Model):
    """A try to sign in, or the early end of a session; ``code`` is '' where it succeeded.

    ``reference`` is what the visitor is told, so that an administrator finds the row. ``key`` is by what a person was
    recognised. No name, address or id of the provider's is kept.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True)
    reference = models.TextField(db_index=True)
    provider_id = models.BigIntegerField(default=0)
    district_id = models.BigIntegerField(default=0, db_index=True)
    person_uid = models.TextField(default="", db_index=True)
    account_id = models.BigIntegerField(default=0)
    key = models.TextField(default="")
    code = models.TextField(default="")
    origin = models.TextField(default="")

    def __str__(self) -> str:
        return f"{self.reference} {self.code}"
