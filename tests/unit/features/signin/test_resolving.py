"""Whom claims mean, on both databases; the ways of a whole sign-in stand in tests/pages."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.people.models import DirectoryAccount
from rosterkeeper.features.signin.claims import Claims
from rosterkeeper.features.signin.models import Provider, Remembered, Served
from rosterkeeper.features.signin.resolving import resolve
from rosterkeeper.features.signin.words import Refused
from tests.identity.people import district, person
from tests.installation import Installation

ISSUER = "https://identity.example"


@pytest.fixture
def north(opened: Installation) -> Connection:
    """A district with a teacher who can be recognised in every way."""
    assert opened
    made = district("North")
    person(made, "T-1", email="Ada@Example.org", username="Ada.L", external_id="X-1")
    person(made, "T-2", email="grace@example.org")
    return made


@pytest.fixture
def provider(north: Connection) -> Provider:
    """A provider for staff of that district, which vouches for addresses."""
    made = Provider.objects.create(
        slug="any", name="Any", issuer=ISSUER, client_id="us", kinds=["staff"], proves_email=True
    )
    Served.objects.create(provider=made, district_id=north.district_id)
    return made


def claims(subject: str = "s", **said: str) -> Claims:
    """What the provider says of a user."""
    return Claims(ISSUER, subject, user_id=subject, is_email_verified=True, **said)


@pytest.mark.parametrize(
    ("key", "value"),
    [("sourced_id", "T-1"), ("directory_id", "X-1"), ("username", "ada.l"), ("email", "ada@example.ORG")],
)
def test_somebody_is_recognised_by_each_key_and_remembered(
    north: Connection, provider: Provider, key: str, value: str
) -> None:
    found = resolve(provider, claims(**{key: value}))
    assert (found.signed_in.person.sourced_id, found.key) == ("T-1", key)
    assert Remembered.objects.get().person_uid == found.signed_in.person.uid
    assert resolve(provider, claims()).key == "remembered"


def test_a_stronger_key_that_says_somebody_else_wins_and_who_is_suspended_is_refused(
    north: Connection, provider: Provider
) -> None:
    resolve(provider, claims(sourced_id="T-1"))
    assert resolve(provider, claims(sourced_id="T-2")).signed_in.person.sourced_id == "T-2"
    DirectoryAccount.objects.update(status="suspended")
    with pytest.raises(Refused) as told:
        resolve(provider, claims(sourced_id="T-1"))
    assert (told.value.code, told.value.district) == ("signin.suspended", north.district_id)


@pytest.mark.parametrize(
    ("key", "value"),
    [("sourced_id", "T-1"), ("directory_id", "X-1"), ("username", "ada.l"), ("email", "ada@example.ORG")],
)
def test_nobody_is_looked_for_by_going_through_a_whole_district(sqlite: Installation, key: str, value: str) -> None:
    with sqlite.in_process():
        made = district("North")
        person(made, "T-1", email="Ada@Example.org", username="Ada.L", external_id="X-1")
        provider = Provider.objects.create(
            slug="any", name="Any", issuer=ISSUER, client_id="us", kinds=["staff"], proves_email=True
        )
        Served.objects.create(provider=provider, district_id=made.district_id)
        with CaptureQueriesContext(database) as asked:
            resolve(provider, claims(**{key: value}))
        with database.cursor() as cursor:
            for each in asked.captured_queries:
                if each["sql"].startswith("SELECT") and '"people_' in each["sql"]:
                    cursor.execute(f"EXPLAIN QUERY PLAN {each['sql']}")
                    steps = " ".join(str(row[3]) for row in cursor.fetchall())
                    assert "SCAN" not in steps
                    assert "(district_id=?)" not in steps
