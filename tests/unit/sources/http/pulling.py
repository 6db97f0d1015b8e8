"""A pull over a real server with the habits that a test gives it, and what came of it."""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rosterkeeper.sources.http.client import Answer, Limits
from rosterkeeper.sources.http.lanes import Lanes
from rosterkeeper.sources.http.paging import Bounds, Page, Pull, Pulled, Request
from rosterkeeper.sources.http.retry import Patience, Session
from rosterkeeper.sources.http.sockets import Deadline
from tests.unit.sources.http.servers import Asked, HeldClock, Reply, Server, Signed, client_of, serving


class Shelf:
    """Keeps the ids of a pull."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.cleared = 0

    def clear(self) -> None:
        self.ids = []
        self.cleared += 1

    def put(self, content: Sequence[str]) -> None:
        self.ids += content

    def distinct(self) -> int:
        return len(set(self.ids) - {""})

    def scattered(self) -> int:
        runs = [key for key, _ in itertools.groupby(self.ids)]
        return len(runs) - len(set(runs))

    def fingerprint(self) -> str:
        return str(sorted(self.ids))


def read(body: bytearray, offset: int) -> Page[Sequence[str]]:
    ids: list[str] = json.loads(body)
    return Page(ids, ids)


@dataclass
class Collection:
    """A server's collection and its habits: what it says of totals and links, and how it caps."""

    ids: list[str]
    total: bool = True
    link: str = ""
    cap: int = 10_000
    url: str = ""
    spoil: dict[int, Callable[[Reply], Reply]] = field(default_factory=dict)
    served: int = 0

    def __call__(self, asked: Asked) -> Reply:
        offset, limit = asked.number("offset"), min(asked.number("limit"), self.cap)
        rows = self.ids[offset : offset + limit]
        headers = {"X-Total-Count": str(len(self.ids))} if self.total else {}
        more = offset + len(rows) < len(self.ids)
        if self.link == "always" or (self.link and more):
            named = f'<{self.url}/c?limit={limit}&offset={offset + limit}>; rel="next"' if more else ""
            headers["Link"] = named or f'<{self.url}/c?limit={limit}&offset=0>; rel="first"'
        made = Reply(200, json.dumps(rows).encode(), headers)
        self.served += 1
        spoil = self.spoil.get(self.served)
        return spoil(made) if spoil else made


@dataclass
class Bench:
    """One pull and what came of it."""

    shelf: Shelf
    run: Callable[[], Pulled]
    server: Server
    steps: list[tuple[int, int | None]]


@contextmanager
def pulling(
    answer: Callable[[Asked], Reply], limit: int = 100, bounds: Bounds | None = None, idle_seconds: float = 5
) -> Iterator[Bench]:
    clock, shelf, steps = HeldClock(), Shelf(), []
    with (
        serving(answer) as server,
        client_of(server.url, Limits(idle_seconds=idle_seconds)) as client,
        Lanes(4, Deadline(), lambda: None) as lanes,
    ):
        if isinstance(answer, Collection):
            answer.url = server.url
        session = Session(client, Signed(), Patience(), clock.pace())

        def get(url: str, shrinkable: bool) -> Answer:
            return session.get(url, shrinkable=shrinkable)

        request = Request(
            get,
            lambda offset, limit: f"{server.url}/c?limit={limit}&offset={offset}",
            limit,
            lambda: clock.now,
            lambda done, total: steps.append((done, total)),
        )
        pull: Pull[Sequence[str]] = Pull(request, read, shelf, lanes, bounds or Bounds())
        yield Bench(shelf, pull.run, server, steps)


def ids_of(count: int) -> list[str]:
    return [f"id{number:06}" for number in range(count)]
