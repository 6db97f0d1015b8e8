"""Pages that are asked for before their collection's turn, because a lane is free."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Generic, Protocol, TypeVar

# Pages that were asked for longer ago than this are asked for again: all of a collection must be of one time.
FRESH_SECONDS: Final = 20.0


class Sized(Protocol):
    """An answer's page: its rows, those asked for, those that there are, and whether more are announced."""

    @property
    def rows(self) -> int:
        """How many rows it has."""

    @property
    def asked(self) -> int:
        """How many were asked for."""

    @property
    def total(self) -> int | None:
        """How many the collection has; None where the server does not say."""

    @property
    def needs_look(self) -> bool:
        """Whether, where it is the only page, it must be seen that nothing follows."""


L = TypeVar("L", bound=Sized)


class Early(Generic[L]):
    """What has been asked for of one collection; ``start`` asks for the page at an offset.

    The first page, then, where it is as large as asked and says the total, at most ``most`` that follow. For one
    thread alone.
    """

    def __init__(self, start: Callable[[int], "Future[L]"], clock: Callable[[], float], most: int) -> None:
        self._start = start
        self._clock = clock
        self._most = most
        self._begun: float | None = None
        self._open = True
        self._first: Future[L] | None = None
        self._asked: dict[int, Future[L]] = {}

    def go_on(self, free: int) -> None:
        """Ask for at most ``free`` pages more; for none after `close`."""
        if not self._open:
            return
        if self._first is None:
            self._begun = self._clock()
            self._first = self._asked[0] = self._start(0)
        elif self._first.done() and not self._first.cancelled() and not self._first.exception():
            wanted = [at for at in self._offsets(self._first.result()) if at not in self._asked]
            for at in wanted[:free]:
                self._asked[at] = self._start(at)

    def close(self) -> None:
        """The collection's turn has come: ask for no more early, and forget what was asked for too long ago."""
        self._open = False
        if self._begun is not None and self._clock() - self._begun > FRESH_SECONDS:
            self.drop()

    def take(self, offset: int) -> "Future[L] | None":
        """The page at the offset, if it was asked for; each once."""
        return self._asked.pop(offset, None)

    def drop(self) -> None:
        """Forget what is not taken: it is not what is wanted."""
        for future in self._asked.values():
            future.cancel()
        self._asked.clear()

    def _offsets(self, first: L) -> list[int]:
        if first.total is None or first.rows == 0:
            return []
        if first.rows == first.total:
            return [first.rows] if first.needs_look else []
        if first.rows != first.asked:
            return []
        return list(range(first.rows, first.total, first.asked))[: self._most]
