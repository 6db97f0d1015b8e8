"""A few families in a synced district, as a matching leaves them, and parents whom a sync left out."""

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.people.models import DirectoryAccount, Family, Person, Record
from rosterkeeper.features.roster.models import LIVE, Decision
from rosterkeeper.oneroster.fields import USERS


def settle(north: Connection) -> None:
    """A mother of two with an account, her children, and a teacher who is the father of one (persons 1 to 4)."""
    for number, (name, kind) in enumerate(
        [("mum", "parent"), ("kid", "student"), ("sis", "student"), ("dad", "staff")], 1
    ):
        person(north, number, name, kind)
    for student, parent, word in ((2, 1, "guardian"), (3, 1, "guardian"), (2, 4, "parent")):
        Family.objects.create(student_id=student, parent_id=parent, district_id=north.district_id, relationship=word)
    account = DirectoryAccount.objects.create(district_id=north.district_id, origin="csv", email="mum@home.example")
    Person.objects.filter(pk=1).update(account_id=account.pk, result="linked")


def person(connection: Connection, number: int, name: str, kind: str) -> None:
    """One person with one live record."""
    district = connection.district_id
    LIVE[USERS.name]._default_manager.create(
        connection_id=connection.pk,
        sourced_id=name,
        district_id=district,
        status="active",
        row_hash=0,
        changed_run=1,
        given_name=name.title(),
        family_name="Field",
        email=f"{name}@example.org",
    )
    Person.objects.create(
        id=number,
        district_id=district,
        kind=kind,
        connection_id=connection.pk,
        sourced_id=name,
        sort_key=f"field {name}",
    )
    Record.objects.create(connection_id=connection.pk, sourced_id=name, district_id=district, person_id=number)


def leave_out(connection: Connection, sourced_id: str, code: str, schools: str = "") -> None:
    """Somebody whom an option left out."""
    Decision.objects.create(
        connection_id=connection.pk, sourced_id=sourced_id, run_id=1, fate="left_out", code=code, schools=schools
    )
