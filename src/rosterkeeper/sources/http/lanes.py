"""The threads that fetch, and the one that waits for them without going deaf."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self, TypeVar

from rosterkeeper.sources.http.sockets import Deadline

T = TypeVar("T")
# Begins at most so many things.
Begin = Callable[[int], None]

_LOOK_SECONDS: Final = 0.25


class Lanes:
    """``count`` threads; ``check`` is called while waiting and may raise to give up. Leaving stops them all."""

    def __init__(self, count: int, deadline: Deadline, check: Callable[[], None]) -> None:
        self.count = max(1, count)
        self._deadline = deadline
        self._check = check
        self._pool = ThreadPoolExecutor(self.count, thread_name_prefix="fetch")
        self._offered: list[Begin] = []
        self._lock = threading.Lock()
        self._busy = 0
        self._freed = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadline.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def start(self, work: Callable[[], T]) -> Future[T]:
        """Do ``work`` in the next free thread."""
        with self._lock:
            self._busy += 1
        future = self._pool.submit(work)
        future.add_done_callback(self._done)
        return future

    def offer(self, begins: Iterable[Begin]) -> None:
        """What may begin before its turn while a lane is free, in this order, in place of what was offered before."""
        self._offered = list(begins)

    def wait(self, future: Future[T]) -> T:
        """The result, or what the work raised, or what ``check`` raises meanwhile."""
        while True:
            self._check()
            self._freed.clear()
            self.fill()
            if future.done():
                return future.result()
            self._freed.wait(_LOOK_SECONDS)

    def fill(self) -> None:
        """Begin as much of what was offered as there are free lanes."""
        for begin in self._offered:
            free = self.count - self._busy
            if free <= 0:
                return
            begin(free)

    def _done(self, _: Future[T]) -> None:
        with self._lock:
            self._busy -= 1
        self._freed.set()
