"""The sample server's records, each encoded to JSON once, so that a page is a join of slices."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from rosterkeeper.sample.forms import Former, Json, Made

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(dict[str, object])
_KEPT_CHOICES: Final = 64


@dataclass(frozen=True, slots=True)
class View:
    """One endpoint's collection: which entity, and of which type or role."""

    path: str
    entity: str
    wrapper: str
    single: str
    tags: tuple[str, ...] = ()


# Terms holds semesters too: a class may run in either, and the standard leaves open which of them /terms means.
VIEWS: Final = {
    view.path: view
    for view in (
        View("academicSessions", "academicSessions", "academicSessions", "academicSession"),
        View("terms", "academicSessions", "academicSessions", "academicSession", ("term", "semester")),
        View("gradingPeriods", "academicSessions", "academicSessions", "academicSession", ("gradingPeriod",)),
        View("orgs", "orgs", "orgs", "org"),
        View("schools", "orgs", "orgs", "org", ("school",)),
        View("courses", "courses", "courses", "course"),
        View("classes", "classes", "classes", "class"),
        View("users", "users", "users", "user"),
        View("students", "users", "users", "user", ("student",)),
        View("teachers", "users", "users", "user", ("teacher",)),
        View("demographics", "demographics", "demographics", "demographics"),
        View("enrollments", "enrollments", "enrollments", "enrollment"),
    )
}
ENTITIES: Final = tuple(dict.fromkeys(view.entity for view in VIEWS.values()))


@dataclass(slots=True)
class Shelf:
    """One entity's records in parallel lists; ``contents`` are the encoded objects without their base fields."""

    ids: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    stamps: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    tags: list[tuple[str, ...]] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def put(self, sourced_id: str, content: bytes, stamp: tuple[str, str], tags: tuple[str, ...]) -> None:
        """Add a record; ``stamp`` is its status and dateLastModified."""
        self.places[sourced_id] = len(self.ids)
        self.ids.append(sourced_id)
        self.contents.append(content)
        self.stamps.append(stamp)
        self.tags.append(tags)
        base = _ENCODER.encode({"sourcedId": sourced_id, "status": stamp[0], "dateLastModified": stamp[1]})
        self.bodies.append(base[:-1] + (b"," + content[1:] if len(content) > 2 else b"}"))

    def fill(self, made: Iterable[Made], before: "Shelf", now: str) -> None:
        """Take new records, stamping with ``now`` those that differ from ``before``."""
        for each in made:
            content = _ENCODER.encode(each.content)
            status = each.status or "active"
            stamp = (status, each.modified or before.stamp_of(each.sourced_id, status, content) or now)
            self.put(each.sourced_id, content, stamp, each.tags)

    def bury(self, before: "Shelf", now: str) -> None:
        """Keep what was there before and is gone, as tobedeleted."""
        for place, sourced_id in enumerate(before.ids):
            if sourced_id not in self.places:
                old = before.stamps[place]
                stamp = old if old[0] == "tobedeleted" else ("tobedeleted", now)
                self.put(sourced_id, before.contents[place], stamp, before.tags[place])

    def stamp_of(self, sourced_id: str, status: str, content: bytes) -> str:
        """When the record became what it is, '' where it is another now or was not there."""
        place = self.places.get(sourced_id)
        if place is None or self.contents[place] != content or self.stamps[place][0] != status:
            return ""
        return self.stamps[place][1]

    def decoded(self, place: int) -> Json:
        """One whole record."""
        return _DECODER.decode(self.bodies[place])


class Library:
    """All shelves of one load, and the choices of records already made from them."""

    def __init__(self, former: Former, now: str, before: "Library | None" = None, *, keep_removed: bool = True) -> None:
        self.shelves = {name: Shelf() for name in ENTITIES}
        self._choices: dict[tuple[str, ...], list[int]] = {}
        for name, shelf in self.shelves.items():
            old = before.shelves[name] if before else Shelf()
            shelf.fill(former.objects(name), old, now)
            if keep_removed:
                shelf.bury(old, now)

    def in_view(self, view: View) -> list[int] | range:
        """The places of a view's records on its shelf."""
        shelf = self.shelves[view.entity]
        if not view.tags:
            return range(len(shelf.ids))
        kept = self.kept((view.path,))
        if kept is None:
            wanted = set(view.tags)
            kept = self.keep((view.path,), [at for at, tags in enumerate(shelf.tags) if not wanted.isdisjoint(tags)])
        return kept

    def kept(self, key: tuple[str, ...]) -> list[int] | None:
        """A choice made before, so that the pages of one pull do not each make it again."""
        return self._choices.get(key)

    def keep(self, key: tuple[str, ...], choice: list[int]) -> list[int]:
        """Remember a choice of places."""
        if len(self._choices) >= _KEPT_CHOICES:
            self._choices.clear()
        self._choices[key] = choice
        return choice
