"""A district with classes, persons and accounts in Django's database, as a sync, a catalog and a matching leave it."""

import json
from dataclasses import dataclass

from rosterkeeper.features.connections import workflow as connections
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import DirectoryAccount, Person, Record
from rosterkeeper.features.roster.models import LIVE, Catalog, CatalogPerson, CatalogSeats
from rosterkeeper.matching.keys import lookup_key
from rosterkeeper.sources.spec import CsvSpec
from rosterkeeper.store.facets import STRETCH
from rosterkeeper.store.folding import fold

AT = "2026-01-01T00:00:00.000Z"


@dataclass
class Classroom:
    """One connection; the person ``ada`` has the record ``ada``."""

    connection: Connection

    @property
    def district(self) -> int:
        """The district's number."""
        return self.connection.district_id

    def person(self, name: str, kind: str = "student", *, account: str = "", **cells: str) -> Person:
        """A live user with a person, and an account of the status where one is named."""
        made = {"given_name": name.title(), "family_name": "Field", "email": f"{name}@example.org", **cells}
        self._live("users", name, **made)
        # Nothing but the words is looked for, each whole or as a beginning.
        words = " ".join(["=a", fold(name), *(each for each in (fold(made["email"]),) if each)])
        rank = self.connection.pk * STRETCH + CatalogPerson.objects.count() + 1
        CatalogPerson.objects.create(
            rank=rank, connection_id=self.connection.pk, sourced_id=name, print=0, status="active", words=words
        )
        person = Person.objects.create(
            district_id=self.district, kind=kind, connection_id=self.connection.pk, sourced_id=name, sort_key=fold(name)
        )
        Record.objects.create(
            connection_id=self.connection.pk, sourced_id=name, district_id=self.district, person_id=person.pk
        )
        if account:
            self.account(name, status=account, of=person)
        return person

    def account(self, name: str, *, status: str = "active", of: Person | None = None, **cells: str) -> DirectoryAccount:
        """An account of the directory, linked to a person or to nobody yet."""
        stated = {"email": f"{name}@example.org", **cells}
        made = DirectoryAccount.objects.create(
            district_id=self.district, origin="csv", username=name, status=status, **stated
        )
        made.email_key, made.username_key = lookup_key(made.email), lookup_key(made.username)
        made.save()
        if of is not None:
            Person.objects.filter(pk=of.pk).update(account_id=made.pk, result="linked")
            of.refresh_from_db()
        return made

    def klass(self, sourced_id: str, title: str = "Algebra", *, terms: str = "", school: str = "s1") -> None:
        """A live class."""
        self._live("classes", sourced_id, title=title, school_sourced_id=school, term_sourced_ids=terms)
        CatalogSeats.objects.create(connection_id=self.connection.pk, sourced_id=sourced_id)

    def session(self, sourced_id: str, begins: str, ends: str) -> None:
        """A live session."""
        self._live("academicSessions", sourced_id, title=sourced_id, start_date=begins, end_date=ends)

    def seat(self, class_id: str, person: Person, role: str = "student", *, begins: str = "", ends: str = "") -> None:
        """An enrollment, in the catalog, too."""
        seat = f"{class_id}-{person.sourced_id}"
        cells = {"class_sourced_id": class_id, "user_sourced_id": person.sourced_id, "role": role}
        self._live("enrollments", seat, **cells, begin_date=begins, end_date=ends)
        held = CatalogSeats.objects.get(connection_id=self.connection.pk, sourced_id=class_id)
        told = CatalogPerson.objects.get(connection_id=self.connection.pk, sourced_id=person.sourced_id)
        for model, row in ((CatalogSeats, held), (CatalogPerson, told)):
            ids = json.dumps([*json.loads(row.seat_ids or "[]"), seat])
            model._default_manager.filter(connection_id=row.connection_id, sourced_id=row.sourced_id).update(
                seat_ids=ids
            )

    def group(self, class_id: str, owners: list[Person], students: list[Person], **more: object) -> Group:
        """A class's group as the last matching left it."""
        stated = {"name": "Algebra", "sort_key": "algebra", "changed_at": AT, "school_sourced_id": "s1", **more}
        return Group.objects.create(
            district_id=self.district,
            kind="class",
            connection_id=self.connection.pk,
            class_sourced_id=class_id,
            owners=json.dumps([each.pk for each in owners]),
            students=json.dumps([each.pk for each in students]),
            **stated,
        )

    def _live(self, entity: str, sourced_id: str, **cells: str) -> None:
        alike = {"connection_id": self.connection.pk, "district_id": self.district, "changed_run": 1}
        LIVE[entity]._default_manager.filter(connection_id=self.connection.pk, sourced_id=sourced_id).delete()
        LIVE[entity]._default_manager.create(**alike, row_hash=0, status="active", sourced_id=sourced_id, **cells)


def classroom() -> Classroom:
    """A district without classes, whose catalog is of its present roster."""
    connection = connections.add("north", CsvSpec(path="/nowhere.zip"))
    Catalog.objects.create(connection_id=connection.pk, version=0, built_at=AT)
    return Classroom(connection)
