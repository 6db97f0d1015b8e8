"""The tables of accounts: administrators and those they let in; the people of the roster are not among them."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from rosterkeeper.features.accounts.rights import RIGHTS, Right, Role


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
    """One person who may sign in here. ``email`` is kept in lower case."""

    email = models.EmailField(unique=True)
    name = models.TextField(default="", blank=True)
    role = models.TextField(choices=Role.choices, default=Role.VIEWER)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

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


class FirstVisit(models.Model):
    """The one-time link that makes the first administrator; only a hash of its secret is kept."""

    secret_hash = models.TextField(unique=True)
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"made {self.made_at:%Y-%m-%d %H:%M}"
