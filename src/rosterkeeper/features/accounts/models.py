"""The tables of accounts: administrators and those they let in; the people of the roster are not among them."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from rosterkeeper.features.accounts.rights import RIGHTS, Right, Role
from rosterkeeper.features.sealed.field import SealedField


class Accounts(BaseUserManager["Account"]):
    """Makes and finds accounts by their e-mail address, whatever its case."""

    def make(self, email: str, *, role: Role, password: str | None = None, name: str = "") -> "Account":
        """A new account; without a password nobody can sign in to it until one is set."""
        account = self.model(email=email.strip().lower(), role=role, name=name.strip())
        account.set_password(password)
        account.save()
        return account

    def get_by_natural_key(self, username: str | None) -> "Account":
        """The account of an e-mail address."""
        return self.get(email__iexact=username or "")


class Account(AbstractBaseUser):
    """One person who may sign in here. ``email`` is kept in lower case.

    Sessions hold a hash over password, role and ``sessions``: where one of them changes, each session ends at once.
    """

    email = models.EmailField(unique=True)
    name = models.TextField(default="", blank=True)
    role = models.TextField(choices=Role.choices, default=Role.VIEWER)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    sessions = models.IntegerField(default=0)

    objects: ClassVar[Accounts] = Accounts()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="accounts_email_whatever_case"),)

    def __str__(self) -> str:
        return self.email

    @property
    def shown_name(self) -> str:
        """How the pages call them."""
        return self.name or self.email

    @property
    def rights(self) -> frozenset[Right]:
        """What they may do."""
        return RIGHTS[Role(self.role)]

    @property
    def is_invited(self) -> bool:
        """Whether they have not set a password yet."""
        return not self.has_usable_password()

    def get_session_auth_hash(self) -> str:
        """What every session of the account must hold to go on."""
        told = f"{self.password}|{self.role}|{self.sessions}"
        return salted_hmac("rosterkeeper session", told, algorithm="sha256").hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """None: there are no older keys of signatures."""
        return iter(())

    def has_perm(self, *_: Any) -> bool:
        """Django's own permissions are not used; no page may be opened by them."""
        return False


class AccountSchool(models.Model):
    """A school that an account of role `school` may see: an org of one connection's roster."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="schools")
    connection_id = models.BigIntegerField()
    org = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["account", "connection_id", "org"], name="accounts_school_once"),
        )

    def __str__(self) -> str:
        return f"{self.account_id}:{self.connection_id}:{self.org}"


class AccountDistrict(models.Model):
    """A district that an account is limited to; an account that has none of these rows sees every district."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="districts")
    district_id = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["account", "district_id"], name="accounts_district_once"),)

    def __str__(self) -> str:
        return f"{self.account_id}:{self.district_id}"


class FirstVisit(models.Model):
    """The one-time link that makes the first administrator; only a hash of its secret is kept."""

    secret_hash = models.TextField(unique=True)
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"made {self.made_at:%Y-%m-%d %H:%M}"


class Link(models.Model):
    """A one-time link by which an account gets a password; only a hash of its secret is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    secret_hash = models.TextField(unique=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.account_id} until {self.until:%Y-%m-%d %H:%M}"


class Tries(models.Model):
    """The failed tries to sign in of the last quarter of an hour under one key: an origin, or an account and one."""

    key = models.TextField(unique=True)
    times = models.JSONField(default=list)
    last = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key}: {len(self.times)}"


class SecondSecret(models.Model):
    """A secret of a second factor, sealed; its authenticator holds the number of this row."""

    sealed = SealedField()

    def __str__(self) -> str:
        return str(self.pk)


class ApiToken(models.Model):
    """A token of the API: what may be done with it, as the account that made it. Only its hash is kept.

    ``scopes`` are rights; ``schools`` are pairs of connection and org, ``districts`` numbers, none of them for all that
    the account sees. ``kinds`` are those of kinds.py that it may be told of, none for all.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    name = models.TextField()
    hint = models.TextField()
    secret_hash = models.TextField(unique=True)
    scopes = models.JSONField(default=list)
    schools = models.JSONField(default=list)
    districts = models.JSONField(default=list)
    kinds = models.JSONField(default=list)
    made_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

    @property
    def is_good(self) -> bool:
        """Whether it may still be used."""
        now = timezone.now()
        return self.revoked_at is None and (self.until is None or self.until > now) and self.account.is_active
