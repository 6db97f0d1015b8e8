"""The live roster and its before-images, two models an entity, made of the field table; and what is made of them.

The core reads and writes these tables by the names in store/schema.py. They have no secondary index and no foreign
key: a run checks references itself over all rows at once, and an index would be paid for on every row of a first load.
"""

from typing import Final

from django.db import models

from rosterkeeper.oneroster.fields import ENTITIES, Entity
from rosterkeeper.store.schema import (
    CATALOG,
    CATALOG_CLASS,
    CATALOG_PERSON,
    CATALOG_PLACE,
    CATALOG_SEATS,
    DECISIONS,
    HEALTH,
    KEY,
    NUMBERS,
    before_columns,
    before_table,
    live_columns,
)


def _column(name: str) -> "models.Field[object, object]":
    if name == "existed":
        return models.SmallIntegerField()
    if name in NUMBERS:
        return models.BigIntegerField()
    if name in KEY:
        return models.TextField()
    return models.TextField(db_default="")


def _model(name: str, table: str, columns: tuple[str, ...], key: tuple[str, ...]) -> type[models.Model]:
    members: dict[str, object] = {
        "__module__": __name__,
        "__doc__": f"The table {table}.",
        "Meta": type("Meta", (), {"db_table": table}),
        "pk": models.CompositePrimaryKey(*key),
    }
    return type(name, (models.Model,), members | {column: _column(column) for column in columns})


def _class_name(entity: Entity) -> str:
    return entity.singular[0].upper() + entity.singular[1:]


LIVE: Final[dict[str, type[models.Model]]] = {
    entity.name: _model(_class_name(entity), entity.table, live_columns(entity), KEY) for entity in ENTITIES
}
BEFORE: Final[dict[str, type[models.Model]]] = {
    entity.name: _model(f"Before{_class_name(entity)}", before_table(entity), before_columns(entity), ("run_id", *KEY))
    for entity in ENTITIES
}


class Catalog(models.Model):
    """Of which state version a connection's catalog is, and who makes it: see store/catalog.py.

    ``grades`` and ``roles`` are those that occur among the live people, as JSON arrays; ``started_at`` is blank while
    nobody makes the catalog.
    """

    connection_id = models.BigIntegerField(primary_key=True)
    version = models.BigIntegerField(default=-1, db_default=-1)
    token = models.BigIntegerField(default=0, db_default=0)
    started_at = models.TextField(default="", db_default="")
    built_at = models.TextField(default="", db_default="")
    grades = models.TextField(default="[]", db_default="[]")
    roles = models.TextField(default="[]", db_default="[]")

    class Meta:
        db_table = CATALOG


class CatalogPerson(models.Model):
    """A person as the browser finds them: place in the order of names, words, and the ids of what is theirs.

    The lists are JSON arrays, blank for none. The full-text index over ``words`` is the migration's: FTS5 on SQLite,
    whose triggers follow this table, and an index of the words on PostgreSQL.
    """

    rank = models.BigAutoField(primary_key=True)
    connection_id = models.BigIntegerField()
    sourced_id = models.TextField()
    print = models.BigIntegerField()
    status = models.TextField(db_default="")
    roles = models.TextField(db_default="")
    schools = models.TextField(db_default="")
    grades = models.TextField(db_default="")
    role_ids = models.TextField(db_default="")
    seat_ids = models.TextField(db_default="")
    profile_ids = models.TextField(db_default="")
    agent_of = models.TextField(db_default="")
    issues = models.TextField(db_default="")
    words = models.TextField(db_default="")

    class Meta:
        db_table = CATALOG_PERSON
        constraints = (
            models.UniqueConstraint(fields=["connection_id", "sourced_id"], name="roster_catalog_person_id"),
        )


class CatalogClass(models.Model):
    """A class with its numbers; classes are listed by ``sort_key``."""

    pk = models.CompositePrimaryKey(*KEY)
    connection_id = models.BigIntegerField()
    sourced_id = models.TextField()
    print = models.BigIntegerField()
    status = models.TextField(db_default="")
    school_sourced_id = models.TextField(db_default="")
    sort_key = models.TextField(db_default="")
    words = models.TextField(db_default="")
    students = models.BigIntegerField(db_default=0)
    teachers = models.BigIntegerField(db_default=0)
    terms = models.TextField(db_default="")
    issues = models.TextField(db_default="")

    class Meta:
        db_table = CATALOG_CLASS
        indexes = (
            models.Index(fields=["connection_id", "sort_key", "sourced_id"], name="roster_catalog_class_order"),
            models.Index(
                fields=["connection_id", "school_sourced_id", "sort_key", "sourced_id"],
                name="roster_catalog_class_school",
            ),
        )


class CatalogSeats(models.Model):
    """The ids of a class's enrollments, as a JSON array, blank for none."""

    pk = models.CompositePrimaryKey(*KEY)
    connection_id = models.BigIntegerField()
    sourced_id = models.TextField()
    seat_ids = models.TextField(db_default="")

    class Meta:
        db_table = CATALOG_SEATS


class CatalogPlace(models.Model):
    """The numbers of an org (kind ``school``) or a session (``term``)."""

    pk = models.CompositePrimaryKey("connection_id", "kind", "sourced_id")
    connection_id = models.BigIntegerField()
    kind = models.TextField()
    sourced_id = models.TextField()
    students = models.BigIntegerField(db_default=0)
    teachers = models.BigIntegerField(db_default=0)
    people = models.BigIntegerField(db_default=0)
    classes = models.BigIntegerField(db_default=0)

    class Meta:
        db_table = CATALOG_PLACE


class Health(models.Model):
    """One number of data health at one state version; ``school`` is blank where it is of all of them."""

    pk = models.CompositePrimaryKey("connection_id", "version", "measure", "school")
    connection_id = models.BigIntegerField()
    version = models.BigIntegerField()
    measure = models.TextField()
    school = models.TextField(db_default="")
    taken_at = models.TextField(db_default="")
    number = models.BigIntegerField(db_default=0)

    class Meta:
        db_table = HEALTH


class Decision(models.Model):
    """What the last pull that spoke of a person decided, where it did not simply take the person over.

    ``fate`` and ``code`` are those of store/decisions.py; ``run_id`` is the run that decided so first; ``schools`` are
    the orgs, as a JSON array, in which the source gives roles to somebody whom an option left out.
    """

    pk = models.CompositePrimaryKey(*KEY)
    connection_id = models.BigIntegerField()
    sourced_id = models.TextField()
    run_id = models.BigIntegerField()
    fate = models.TextField(db_default="")
    code = models.TextField(db_default="")
    field = models.TextField(db_default="")
    schools = models.TextField(default="", db_default="")

    class Meta:
        db_table = DECISIONS
