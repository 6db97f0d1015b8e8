"""Whether the pages can be served at an address, asked before anything is started."""

import errno
import socket

from rosterkeeper.oneroster.errors import SettingsError


def check_free(host: str, port: int) -> None:
    """Refuse an address that another program listens at, or that this machine cannot listen at; SettingsError.

    The web server's own socket would share the port with whoever has it, and each would get some of the visitors.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        # As a server's port is free again at once after its end, unlike a plain socket's.
        socket.create_server(found[0][4][:2], family=found[0][0]).close()
    except OSError as fault:
        if fault.errno == errno.EADDRINUSE:
            raise SettingsError(
                "serve.port_taken",
                f"Another program listens on port {port} of {host} already.",
                todo="End it (perhaps Rosterkeeper runs already), or choose another port with --port.",
            ) from None
        raise SettingsError(
            "serve.address",
            f"This machine cannot listen on port {port} of {host}.",
            todo="Give one of its own addresses with --host. Below 1024 a port needs special rights: use a proxy.",
        ) from None
