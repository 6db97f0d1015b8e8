"""Faults of what is shared: collections kept back or emptied, schools that vanish, ClassLink's bearers and rows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import msgspec

from rosterkeeper.sample.answers import Answer, Asked
from rosterkeeper.sample.classlink import own_bearer
from rosterkeeper.sample.faults.ids import number_of
from rosterkeeper.sample.faults.play import (
    ALL,
    APPLICATIONS,
    Fault,
    Go,
    Json,
    Turn,
    asking,
    paged_anew,
    place_of,
    with_headers,
)

_PERSON: Final = frozenset({"users", "demographics", "enrollments"})
_OLD_PATH: Final = "/proxy/v1p0"


def withheld(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """A status instead of the collection."""
    return Answer(turn.amount, b"{}")


def emptied(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """The collection, whole and without a record."""
    return _kept(asked, go, lambda _: False)


def fewer_people(asked: Asked, go: Go, turn: Turn) -> Answer:
    """So many percent of the people are gone, with their enrollments."""
    return _kept(asked, go, lambda row: number_of(_person(row)) % 100 >= turn.amount)


def dangling(asked: Asked, go: Go, turn: Turn) -> Answer:
    """So many percent of the records are gone; what refers to them stays."""
    return _kept(asked, go, lambda row: number_of(str(row["sourcedId"])) % 100 >= turn.amount)


def school_gone(asked: Asked, go: Go, turn: Turn) -> Answer:
    """What belongs to one school alone is gone: its id is the value, or ends with it."""
    return _kept(asked, go, lambda row: not _only_at(row, turn.value))


def obfuscated(asked: Asked, go: Go, turn: Turn) -> Answer:
    """The header by which ClassLink says that fields are masked."""
    return with_headers(go(asked), {"x-obfuscated": turn.value})


def permission_moves(asked: Asked, go: Go, turn: Turn) -> Answer:
    """Another x-perm-rev with each answer."""
    return with_headers(go(asked), {"x-perm-rev": str(100 + turn.number)})


def permission(asked: Asked, go: Go, turn: Turn) -> Answer:
    """Another x-perm-rev from here on."""
    return with_headers(go(asked), {"x-perm-rev": turn.value})


def withdrawn(asked: Asked, go: Go, turn: Turn) -> Answer:
    """The district no longer shares: its bearer is refused, and its row is gone from the list."""
    if place_of(asked) == APPLICATIONS:
        return _rows(asked, go, lambda row: None if _is_ours(row, turn) else row)
    return Answer(401, b"{}")


def rotated(asked: Asked, go: Go, turn: Turn) -> Answer:
    """The district's bearer is another: the old one is refused, the list has the new one."""
    if place_of(asked) == APPLICATIONS:
        return _rows(asked, go, lambda row: row | {"bearer": _new(row["bearer"])} if _is_ours(row, turn) else row)
    shown = asked.headers.get("authorization", "")
    if not shown.endswith(_new("")):
        return Answer(401, b"{}")
    return go(replace(asked, headers={**asked.headers, "authorization": shown.removesuffix(_new(""))}))


def bearer_null(asked: Asked, go: Go, turn: Turn) -> Answer:
    """No bearer in the rows; the partner key itself opens the district."""
    if place_of(asked) == APPLICATIONS:
        return _rows(asked, go, lambda row: row | {"bearer": None})
    if asked.headers.get("authorization") != f"Bearer {turn.value}":
        return Answer(401, b"{}")
    return go(replace(asked, headers={**asked.headers, "authorization": f"Bearer {own_bearer(turn.value)}"}))


def disabled(asked: Asked, go: Go, turn: Turn) -> Answer:
    """The district has the application but has not switched it on."""
    return _rows(asked, go, lambda row: row | {"enabled": "false"} if _is_ours(row, turn) else row)


