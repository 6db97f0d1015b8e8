"""Commands of the service: serve, web, worker, first-link."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from rosterkeeper.cli.listening import check_free
from rosterkeeper.cli.output import as_json, chat, give, tell
from rosterkeeper.cli.session import configuration, set_up
from rosterkeeper.cli.together import keep_running
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.service.configuration import LOOPBACK

Command = Callable[..., int]


def _addressed(command: Command) -> Command:
    """The options that say where the pages are served."""
    for option in reversed(
        (
            click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on."),
            click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port."),
            click.option("--tls-cert", type=click.Path(path_type=Path), help="A certificate, to serve https itself."),
            click.option("--tls-key", type=click.Path(path_type=Path), help="The certificate's key."),
            click.option(
                "--plain-http",
                is_flag=True,
                help="Serve plain http beyond this machine: behind a proxy that does https.",
            ),
        )
    ):
        command = option(command)
    return command


@click.command()
@_addressed
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Runs at a time.")
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that answer.")
@click.option("--prepare-only", is_flag=True, hidden=True)
def serve(workers: int, processes: int, prepare_only: bool, **address: Any) -> int:
    """Start the pages and a worker on this machine, and again where one dies; ends with Ctrl-C."""
    _check_address(address)
    if prepare_only:
        _prepare(address)
        return 0
    program = [sys.executable, "-m", "rosterkeeper.cli"]
    # In a process of its own, so that the one that only watches over the two others stays small.
    prepared = subprocess.run([*program, "serve", "--prepare-only", *_words(address)], check=False)  # noqa: S603
    if prepared.returncode:
        return prepared.returncode
    return keep_running(
        {
            "web process": [*program, "web", *_words(address), "--processes", str(processes)],
            "worker": [*program, "worker", "--at-once", str(workers)],
        }
    )


@click.command()
@_addressed
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that answer.")
def web(processes: int, **address: Any) -> int:
    """Serve the pages alone; any number of these may share one PostgreSQL."""
    _check_address(address)
    _require_database()
    from rosterkeeper.service.web import serve as granian

    granian(
        host=address["host"],
        port=address["port"],
        processes=processes,
        threads=4,
        cert=address["tls_cert"],
        key=address["tls_key"],
    )
    return 0


@click.command()
@click.option("--at-once", type=click.IntRange(1, 64), default=2, show_default=True, help="Runs at a time.")
def worker(at_once: int) -> int:
    """Carry out runs; any number of these may share one PostgreSQL."""
    stated = configuration()
    from rosterkeeper.service.database import opened

    with opened():
        from rosterkeeper.service.worker import main

        main(stated, at_once=at_once)
    return 0


@click.command("first-link")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="How the pages are reached.")
@as_json
def first_link(url: str, as_json: bool) -> int:
    """Make a new one-time link for the first administrator."""
    from rosterkeeper.service.database import opened

    with opened():
        from rosterkeeper.features.accounts import first

        if first.is_claimed():
            raise SettingsError(
                "account.claimed",
                "There is an administrator already.",
                todo="Sign in as that one, or see rosterkeeper account --help.",
            )
        link = f"{url.rstrip('/')}/first/{first.new_secret()}/"
    if as_json:
        give({"link": link})
    else:
        tell(link)
    return 0


def _prepare(address: dict[str, Any]) -> None:
    with set_up():
        from rosterkeeper.features.accounts import first
        from rosterkeeper.features.connections.workflow import prepare

        prepare()
        scheme = "https" if address["tls_cert"] else "http"
        url = f"{scheme}://{address['host']}:{address['port']}"
        chat(f"Rosterkeeper is at {url}")
        if not first.is_claimed():
            chat(f"Set up the administrator (once, within a day): {url}/first/{first.new_secret()}/")


def _require_database() -> None:
    from rosterkeeper.service.database import opened

    with opened():
        pass


def _check_address(address: dict[str, Any]) -> None:
    """Refuse plain http beyond this machine, and a port that is taken.

    Whoever serves https itself marks cookies so, in its children too.
    """
    if bool(address["tls_cert"]) != bool(address["tls_key"]):
        raise SettingsError("serve.tls", "A certificate needs its key.", todo="Give both --tls-cert and --tls-key.")
    is_local = address["host"] in (*LOOPBACK, "::1")
    if not (is_local or address["tls_cert"] or address["plain_http"]):
        raise SettingsError(
            "serve.plain_http",
            "Beyond this machine the pages are not served by plain http: children's data would be readable on the way.",
            todo="Give --tls-cert and --tls-key, or --plain-http where a proxy in front does https.",
        )
    check_free(address["host"], address["port"])
    if address["tls_cert"]:
        os.environ["ROSTERKEEPER_HTTPS"] = "on"


def _words(address: dict[str, Any]) -> list[str]:
    words = ["--host", address["host"], "--port", str(address["port"])]
    for name in ("tls_cert", "tls_key"):
        if address[name]:
            words += [f"--{name.replace('_', '-')}", str(address[name])]
    return words + (["--plain-http"] if address["plain_http"] else [])
