"""Commands about accounts, for who runs the server: list, add, role, disable, enable, reset, unlock."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

import os
from typing import TYPE_CHECKING, Final

import click

from rosterkeeper.cli.output import Json, as_json, give, tell, tell_table
from rosterkeeper.cli.session import database
from rosterkeeper.oneroster.errors import SettingsError

if TYPE_CHECKING:
    from rosterkeeper.features.accounts.models import Account
    from rosterkeeper.features.accounts.scope import School

# As in accounts.rights, which cannot be imported before Django is set up.
_ROLES: Final = ("administrator", "manager", "viewer", "school")
_PASSWORD: Final = "ROSTERKEEPER_ACCOUNT_PASSWORD"  # noqa: S105 -- the name of a variable
_URL: Final = click.option("--url", default="", help="How the pages are reached; else ROSTERKEEPER_PUBLIC_URL.")
_SCHOOLS: Final = click.option(
    "--school", "schools", multiple=True, metavar="CONNECTION:ORG", help="A school of a school viewer; may be repeated."
)
_DISTRICTS: Final = click.option(
    "--district", "districts", multiple=True, metavar="NAME", help="A district that it sees alone; may be repeated."
)


@click.group()
def account() -> None:
    """Accounts that sign in to the pages: who, as what, and help for who cannot get in."""


@account.command(name="list")
@as_json
def list_(as_json: bool) -> int:
    """List the accounts."""
    with database():
        from rosterkeeper.features.accounts.workflow import listed

        objects = [_object(each) for each in listed()]
    if as_json:
        give({"accounts": objects})
    elif objects:
        head = ("email", "role", "districts", "state", "last_sign_in")
        tell_table(head, [[_cell(each[column]) for column in head] for each in objects])
    else:
        tell("There is no account. Next: rosterkeeper first-link")
    return 0


@account.command()
@click.argument("email")
@click.option("--role", type=click.Choice(_ROLES), default="viewer", show_default=True, help="What the account is.")
@click.option("--name", default="", help="How the pages call them.")
@_SCHOOLS
@_DISTRICTS
@_URL
@as_json
def add(email: str, schools: tuple[str, ...], districts: tuple[str, ...], as_json: bool, **stated: str) -> int:
    """Let somebody in; prints the one-time link by which they set their password.

    Where ROSTERKEEPER_ACCOUNT_PASSWORD is set, it is the password, and there is no link.
    """
    with database():
        from django.core.exceptions import ValidationError
        from django.core.validators import validate_email

        from rosterkeeper.features.accounts import workflow
        from rosterkeeper.features.accounts.rights import Role

        try:
            validate_email(email)
        except ValidationError:
            raise SettingsError(
                "account.email", "That is not an e-mail address.", todo="Write it as name@example.org."
            ) from None
        _check_password()
        role = Role(stated["role"])
        made, secret = workflow.invite(
            email, role=role, name=stated["name"], schools=_read(role, schools), districts=_numbers(districts)
        )
        if _password_is_set(secret):
            return _told(made, f"{email} may sign in now.", as_json=as_json)
        _tell_link(made, _link(stated["url"], secret), as_json=as_json)
    return 0


@account.command()
@click.argument("email")
@click.argument("role", type=click.Choice(_ROLES))
@_SCHOOLS
@_DISTRICTS
@click.option("--every-district", is_flag=True, help="Limit it to no district any more.")
@as_json
def role(
    email: str, role: str, schools: tuple[str, ...], districts: tuple[str, ...], every_district: bool, as_json: bool
) -> int:
    """Give an account another role; it has to sign in anew. Without a word on districts, those stay."""
    with database():
        from rosterkeeper.features.accounts import workflow
        from rosterkeeper.features.accounts.rights import Role

        found = workflow.find(email)
        limit = [] if every_district else _numbers(districts) if districts else None
        workflow.set_role(found, Role(role), _read(role, schools), limit)
        return _told(found, f"The account is {role} now.", as_json=as_json)


@account.command()
@click.argument("email")
@as_json
def disable(email: str, as_json: bool) -> int:
    """Let an account in no more; its sessions and tokens end at once."""
    with database():
        from rosterkeeper.features.accounts import workflow

        found = workflow.find(email)
        workflow.disable(found)
        return _told(found, "The account is disabled.", as_json=as_json)


@account.command()
@click.argument("email")
@as_json
def enable(email: str, as_json: bool) -> int:
    """Let a disabled account in again."""
    with database():
        from rosterkeeper.features.accounts import workflow

        found = workflow.find(email)
        workflow.enable(found)
        return _told(found, "The account is enabled.", as_json=as_json)


@account.command("reset-password")
@click.argument("email")
@click.option("--second-factor", is_flag=True, help="Remove the second factor, too: the phone is lost.")
@_URL
@as_json
def reset_password(email: str, second_factor: bool, url: str, as_json: bool) -> int:
    """Print a one-time link that sets a new password, and end the account's sessions."""
    with database():
        from rosterkeeper.features.accounts import workflow

        found = workflow.find(email)
        link = _link(url, workflow.reset(found, second_factor=second_factor))
        _tell_link(found, link, as_json=as_json)
    return 0


