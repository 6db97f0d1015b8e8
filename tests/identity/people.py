"""People of a district with accounts, as a matching would leave them, for tests of signing in."""

from django.utils import timezone

from rosterkeeper.features.connections.models import Connection, District
from rosterkeeper.features.people.models import DirectoryAccount, Person, Record
from rosterkeeper.features.sealed.box import installed_box
from rosterkeeper.features.signin.models import Provider, Served
from rosterkeeper.features.signin.presets import PRESETS
from rosterkeeper.matching.keys import lookup_key
from rosterkeeper.matching.tables import Kind, Origin, Result
from tests.identity.running import CLIENT_ID, SECRET, Identity


def district(name: str, *, tenant: str = "") -> Connection:
    """A district with one ClassLink connection of a tenant; returns the connection."""
    made = District.objects.create(name=name)
    return Connection.objects.create(
        district=made,
        name=f"roster of {name}",
        kind="classlink",
        settings={"tenant_id": tenant},
        created_at=timezone.now(),
    )


def person(
    connection: Connection,
    sourced_id: str,
    *,
    kind: str = Kind.STAFF,
    email: str = "",
    username: str = "",
    external_id: str = "",
) -> Person:
    """A person with one source record and an active account that they are linked to."""
    account = DirectoryAccount.objects.create(
        district_id=connection.district_id,
        origin=Origin.SCIM,
        external_id=external_id,
        kind=kind,
        username=username,
        username_key=lookup_key(username),
        email=email,
        email_key=lookup_key(email),
        given_name="Ada",
        family_name=sourced_id,
    )
    made = Person.objects.create(
        district_id=connection.district_id,
        kind=kind,
        connection_id=connection.pk,
        sourced_id=sourced_id,
        result=Result.LINKED,
        account_id=account.pk,
    )
    Record.objects.create(
        connection_id=connection.pk, sourced_id=sourced_id, district_id=connection.district_id, person_id=made.pk
    )
    return made


def signs_in_by(identity: Identity, preset: str, *districts: tuple[int, list[str]], **stated: object) -> Provider:
    """A provider of that kind which is the one that runs beside the test, for districts with their tenants."""
    known = PRESETS[preset]
    made = Provider.objects.create(
        slug=preset,
        name=str(stated.pop("name", known.title)),
        preset=preset,
        issuer=identity.issuer,
        client_id=CLIENT_ID,
        secret=installed_box().seal(SECRET),
        scopes=known.scopes,
        claims=known.claims,
        proves_email=known.proves_email,
        asks_userinfo=known.asks_userinfo,
        **{"kinds": [Kind.STAFF, Kind.STUDENT, Kind.PARENT], **stated},
    )
    for number, tenants in districts:
        Served.objects.create(provider=made, district_id=number, tenants=tenants)
    return made
