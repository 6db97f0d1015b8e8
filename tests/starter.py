"""Forks the program's processes from one that has its libraries loaded, which is most of what a start costs.

Each is a process of its own with its own arguments, environment, folder, streams and exit status, and knows nothing of
another: the one that is forked from has opened no database and has no settings yet. Stories about how processes start
and end in order (signals, what is imported when) start real ones. As a module, `python -m tests.starter` is the server.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, NoReturn

import django
from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.utils.functional import empty

from rosterkeeper.cli.main import main as command_main
from rosterkeeper.job import launch
from rosterkeeper.job.child import main as job_main
from tests.rehearsal import rehearse

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = "rosterkeeper.service.settings"
ROOMS = ["cli", "engine", "job", "oneroster", "sample", "scratch", "sources", "store"]
ROOMS += ["features.connections", "features.roster", "features.runs"]
# What they import when they come to need it.
LATER = (
    "adbc_driver_postgresql.dbapi",
    "adbc_driver_sqlite.dbapi",
    "django.core.management.commands.migrate",
    "django.db.backends.postgresql.schema",
    "django.db.backends.sqlite3.schema",
    "psycopg",
)
_HEARD = "forked\n"


class Forked:
    """A forked process: as much of `subprocess.Popen` as those need who wait for one."""

    def __init__(self, said: socket.socket, pid: int) -> None:
        self.pid = pid
        self.stdin: IO[bytes] | None = None
        self.stdout: IO[bytes] | None = None
        self.returncode = -signal.SIGKILL
        self._said: socket.socket | None = said

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, negative for a signal; TimeoutError where it does not end in so many seconds."""
        if self._said is not None:
            self._said.settimeout(timeout)
            self.returncode = int(_line(self._said) or -signal.SIGKILL)
            self._said.close()
            self._said = None
        return self.returncode

    def poll(self) -> int | None:
        """The exit status; None while it goes on."""
        if self._said is not None and not select.select([self._said], [], [], 0)[0]:
            return None
        return self.wait()

    def kill(self) -> None:
        """End it at once."""
        if self._said is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


class Client:
    """Asks the server at ``path``, whose process is ``pid`` and the parent of all that is forked."""

    def __init__(self, path: str, pid: int = 0) -> None:
        self._path = path
        self.pid = pid

    def fork(self, what: str, words: Sequence[str], environment: Mapping[str, str], streams: Sequence[int]) -> Forked:
        """Begin ``what``, an entry of `ENTRIES`, with a descriptor for each of the three standard streams."""
        asked = {"what": what, "words": list(words), "environment": dict(environment), "folder": str(Path.cwd())}
        said = socket.socket(socket.AF_UNIX)
        said.connect(self._path)
        socket.send_fds(said, [b"\n"], list(streams))
        said.sendall(json.dumps(asked).encode() + b"\n")
        return Forked(said, int(_line(said)))

    def job(self, command: Sequence[str], errors: int) -> launch.Process:
        """A job's child, as `launch` starts one, but forked; any other command as itself."""
        if command[: len(launch.COMMAND)] != launch.COMMAND:
            return launch.started(command, errors)
        below, life = os.pipe()
        lines, above = os.pipe()
        errors = os.dup(errors) if errors >= 0 else os.open(os.devnull, os.O_WRONLY)
        made = self.fork("job", (), os.environ, (below, above, errors))
        for each in (below, above, errors):
            os.close(each)
        made.stdin, made.stdout = os.fdopen(life, "wb"), os.fdopen(lines, "rb")
        return made


@cache
def starter() -> Client:
    """The client of this process's own server, which is begun at its first use and ends with the process."""
    folder = tempfile.TemporaryDirectory(prefix="rk-start-")
    path = str(Path(folder.name) / "socket")
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.starter", path],
        cwd=ROOT,
        # A folder that nobody uses: those who are forked read the settings again.
        env={**os.environ, "ROSTERKEEPER_DATA_DIR": folder.name, "DJANGO_SETTINGS_MODULE": SETTINGS},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert server.stdin
    assert server.stdout
    # The last is done first.
    for leave in (folder.cleanup, server.stdout.close, server.wait, server.stdin.close):
        atexit.register(leave)
    assert server.stdout.readline() == _HEARD, "the starter did not start"
    return Client(path, server.pid)


