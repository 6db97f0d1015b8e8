"""The threads that fetch, and the one that waits for them without going deaf."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from types import TracebackType
from typing import Final, Self, TypeVar

from rosterkeeper.sources.http.wire import Deadline

T = TypeVar("T")

_LOOK_SECONDS: Final = 0.25


class Lanes:
    """``count`` threads; ``check`` is called while waiting and may raise to give up. Leaving stops them all."""

    def __init__(self, count: int, deadline: Deadline, check: Callable[[], None]) -> None:
        self.count = max(1, count)
        self._deadline = deadline
        self._check = check
        self._pool = ThreadPoolExecutor(self.count, thread_name_prefix="fetch")

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

    def wait(self, future: Future[T]) -> T:
        """The result, or what the work raised, or what ``check`` raises meanwhile."""
        while True:
            self._check()
            try:
                return future.result(_LOOK_SECONDS)
            except NotYet:
                if future.done():
                    raise
