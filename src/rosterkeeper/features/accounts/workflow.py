"""What may be done with accounts: invite, change the role, disable, enable, reset, sign out everywhere.

Each ends the account's sessions where it takes something away, and stands in the audit log. The last administrator who
can sign in and sees every district stays one: else nobody could let anybody in.
"""

from collections.abc import Collection

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from rosterkeeper.features.accounts import links
from rosterkeeper.features.accounts.models import Account, AccountDistrict, AccountSchool
from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.features.accounts.scope import School
from rosterkeeper.features.audit.log import record
from rosterkeeper.oneroster.errors import SettingsError


def listed() -> list[Account]:
    """Every account, by e-mail address."""
    return list(Account.objects.prefetch_related("schools", "districts").order_by("email"))


def of(request: HttpRequest) -> Account:
    """The account that a request comes from; its view needs a right, so that there is one."""
    assert isinstance(request.user, Account)  # noqa: S101 -- for the type checker
    return request.user


def find(email: str) -> Account:
    """The account of an e-mail address; SettingsError where there is none."""
    account = Account.objects.filter(email__iexact=email.strip()).first()
    if account is None:
        raise SettingsError(
            "account.unknown", "There is no account with this e-mail address.", todo="See rosterkeeper account list."
        )
    return account


def invite(
    email: str, *, role: Role, name: str = "", schools: Collection[School] = (), districts: Collection[int] = ()
) -> tuple[Account, str]:
    """Make an account without a password, of these districts (none: of all).

    Returns it and the secret of the link that sets its password.
    """
    with transaction.atomic():
        if Account.objects.filter(email__iexact=email.strip()).exists():
            raise SettingsError(
                "account.in_use",
                "There is an account with this e-mail address already.",
                todo="Change that one's role, or enable it again.",
            )
        account = Account.objects.make(email, role=role, name=name)
        _set_schools(account, schools)
        _set_districts(account, districts)
        secret = links.new(account, links.INVITED)
        record("account.invited", about=_key(account), details={"role": role.value, "districts": sorted(districts)})
    return account, secret


def check_schools(role: Role, schools: Collection[School]) -> None:
    """SettingsError where a school viewer would see no school."""
    if role == Role.SCHOOL and not schools:
        raise SettingsError(
            "account.schools", "A school viewer without a school would see nothing.", todo="Choose at least one school."
        )


def set_role(
    account: Account, role: Role, schools: Collection[School] = (), districts: Collection[int] | None = None
) -> None:
    """Give the account another role, a school viewer its schools, and other districts ([]: all; None: as before).

    It has to sign in anew.
    """
    with transaction.atomic():
        if role != Role.ADMINISTRATOR or districts:
            _keep_an_administrator(account)
        before, account.role = account.role, role
        account.sessions += 1
        account.save(update_fields=["role", "sessions"])
        _set_schools(account, schools)
        about: dict[str, object] = {"from": str(before), "to": role.value, "schools": len(schools)}
        if districts is not None:
            _set_districts(account, districts)
            about["districts"] = sorted(districts)
        record("account.role_changed", about=_key(account), details=about)


def disable(account: Account) -> None:
    """Let the account in no more; its sessions, links and tokens end at once."""
    with transaction.atomic():
        _keep_an_administrator(account)
        account.is_active = False
        account.sessions += 1
        account.save(update_fields=["is_active", "sessions"])
        record("account.disabled", about=_key(account))


def enable(account: Account) -> None:
    """Let a disabled account in again, with the password that it had."""
    with transaction.atomic():
        account.is_active = True
        account.save(update_fields=["is_active"])
        record("account.enabled", about=_key(account))


def reset(account: Account, *, second_factor: bool = False) -> str:
    """The secret of a link that sets a new password; sessions end at once, and the second factor goes if so asked."""
    with transaction.atomic():
        if second_factor:
            Authenticator.objects.filter(user=account).delete()
        secret = links.new(account, links.INVITED)
        sign_out(account)
        record("account.reset", about=_key(account), details={"second_factor": second_factor})
    return secret


def sign_out(account: Account) -> None:
    """End every session of the account at once."""
    Account.objects.filter(pk=account.pk).update(sessions=F("sessions") + 1)
    account.refresh_from_db(fields=["sessions"])
    record("account.sessions_ended", about=_key(account))


def _keep_an_administrator(account: Account) -> None:
    """SettingsError where no other administrator of all districts could sign in.

    Two who demote each other at once wait here.
    """
    able = Account.objects.select_for_update().filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk")
    of_all = [each for each in able if not each.districts.exists()]
    others = [each for each in of_all if each.pk != account.pk and not each.is_invited]
    if not others and account.pk in {each.pk for each in of_all}:
        raise SettingsError(
            "account.last_administrator",
            "This is the only administrator who can sign in, and there must be one.",
            todo="Make somebody else an administrator first.",
        )


def _set_schools(account: Account, schools: Collection[School]) -> None:
    AccountSchool.objects.filter(account=account).delete()
    if account.role == Role.SCHOOL:
        AccountSchool.objects.bulk_create(
            AccountSchool(account=account, connection_id=connection, org=org) for connection, org in sorted(schools)
        )


def _set_districts(account: Account, districts: Collection[int]) -> None:
    AccountDistrict.objects.filter(account=account).delete()
    AccountDistrict.objects.bulk_create(
        AccountDistrict(account=account, district_id=number) for number in sorted(set(districts))
    )


def _key(account: Account) -> str:
    return f"account:{account.pk}"
