"""The query parameters of a collection: paging, sort, filter and fields, as the bindings of 1.1 and 1.2 have them."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from rosterkeeper.oneroster.fields import BY_NAME, Kind
from rosterkeeper.sample.forms import Json
from rosterkeeper.sample.shelf import Library, View

_CLAUSE: Final = r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*(!=|>=|<=|=|>|<|~)\s*'((?:''|[^'])*)'"
_FILTER: Final = re.compile(rf"\s*{_CLAUSE}(?:\s+(AND|OR)\s+{_CLAUSE})?\s*", re.IGNORECASE)
_ORDERS: Final[dict[str, Callable[[str | datetime, str | datetime], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_DEFAULT_LIMIT: Final = 100
# Fields of the REST bindings that no CSV column stands for.
_DERIVED: Final = {
    "users": ("roles", "role", "orgs", "userProfiles", "metadata"),
    "orgs": ("children", "metadata"),
    "academicSessions": ("children", "metadata"),
}


class BadQuery(Exception):
    """A parameter that the standard answers with 400; ``minor`` names the kind, ``field`` what it was about."""

    def __init__(self, minor: str, field: str) -> None:
        super().__init__(minor)
        self.minor = minor
        self.field = field


@dataclass(frozen=True, slots=True)
class Query:
    """What a request asks of a collection."""

    limit: int
    offset: int
    sort: str
    descending: bool
    filter: str
    fields: tuple[str, ...]


def read_query(parameters: dict[str, str], cap: int) -> Query:
    """Read the parameters; ``cap`` bounds the page. BadQuery where they cannot be read."""
    fields = tuple(part.strip() for part in parameters.get("fields", "").split(",") if part.strip())
    if "fields" in parameters and not fields:
        raise BadQuery("blank_selection", "fields")
    return Query(
        limit=min(_number(parameters, "limit", _DEFAULT_LIMIT, 1), cap),
        offset=_number(parameters, "offset", 0, 0),
        sort=parameters.get("sort", ""),
        descending=parameters.get("orderBy", "asc").lower() == "desc",
        filter=parameters.get("filter", ""),
        fields=fields,
    )


def choose(library: Library, view: View, query: Query) -> list[int] | range:
    """The places of the records a query asks for, all pages of them, in order."""
    if not query.filter and not query.sort:
        return library.in_view(view)
    key = (view.path, query.filter, query.sort, str(query.descending))
    kept = library.kept(key)
    if kept is not None:
        return kept
    shelf = library.shelves[view.entity]
    chosen = list(library.in_view(view))
    if query.filter:
        fits = _reader(view.entity, query.filter)
        chosen = [place for place in chosen if fits(shelf.decoded(place))]
    if query.sort == "sourcedId":
        chosen.sort(key=shelf.ids.__getitem__, reverse=query.descending)
    elif query.sort in known_fields(view.entity):
        chosen.sort(key=lambda place: str(shelf.decoded(place).get(query.sort, "")), reverse=query.descending)
    return library.keep(key, chosen)


def known_fields(entity: str) -> set[str]:
    """The REST names that can be sorted by, filtered by and selected."""
    return {each.rest for each in BY_NAME[entity].fields} | set(_DERIVED.get(entity, ("metadata",)))


def _number(parameters: dict[str, str], name: str, default: int, least: int) -> int:
    text = parameters.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise BadQuery("invalid_data", name)
    return int(text)


def _reader(entity: str, text: str) -> Callable[[Json], bool]:
    """The filter as a test of one record; BadQuery where it is not the grammar's or names an unknown field."""
    match = _FILTER.fullmatch(text)
    if match is None:
        raise BadQuery("invalid_filter_field", "filter")
    first = _clause(entity, match[1], match[2], match[3])
    if match[4] is None:
        return first
    second = _clause(entity, match[5], match[6], match[7])
    if match[4].upper() == "AND":
        return lambda record: first(record) and second(record)
    return lambda record: first(record) or second(record)


def _clause(entity: str, name: str, predicate: str, value: str) -> Callable[[Json], bool]:
    root = name.partition(".")[0]
    if root not in known_fields(entity):
        raise BadQuery("invalid_filter_field", name)
    # 1.2 nests a user's role; the flat name is understood in both versions.
    path = ["roles", "role"] if name == "role" and entity == "users" else name.split(".")
    wanted = value.replace("''", "'").lower()
    if any(each.rest == root and each.kind is Kind.DATETIME for each in BY_NAME[entity].fields):
        return _instant(root, predicate, wanted)

    def fits(record: Json) -> bool:
        found = [each.lower() for each in _values(record, path)] or [
            each.lower() for each in _values(record, name.split("."))
        ]
        return _holds(found, predicate, wanted)

    return fits


def _holds(found: list[str], predicate: str, wanted: str) -> bool:
    if predicate == "~":
        return any(wanted in each for each in found)
    if predicate == "=":
        return wanted in (*found, ",".join(found))
    if predicate == "!=":
        return wanted not in found
    return any(_ORDERS[predicate](each, wanted) for each in found)


def _instant(name: str, predicate: str, wanted: str) -> Callable[[Json], bool]:
    limit = _moment(wanted)
    if limit is None:
        raise BadQuery("invalid_data", name)
    orders = {**_ORDERS, "=": operator.eq, "!=": operator.ne}
    if predicate not in orders:
        raise BadQuery("invalid_data", name)
    compare = orders[predicate]

    def fits(record: Json) -> bool:
        moment = _moment(str(record.get(name, "")))
        return moment is not None and compare(moment, limit)

    return fits


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _values(found: object, path: list[str]) -> list[str]:
    if isinstance(found, list):
        return [value for each in found for value in _values(each, path)]
    if not path:
        return [] if isinstance(found, dict) else [str(found)]
    if isinstance(found, dict) and path[0] in found:
        return _values(found[path[0]], path[1:])
    return []
