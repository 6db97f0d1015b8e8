"""The kind of column that holds a sealed secret; a change of the key finds every such column by it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

if TYPE_CHECKING:
    _Text = models.TextField[str, str]
else:
    # Django's own fields take no type arguments when they run.
    _Text = models.TextField


class SealedField(_Text):
    """A text that `box.SecretBox` has sealed, or '' for none. In the database it is a text like any other."""

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """A plain text in migrations, which must not depend on the product."""
        name, _, given, named = super().deconstruct()
        return name, "django.db.models.TextField", given, named


def sealed_columns() -> Iterator[tuple[type[models.Model], str]]:
    """Every sealed column of the product: its model, and its field's name."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, SealedField):
                yield model, field.name
