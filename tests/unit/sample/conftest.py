"""A sample server over the small district, and a client that speaks to it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2 as httpx
import pytest

from rosterkeeper.sample import SampleServer, Service, write_sample

Serve = Callable[..., tuple[SampleServer, httpx.Client]]


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district of OneRoster 1.2."""
    out = tmp_path_factory.mktemp("served") / "day1.zip"
    write_sample(out, users=200, seed=9, version="1.2")
    return out


@pytest.fixture(scope="session")
def next_day(package: Path) -> Path:
    """The same district on its second day."""
    out = package.with_name("day2.zip")
    write_sample(out, users=200, seed=9, day=2, version="1.2")
    return out


@pytest.fixture
def serve(package: Path) -> Iterator[Serve]:
    """Start a server that takes the bearer ``word``, and a client that shows it and speaks to the service's root."""
    with ExitStack() as stack:

        def start(version: str, of: Path = package, **more: object) -> tuple[SampleServer, httpx.Client]:
            service = Service(secret="word", **more)  # type: ignore[arg-type]
            server = stack.enter_context(SampleServer(of, version=version, auth="bearer", service=service))
            headers = {"Authorization": "Bearer word"}
            return server, stack.enter_context(httpx.Client(base_url=server.base_url, headers=headers, timeout=20))

        yield start