@account.command()
@as_json
def unlock(as_json: bool) -> int:
    """Forget the failed tries to sign in, from everywhere, so that the next one is answered."""
    with database():
        from rosterkeeper.features.accounts.throttle import unlock as forget

        done = forget()
    if as_json:
        give({"forgotten": done})
    else:
        tell("Failed tries are forgotten; signing in is answered again.")
    return 0


def _check_password() -> None:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    try:
        if os.environ.get(_PASSWORD):
            validate_password(os.environ[_PASSWORD])
    except ValidationError as fault:
        raise SettingsError(
            "account.password",
            "The password in ROSTERKEEPER_ACCOUNT_PASSWORD is easily guessed.",
            todo=" ".join(fault.messages),
        ) from None


def _password_is_set(secret: str) -> bool:
    from rosterkeeper.features.accounts import links

    password = os.environ.get(_PASSWORD, "")
    return bool(password) and links.use(secret, password) is not None


def _read(role: str, schools: tuple[str, ...]) -> "list[School]":
    from rosterkeeper.features.accounts.scope import read

    try:
        found = [read(each) for each in schools]
    except ValueError:
        found = []
    if len(found) != len(schools) or not all(org for _, org in found) or bool(found) != (role == "school"):
        raise SettingsError(
            "account.schools",
            "A school viewer, and nobody else, needs schools.",
            todo="Give --school CONNECTION:ORG, the connection's number and the school's sourcedId, for each school.",
        )
    return found


def _numbers(districts: tuple[str, ...]) -> list[int]:
    from rosterkeeper.features.connections.districts import find

    return [find(each).pk for each in districts]


def _cell(value: Json) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _link(url: str, secret: str) -> str:
    from django.conf import settings
    from django.urls import reverse

    root = url or settings.ROSTER_PUBLIC_URL or "http://127.0.0.1:8000"
    return f"{root.rstrip('/')}{reverse('welcome', args=[secret])}"


def _tell_link(found: "Account", link: str, *, as_json: bool) -> None:
    if as_json:
        give({**_object(found), "link": link})
    else:
        tell(f"By this link {found.email} sets a password, once, within seven days:", link)


def _told(found: "Account", words: str, *, as_json: bool) -> int:
    if as_json:
        give(_object(found))
    else:
        tell(words)
    return 0


def _object(found: "Account") -> dict[str, Json]:
    from rosterkeeper.features.accounts.scope import offered_districts

    mine = [each.district_id for each in found.districts.all()]
    state = "invited" if found.is_invited else "active"
    return {
        "id": found.pk,
        "email": found.email,
        "name": found.name,
        "role": str(found.role),
        "districts": [name for number, name in offered_districts(None) if number in mine],
        "state": state if found.is_active else "disabled",
        "last_sign_in": found.last_login.isoformat() if found.last_login else None,
    }