def _line(stream: socket.socket) -> str:
    """The next line; '' where the other end is gone. Byte by byte, for what follows belongs to the next reader."""
    line = bytearray()
    while (letter := stream.recv(1)) not in (b"", b"\n"):
        line += letter
    return line.decode()


class _Server:
    """Forks on demand, and tells of each end."""

    def __init__(self, path: str) -> None:
        self._waiting: dict[int, socket.socket] = {}
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(64)
        self._ends, ended = os.pipe()
        os.set_blocking(ended, False)
        os.set_blocking(self._ends, False)
        signal.set_wakeup_fd(ended, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._wakes = ended

    def serve(self) -> Callable[[], object] | None:
        """Return None when the client is gone; in a forked process return what that is to do."""
        with selectors.DefaultSelector() as selector:
            for each in (self._listener, self._ends, sys.stdin):
                selector.register(each, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if sys.stdin in ready:
                    return None
                if self._ends in ready:
                    self._tell_ends()
                if self._listener in ready and (entry := self._accept()):
                    return entry

    def _accept(self) -> Callable[[], object] | None:
        said, _ = self._listener.accept()
        _, streams, _, _ = socket.recv_fds(said, 1, 3)
        asked = json.loads(_line(said))
        pid = os.fork()
        if pid == 0:
            self._leave(said)
            return _become(asked, streams)
        for each in streams:
            os.close(each)
        said.sendall(f"{pid}\n".encode())
        self._waiting[pid] = said
        return None

    def _leave(self, said: socket.socket) -> None:
        """Be nobody's server any more."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for each in (*self._waiting.values(), said, self._listener):
            each.close()
        os.close(self._ends)
        os.close(self._wakes)

    def _tell_ends(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._ends, 4096)
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                said = self._waiting.pop(ended[0])
                with suppress(OSError):
                    said.sendall(f"{os.waitstatus_to_exitcode(ended[1])}\n".encode())
                said.close()


def _become(asked: Mapping[str, object], streams: Sequence[int]) -> Callable[[], object]:
    """Take on the arguments, the environment, the folder and the streams that were asked for."""
    for number, each in enumerate(streams):
        os.dup2(each, number)
        os.close(each)
    environment, words = asked["environment"], asked["words"]
    assert isinstance(environment, dict)
    assert isinstance(words, list)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(str(asked["folder"]))
    sys.argv = [sys.argv[1], *words]
    return ENTRIES[str(asked["what"])]


def _command() -> object:
    _forget_settings()
    launch.STARTS.append(Client(sys.argv[0]).job)
    return command_main()


def _job() -> object:
    os.setsid()
    return job_main()


ENTRIES: Mapping[str, Callable[[], object]] = {"command": _command, "job": _job}


def _forget_settings() -> None:
    """Have Django read the settings again, of this process's environment."""
    del sys.modules[SETTINGS]
    settings._wrapped = empty
    # A model's field asks for its database's features when it is made, which opens nothing yet.
    with suppress(AttributeError):
        del connections["default"]
    connections._settings = None  # type: ignore[attr-defined]
    vars(connections).pop("settings", None)


def _load() -> None:
    """Import all that a command or a job may need, and connect to nothing."""
    django.setup()
    for name in (*_modules(), *LATER):
        # One that is broken is told of where it is used.
        with suppress(ImportError):
            importlib.import_module(name)
    # Every command asks whether a migration is waiting; without a connection it only imports them.
    MigrationLoader(None)
    # DuckDB makes once a process what each of its databases needs; its threads end with the database.
    rehearse()
    assert threading.active_count() == 1, "a process that is forked from has one thread"
    gc.collect()
    gc.freeze()


def _modules() -> Iterator[str]:
    for room in ROOMS:
        package = importlib.import_module(f"rosterkeeper.{room}")
        found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        yield from (each.name for each in found if not each.name.endswith("__main__"))


def _main() -> None:
    server = _Server(sys.argv[1])
    _load()
    sys.stdout.write(_HEARD)
    sys.stdout.flush()
    _carry_out(server.serve() or int)


def _carry_out(entry: Callable[[], object]) -> NoReturn:
    """Do what is left to do, and end as multiprocessing ends its own: what was frozen is not torn down."""
    code: object = 1
    try:
        code = entry()
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 -- the test that started it looks for tracebacks
        traceback.print_exc()
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        # The interpreter's end would; a command without a database has none to close.
        if settings.configured:
            connections.close_all()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    _main()
