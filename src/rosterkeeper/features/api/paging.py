"""Lists a page at a time: ``limit`` says how many at most, ``after`` goes on behind the last one."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Generic, TypeVar

from django.db.models import Model, QuerySet
from ninja import Query, Schema
from pydantic import Field

DEFAULT: Final = 50
MOST: Final = 200
# What a row's number can be in either database.
_HIGHEST: Final = 2**63 - 1

Limit = Annotated[int, Query(description=f"How many at most; more than {MOST} are {MOST}.", ge=1)]
After = Annotated[int, Query(description="The `next` of the page before; 0 for the first page.", ge=0, le=_HIGHEST)]

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


class Page(Schema, Generic[Item]):
    """One page of a list; ``next`` is the `after` of the page behind it, null on the last one."""

    items: list[Item]
    next: int | None = Field(description="Give this as `after` for the page behind this one; null where there is none.")


def newest_first(rows: QuerySet[Row], after: int, limit: int, *, shown: Callable[[Row], Item]) -> dict[str, Any]:
    """A page of rows by falling number; the next page stays right while new rows come."""
    rows = rows.order_by("-pk")
    return _page(list((rows.filter(pk__lt=after) if after else rows)[: _wanted(limit) + 1]), limit, "pk", shown)


def in_order(rows: QuerySet[Row], after: int, limit: int, *, by: str, shown: Callable[[Row], Item]) -> dict[str, Any]:
    """A page of rows by a rising number, which the column ``by`` holds."""
    rows = rows.order_by(by)
    found = list((rows.filter(**{f"{by}__gt": after}) if after else rows)[: _wanted(limit) + 1])
    return _page(found, limit, by, shown)


def _wanted(limit: int) -> int:
    return min(limit, MOST)


def _page(found: list[Row], limit: int, by: str, shown: Callable[[Row], Item]) -> dict[str, Any]:
    wanted = _wanted(limit)
    more = getattr(found[wanted - 1], by) if len(found) > wanted else None
    return {"items": [shown(row) for row in found[:wanted]], "next": more}
