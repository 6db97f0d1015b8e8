"""The threads that fetch, and the one that waits for them without going deaf."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from types import TracebackType
from typing import Final, Self, TypeVar

from rosterkeeper.sources.http.wire import Deadline

T = TypeVar("T")
# Begins something, and gives a way to see whether it is done.
Begin = Callable[[], Callable[[], bool]]

_LOOK_SECONDS: Final = 0.25


class Lanes:
    """``count`` threads; ``check`` is called while waiting and may raise to give up. Leaving stops them all."""

    def __init__(self, count: int, deadline: Deadline, check: Callable[[], None]) -> None:
        self.count = max(1, count)
        self._deadline = deadline
        self._check = check
        self._pool = ThreadPoolExecutor(self.count, thread_name_prefix="fetch")
        self._offered: deque[Begin] = deque()
        self._early: list[Callable[[], bool]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadline.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def start(self, work: Callable[[], T]) -> Future[T]:
        """Do ``work`` in the next free thread."""
        return self._pool.submit(work)

    def offer(self, begins: Iterable[Begin]) -> None:
        """What may begin before its turn, in this order, in place of what was offered before."""
        self._offered = deque(begins)

    def spare(self, free: int) -> None:
        """So many lanes have nothing to do just now: begin as much of what was offered."""
        self._early = [each for each in self._early if not each()]
        while self._offered and len(self._early) < free:
            self._early.append(self._offered.popleft()())

    def wait(self, future: Future[T]) -> T:
        """The result, or what the work raised, or what ``check`` raises meanwhile."""
        while True:
            self._check()
            try:
                return future.result(_LOOK_SECONDS)
            except NotYet:
                if future.done():
                    raise
