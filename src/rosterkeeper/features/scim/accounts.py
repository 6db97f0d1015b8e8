"""A directory account as a SCIM user, and a SCIM user as a directory account."""

import hashlib
import json
from datetime import datetime
from typing import Any, Final

from scim2_models import InvalidValueException, Meta

from rosterkeeper.features.people.listing import sticky_of
from rosterkeeper.features.people.models import DirectoryAccount
from rosterkeeper.features.scim import words
from rosterkeeper.features.scim.capabilities import USERS
from rosterkeeper.features.scim.shapes import Email, EnterpriseUser, Name, RosterUser, WholeUser
from rosterkeeper.matching.keys import lookup_key, sort_key
from rosterkeeper.matching.tables import Kind, Status

# What a user's type says about as whom to match them; anything else says nothing.
_KINDS: Final = {
    Kind.STAFF: (
        "staff", "teacher", "faculty", "employee", "administrator", "admin", "principal", "counselor", "aide",
        "substitute", "instructor", "contractor",
    ),
    Kind.STUDENT: ("student", "pupil", "learner"),
    Kind.PARENT: ("parent", "guardian", "relative", "family"),
}  # fmt: skip
_OF_TYPE: Final = {word: kind.value for kind, words in _KINDS.items() for word in words}
# Whatever is written of an account, but its standing.
FIELDS: Final = (
    "external_id",
    "kind",
    "username",
    "email",
    "given_name",
    "family_name",
    "display_name",
    "sourced_id",
    "user_master_identifier",
    "identifier",
    "extra",
)
_LONGEST: Final = 1000


def user_of(account: DirectoryAccount) -> Any:
    """The account as a SCIM user, with its version."""
    noted = noted_of(account)
    email = Email(value=account.email, type=noted.get("emailType"), primary=True) if account.email else None
    names = Name(given_name=account.given_name or None, family_name=account.family_name or None)
    user = WholeUser(
        id=account.uid,
        external_id=account.external_id or None,
        # A list of accounts may name some by their e-mail address alone; the protocol knows nobody without a name.
        user_name=account.username or account.email or account.uid,
        name=names if account.given_name or account.family_name else None,
        display_name=account.display_name or None,
        user_type=noted.get("userType"),
        active=account.status == Status.ACTIVE,
        emails=[email] if email else None,
        meta=Meta(
            resource_type=USERS,
            created=datetime.fromisoformat(account.created_at or account.changed_at),
            last_modified=datetime.fromisoformat(account.changed_at or account.created_at),
            version=version_of(account),
        ),
    )
    if account.identifier:
        user[EnterpriseUser] = EnterpriseUser(employee_number=account.identifier)
    if account.sourced_id or account.user_master_identifier:
        user[RosterUser] = RosterUser(
            sourced_id=account.sourced_id or None, user_master_identifier=account.user_master_identifier or None
        )
    return user


def version_of(account: DirectoryAccount) -> str:
    """The account's ETag: another one as soon as anything about it is another, whoever changed it."""
    said = [str(getattr(account, field)) for field in (*FIELDS, "status", "suspended_by", "changed_at")]
    return f'W/"{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]}"'


def write(account: DirectoryAccount, user: Any) -> bool:
    """Write a SCIM user's values to the account, but for what was changed by hand; returns whether any differed.

    InvalidValueException where the user has no name to sign in by, or a value that is longer than any can be.
    """
    before = [getattr(account, field) for field in FIELDS]
    kept = sticky_of(account)
    for field, value in _values(account, user).items():
        if len(value) > _LONGEST:
            raise InvalidValueException(detail=words.TOO_LONG)
        if field not in kept:
            setattr(account, field, value)
    account.username_key, account.email_key = lookup_key(account.username), lookup_key(account.email)
    account.sort_key = sort_key(account.family_name, account.given_name, account.display_name, account.username)
    if not account.username_key:
        raise InvalidValueException(detail=words.BLANK)
    return before != [getattr(account, field) for field in FIELDS]


def noted_of(account: DirectoryAccount) -> dict[str, str]:
    """What is kept of a user beside the columns: ``userType`` and ``emailType``."""
    whole = json.loads(account.extra) if account.extra else {}
    noted: dict[str, str] = whole.get("scim", {})
    return noted


def note(account: DirectoryAccount, **values: str | None) -> None:
    """Keep values beside the columns; None takes one away."""
    whole = json.loads(account.extra) if account.extra else {}
    noted = {name: value for name, value in {**whole.get("scim", {}), **values}.items() if value}
    whole = {**{name: value for name, value in whole.items() if name != "scim"}, **({"scim": noted} if noted else {})}
    account.extra = json.dumps(whole, sort_keys=True, ensure_ascii=False) if whole else ""


def _values(account: DirectoryAccount, user: Any) -> dict[str, str]:
    email = _chosen(user.emails or [])
    employee, roster = user[EnterpriseUser] or EnterpriseUser(), user[RosterUser] or RosterUser()
    names = user.name or Name()
    user_type = user.user_type or ""
    note(account, userType=user_type, emailType=email.type if email else None)
    values = {
        "external_id": user.external_id,
        "username": user.user_name,
        "email": email.value if email else "",
        "given_name": names.given_name,
        "family_name": names.family_name,
        "display_name": user.display_name,
        "identifier": employee.employee_number,
        "sourced_id": roster.sourced_id,
        "user_master_identifier": roster.user_master_identifier,
    }
    # Somebody may have set the kind by hand, or a list of accounts: only a type that says something changes it.
    known = _OF_TYPE.get(user_type.strip().lower())
    return {**{field: value or "" for field, value in values.items()}, **({"kind": known} if known else {})}


def _chosen(emails: list[Email]) -> Email | None:
    given = [each for each in emails if each.value]
    ranked = sorted(given, key=lambda each: (not each.primary, (each.type or "").lower() != "work"))
    return ranked[0] if ranked else None
