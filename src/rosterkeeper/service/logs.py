"""How log lines look: an exception is told by its class and its places, not by its words, which may quote data."""

import logging
import traceback
from types import TracebackType
from typing import Final

_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"
_Fault = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class PlacesFormatter(logging.Formatter):
    """One line a record, and for an exception the places it came through."""

    def __init__(self) -> None:
        super().__init__(_FORMAT)

    def formatException(self, ei: _Fault) -> str:  # noqa: N802 -- the standard library's own name
        """The exception's class, those it came from, and their places."""
        return "\n".join(places(ei[1]))


def places(fault: BaseException | None) -> list[str]:
    """An exception and those that led to it: each one's class and the places it went through."""
    lines: list[str] = []
    seen: set[int] = set()
    while fault is not None and id(fault) not in seen:
        seen.add(id(fault))
        lines.append(f"{type(fault).__module__}.{type(fault).__qualname__}")
        lines += [line.rstrip() for line in traceback.format_tb(fault.__traceback__)]
        fault = fault.__cause__ or fault.__context__
    return lines
