"""Where a source may be connected to: the public internet, and what the administrator listed.

Whoever may type a source's address must not be able to make this machine talk to itself, to its neighbours or to a
cloud's metadata service (SSRF). A name is resolved once, every address it has is judged, and the connection is made to
the very address that was judged; so no spelling, redirect or second answer of a name server leads around it.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from rosterkeeper.sources.http import faults
from rosterkeeper.sources.http.allowed import Address, Allowed, unwrapped

Resolve = Callable[[str, int], Sequence[str]]

# What RFC 6890 and its registry call special, but for what Python's `is_global` knows in every version we run on.
_CLOSED: Final = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "168.63.129.16/32",  # a cloud's metadata service at a public address
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)
# The only IPv6 addresses in public use; all others are closed.
_GLOBAL: Final = IPv6Network("2000::/3")


def system_resolver(host: str, port: int) -> list[str]:
    """Every address of the host, as the operating system finds it; OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


@dataclass(frozen=True, slots=True)
class Reach:
    """Judges where a connection may go; ``resolve`` and ``is_own`` are seams for tests."""

    allowed: Allowed = field(default_factory=Allowed)
    resolve: Resolve = system_resolver
    is_own: Callable[[str], bool] = field(default_factory=lambda: _is_own)

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses to connect to, all of them judged; Trouble ``source.private_address`` where one is closed.

        OSError where the name cannot be resolved.
        """
        plain = host.removeprefix("[").removesuffix("]").rstrip(".")
        found = list(self.resolve(plain, port))
        if not self.allowed.has_name(plain, port) and not all(self._is_open(each, port) for each in found):
            raise faults.private_address()
        return found

    def _is_open(self, text: str, port: int) -> bool:
        try:
            address = unwrapped(ip_address(text.partition("%")[0]))
        except ValueError:
            return False
        if self.allowed.has_address(address, port):
            return True
        return is_public(address) and not self.is_own(str(address))


def is_public(address: Address) -> bool:
    """Whether the address is one of the public internet's."""
    if isinstance(address, IPv6Address) and address not in _GLOBAL:
        return False
    closed = any(address in network for network in _CLOSED if network.version == address.version)
    return address.is_global and not closed


def _is_own(address: str) -> bool:
    """Whether the address is this machine's own: only then can a socket be bound to it."""
    return _can_bind(address) and not _binds_anything()


@cache
def _binds_anything() -> bool:
    """Some machines (net.ipv4.ip_nonlocal_bind) bind to addresses that are not theirs, which then tells nothing."""
    return _can_bind("192.0.2.1")


def _can_bind(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
