"""One installation of the product, as a test uses it, with a data folder and a database of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from django.db import connections
from django.test import override_settings

from rosterkeeper.job import launch
from rosterkeeper.service.configuration import Configuration, read
from rosterkeeper.service.settings import database_of
from tests.starter import Forked, starter

SECOND = 1.0
PATIENCE = 120 * SECOND
# What of this machine's environment a command may see: nothing of another installation.
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Answer:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> Any:
        """The JSON object that the command printed."""
        return json.loads(self.out)

    def ok(self) -> "Answer":
        """The answer itself, which must be one of success."""
        assert self.code == 0, f"exit {self.code}\n{self.out}\n{self.err}"
        return self


@dataclass(frozen=True)
class Installation:
    """A data folder and a database URL ('' for SQLite in the data folder), perhaps not set up yet."""

    data_dir: Path
    url: str = ""
    kind: str = "sqlite"
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its commands."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        stated = {
            "ROSTERKEEPER_DATA_DIR": str(self.data_dir),
            "ROSTERKEEPER_DATABASE_URL": self.url,
            # The servers that tests play are on this machine.
            "ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
        }
        return {**kept, **{name: value for name, value in stated.items() if value}, **self.more}

    @property
    def configuration(self) -> Configuration:
        """Its settings, as its commands read them."""
        return read(self.environment)

    def run(self, *arguments: str | Path | int, env: Mapping[str, str] | None = None, stdin: str = "") -> Answer:
        """Carry out one command line in a process of its own, forked from one that has the libraries loaded."""
        with ExitStack() as open_files:
            given, out, err = (open_files.enter_context(TemporaryFile("w+", encoding="utf-8")) for _ in range(3))
            given.write(stdin)
            given.seek(0)
            streams = [each.fileno() for each in (given, out, err)]
            done = self.begin(*arguments, env=env, streams=streams)
            try:
                code = done.wait(PATIENCE)
            finally:
                done.kill()
            for each in (out, err):
                each.seek(0)
            answer = Answer(code, out.read(), err.read())
        assert "Traceback" not in answer.out + answer.err, answer.err
        return answer

    def begin(
        self, *arguments: str | Path | int, env: Mapping[str, str] | None = None, streams: Sequence[int]
    ) -> Forked:
        """Begin one command line with these standard streams, forked as `run` does; who began it sees it end."""
        return starter().fork("command", list(map(str, arguments)), {**self.environment, **(env or {})}, streams)

    def start(self, *command: str | Path, log: Path | None = None) -> subprocess.Popen[str]:
        """Start a real Python process, with its environment; the test ends it. ``log`` takes what it says."""
        with log.open("w") if log else nullcontext() as file:
            return subprocess.Popen(
                [sys.executable, *map(str, command)],
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=file or subprocess.PIPE,
                stderr=file or subprocess.PIPE,
                text=True,
            )

    @contextmanager
    def in_process(self) -> Iterator["Installation"]:
        """The installation's database as Django's own, in this very process."""
        stated = self.configuration
        launch.STARTS.append(starter().job)
        connections["default"].close()
        before = connections.databases["default"]
        connections.databases["default"] = connections.configure_settings({"default": database_of(stated)})["default"]
        del connections["default"]
        try:
            with override_settings(
                ROSTER_DATABASE_URL=stated.database_url,
                ROSTER_SQLITE_PATH=stated.sqlite_path,
                ROSTER_SECRET_KEYS=stated.secret_keys,
                ROSTER_KEY_FILE=stated.key_file,
                ROSTER_SCRATCH=stated.scratch,
                ROSTER_ARTIFACTS=stated.artifacts,
                ROSTER_PROGRESS=stated.progress,
                ROSTER_JOB_LOG=stated.logs / "job.log",
                ROSTER_ALLOWED_HOSTS=stated.allowed_hosts,
            ):
                yield self
        finally:
            launch.STARTS.pop()
            connections["default"].close()
            connections.databases["default"] = before
            del connections["default"]
