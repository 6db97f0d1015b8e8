"""Hosts of one's own network that sources may reach, as ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS lists them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final, Self

from rosterkeeper.oneroster.errors import SettingsError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAME: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")

# IPv6 forms that stand for an IPv4 address in their last 32 bits: NAT64 (RFC 6052).
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What is allowed: names and networks, each for one port or (None) for any."""

    names: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[tuple[Network, int | None], ...] = ()

    @classmethod
    def of(cls, entries: Iterable[str]) -> Self:
        """Entries such as ``sis.local``, ``sis.local:8443``, ``10.1.2.3``, ``[fd00::1]:443`` and ``10.0.0.0/8``.

        SettingsError ``settings.allowed_hosts`` where one is none of these.
        """
        names: set[tuple[str, int | None]] = set()
        networks: list[tuple[Network, int | None]] = []
        for entry in filter(None, map(str.strip, entries)):
            host, port = _split(entry)
            network = _network(host)
            if network is not None:
                networks.append((network, port))
            elif name := plain_name(host):
                names.add((name, port))
            else:
                raise _wrong()
        return cls(frozenset(names), tuple(networks))

    def has_name(self, host: str, port: int) -> bool:
        """Whether the host is listed by its name."""
        name = plain_name(host)
        return (name, port) in self.names or (name, None) in self.names

    def has_address(self, address: Address, port: int) -> bool:
        """Whether the address lies in a listed network."""
        return any(listed in (port, None) and address in network for network, listed in self.networks)


def plain_name(host: str) -> str:
    """A host name in the form in which names are compared: ASCII, lower case, no trailing dot; '' where it is none."""
    try:
        name = host.strip().rstrip(".").lower().encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return name if _NAME.fullmatch(name) else ""


def _split(entry: str) -> tuple[str, int | None]:
    """The host and the port of an entry; an IPv6 address with a port stands in brackets."""
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::(\d{1,5}))?", entry)
    if bracketed:
        return bracketed[1], int(bracketed[2]) if bracketed[2] else None
    host, mark, port = entry.rpartition(":")
    if not mark or ":" in host:
        return entry, None
    if not re.fullmatch(r"\d{1,5}", port):
        raise _wrong()
    return host, int(port)


def _network(host: str) -> Network | None:
    try:
        return ip_network(host, strict=False)
    except ValueError:
        return None


def _wrong() -> SettingsError:
    return SettingsError(
        "settings.allowed_hosts",
        "ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS names something that is neither a host nor a network.",
        todo="Write hosts, host:port or networks with commas between, such as sis.local,10.1.2.3:8443,10.20.0.0/16.",
    )


def unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for (mapped or translated), else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
