"""The live roster and its before-images: two models an entity, made of the field table.

The core reads and writes these tables by the names in store/schema.py. They have no secondary index and no foreign
key: a run checks references itself over all rows at once, and an index would be paid for on every row of a first load.
"""

from typing import Final

from django.db import models

from rosterkeeper.oneroster.fields import ENTITIES, Entity
from rosterkeeper.store.schema import KEY, NUMBERS, before_columns, before_table, live_columns


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
