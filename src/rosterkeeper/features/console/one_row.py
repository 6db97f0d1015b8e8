"""One row by a column that is unique, as every click at a console and every look of an open lesson needs some of them.

Django takes ten times as long to put such a question together as the database to answer it; thousands of lessons ask
at once.
"""

from functools import cache
from typing import TypeVar

from django.db import connection
from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def row_of(model: type[Row], column: str, value: str | int) -> Row | None:
    """The row of which the column has that value; None where there is none."""
    return next(iter(model._default_manager.raw(_question(model, column), [value])), None)


@cache
def _question(model: type[Model], column: str) -> str:
    quote = connection.ops.quote_name
    return f"SELECT * FROM {quote(model._meta.db_table)} WHERE {quote(column)} = %s"
