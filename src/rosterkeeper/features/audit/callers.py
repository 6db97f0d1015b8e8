"""Who calls, and from where: known for the time of a request, so that nothing that writes the log needs to be told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from django.conf import settings
from django.http import HttpRequest

# One customer of a provider has a network of this many bits; an address of IPv6 alone says nothing.
_PREFIX: Final = 64


@dataclass(frozen=True, slots=True)
class Caller:
    """The account (0 for none), how it is called, the address that it comes from, the one district it is limited to."""

    account: int = 0
    actor: str = ""
    origin: str = ""
    district: int | None = None


_CALLER: ContextVar[Callable[[], Caller]] = ContextVar("caller", default=Caller)


@contextmanager
def calling(who: Callable[[], Caller]) -> Iterator[None]:
    """Until the end of the block, ``who`` tells who calls; it is asked only where something is written down."""
    before = _CALLER.set(who)
    try:
        yield
    finally:
        _CALLER.reset(before)


def caller() -> Caller:
    """Who calls now; nobody in particular where the program itself acts."""
    return _CALLER.get()()


def origin_of(request: HttpRequest) -> str:
    """The address that a request comes from; with a trusted proxy in front, the one that the proxy was reached from.

    Of an IPv6 address, its network of 64 bits: a machine may take any address in it.
    """
    stated = str(request.META.get("REMOTE_ADDR", ""))
    if settings.ROSTER_TRUSTS_PROXY:
        # What stands further left came from outside, and may be invented.
        stated = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip() or stated
    try:
        address = ip_address(stated)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(IPv6Network((address, _PREFIX), strict=False))
    return str(address)