def plural_id(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """The application's id under its other spelling."""

    def renamed(row: Json) -> Json:
        row["oneroster_applications_id"] = row.pop("oneroster_application_id")
        return row

    return _rows(asked, go, renamed)


def no_applications(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """A list of districts that is empty, as a degraded server gives it."""
    return _rows(asked, go, lambda _: None)


def old_path(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """A district's roster under the older path alone."""
    if place_of(asked) == APPLICATIONS:
        return go(asked)
    if not asked.path.startswith(_OLD_PATH):
        return Answer(404, b"{}")
    return go(replace(asked, path=asked.path.removeprefix(_OLD_PATH)))


def prefix(asked: Asked, go: Go, turn: Turn) -> Answer:
    """The whole service under a path before its own."""
    if not asked.path.startswith(turn.value):
        return Answer(404, b"{}")
    return go(replace(asked, path=asked.path.removeprefix(turn.value)))


def filter_refused(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """400 to any filter that is not by a date alone."""
    return Answer(400, b"{}") if "T" in asked.parameters.get("filter", "") else go(asked)


def filter_ignored(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """Everything, whatever the filter says."""
    return go(asking(asked, filter=None))


def filter_empties(asked: Asked, go: Go, turn: Turn) -> Answer:
    """Nothing, whatever the filter says."""
    return emptied(asked, go, turn) if "filter" in asked.parameters else go(asked)


def _kept(asked: Asked, go: Go, keep: Callable[[Json], bool]) -> Answer:
    """The page as if the others had never been."""
    return paged_anew(asked, go, lambda rows: [row for row in rows if keep(row)])


def _person(row: Json) -> str:
    user = row.get("user")
    return str(user["sourcedId"]) if isinstance(user, dict) else str(row["sourcedId"])


def _only_at(row: Json, school: str) -> bool:
    orgs = [row.get(name) for name in ("school", "org")] + _listed(row)
    named = {str(org["sourcedId"]) for org in orgs if isinstance(org, dict)}
    own = str(row["sourcedId"]) == school
    return own or (bool(named) and all(each == school for each in named))


def _listed(row: Json) -> list[object]:
    orgs, roles = row.get("orgs"), row.get("roles")
    inside = [role.get("org") for role in roles if isinstance(role, dict)] if isinstance(roles, list) else []
    return [*(orgs if isinstance(orgs, list) else []), *inside]


def _rows(asked: Asked, go: Go, change: Callable[[Json], Json | None]) -> Answer:
    answer = go(asked)
    if answer.status != 200:
        return answer
    whole = msgspec.json.decode(answer.body, type=dict[str, object])
    listed = whole.get("applications")
    if not isinstance(listed, list):
        return answer
    changed = [change(row) for row in listed]
    whole["applications"] = [row for row in changed if row is not None]
    return replace(answer, body=msgspec.json.encode(whole))


def _is_ours(row: Json, turn: Turn) -> bool:
    return str(row["tenant_id"]) == turn.value


def _new(old: object) -> str:
    return f"{old}-rotated"


FAULTS: Final = (
    Fault(
        "withheld",
        ("demographics-403", "endpoints-missing"),
        "answers a collection with that status",
        withheld,
        "403",
        on=("demographics",),
    ),
    Fault("emptied", ("empty-collection",), "gives a collection without a record", emptied),
    Fault(
        "fewer-people",
        ("mass-removal", "cl-enrolled-only", "cl-permission-change"),
        "so many percent of the people are gone",
        fewer_people,
        "30",
        on=tuple(sorted(_PERSON)),
    ),
    Fault(
        "dangling", ("partial-collections", "cascade-errors"), "so many percent of a collection are gone", dangling, "3"
    ),
    Fault("school-gone", ("cl-permission-change",), "what belongs to that school alone is gone", school_gone),
    Fault("obfuscated", ("masking", "cl-undocumented-headers"), "says x-obfuscated", obfuscated, "1"),
    Fault("permission-moves", ("mid-pull-change",), "another x-perm-rev with each answer", permission_moves),
    Fault("permission", ("mid-pull-change",), "that x-perm-rev", permission, "8"),
    Fault(
        "withdrawn",
        ("cl-401-two-meanings",),
        "that tenant no longer shares",
        withdrawn,
        "4711",
        on=(ALL,),
    ),
    Fault("rotated", ("cl-401-two-meanings",), "that tenant's bearer is another", rotated, "4711", on=(ALL,)),
    Fault(
        "disabled", ("cl-enabled-strings",), "that tenant has not switched it on", disabled, "4711", on=(APPLICATIONS,)
    ),
    Fault(
        "bearer-null",
        ("cl-bearer-null",),
        "no bearers: that partner key opens the district",
        bearer_null,
        "sample-secret",
        on=(ALL,),
    ),
    Fault("plural-id", ("cl-three-ids",), "spells oneroster_applications_id", plural_id, on=(APPLICATIONS,)),
    Fault("no-applications", ("cl-applications-no-count",), "lists no district", no_applications, on=(APPLICATIONS,)),
    Fault("old-path", ("cl-proxy-path-variants",), "serves districts under /proxy/v1p0 alone", old_path, on=(ALL,)),
    Fault("prefix", ("ic-two-base-forms", "url-normalise"), "serves under that path", prefix, "/campus/api", on=(ALL,)),
    Fault("filter-dates", ("date-delta-date-only",), "refuses a filter by an instant", filter_refused),
    Fault("filter-ignored", ("filter-unreliable",), "ignores filters", filter_ignored),
    Fault("filter-empties", ("filter-unreliable",), "answers any filter with nothing", filter_empties),
)
