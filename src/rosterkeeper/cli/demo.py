"""`./run demo`: a sample district behind a OneRoster server, pulled, changed, previewed, undone; then the pages of it.

It types the real commands and shows each as a user would type it; nothing here reaches behind them.
"""

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError
from rosterkeeper.sample.server import HOST, SampleServer

_USERS: Final = "2000"
_SEED: Final = "7"
_SECRET: Final = "sample-secret"  # noqa: S105 -- the sample server's, written in its documentation
_PROGRAM: Final = Path(sys.executable).with_name("rosterkeeper")
_ADMINISTRATOR: Final = "admin@demo.example"
_PASSWORD: Final = "seven quiet lanterns"  # noqa: S105 -- of a district of made-up people on this machine alone
_PORT: Final = 8000
_PATIENCE: Final = 60.0
# Says that a folder was made by a demo, so that the next one may empty it.
_MARK: Final = ".rosterkeeper-demo"


class StepFailed(RosterkeeperError):
    """A command of the demo did not end as it should; its own message stands above."""


class Demo:
    """One showing, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ROSTERKEEPER_")},
            "ROSTERKEEPER_DATA_DIR": str(folder / "data"),
            "ROSTERKEEPER_SECRET": _SECRET,
            "ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS": HOST,
        }

    def play(self) -> None:
        """Show everything, in order; StepFailed where a command fails."""
        self._head("Monday: a district of made-up people, and a OneRoster server in front of it")
        self._type("sample", "monday.zip", "--users", _USERS, "--seed", _SEED)
        with SampleServer(self.folder / "monday.zip") as server:
            _say(f"    (rosterkeeper sample-server monday.zip serves it at {server.url})")
            self._connect(server.url)
            self._head("The first pull")
            self._type("sync", "lincoln")
            self._type("roster", "counts", "lincoln")
            monday = self._hash()

            self._head("Tuesday: some people came, some left, some changed their name or moved to another class")
            self._type("sample", "tuesday.zip", "--users", _USERS, "--seed", _SEED, "--day", "2")
            server.reload(self.folder / "tuesday.zip")
            _say("    (the server now has Tuesday's roster)")
            self._type("sync", "lincoln", "--preview")
            self._type("sync", "lincoln")

            self._head("Second thoughts: back to Monday")
            self._type("undo", "lincoln")
            same = self._hash() == monday
            _say(f"    (the hash is {'that of Monday again: the undo was exact' if same else 'not that of Monday'})")
            self._type("runs", "lincoln")
            self._tell_next()
            self._serve()

    def _connect(self, url: str) -> None:
        self._head("An installation: a SQLite database, and a connection to that server")
        self._type("init")
        _say(f"$ export ROSTERKEEPER_SECRET={_SECRET}")
        _say(f"$ export ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS={HOST}      # the sample server is on this machine")
        self._type("connection", "add", "lincoln", "--kind", "oneroster", "--url", url, "--client-id", "sample")
        self._type("connection", "test", "lincoln")

    def _serve(self) -> None:
        """Show the same district in the pages, until Ctrl-C or SIGTERM."""
        self._head("The same in a browser")
        self.environment["ROSTERKEEPER_ACCOUNT_PASSWORD"] = _PASSWORD
        self._type("account", "add", _ADMINISTRATOR, "--role", "administrator", "--name", "Demo")
        port = free_port()
        _say(f"$ rosterkeeper serve --port {port}")
        serving = subprocess.Popen(  # noqa: S603 -- our own program
            [str(_PROGRAM), "serve", "--port", str(port)], cwd=self.folder, env=self.environment
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: serving.terminate())
        if answers(port, serving):
            _say(
                "",
                f"    Open      http://127.0.0.1:{port}",
                f"    Sign in   {_ADMINISTRATOR}",
                f"    Password  {_PASSWORD}",
                "",
                "Ctrl-C ends it.",
            )
        serving.wait()

    def _hash(self) -> str:
        words = self._type("roster", "hash", "lincoln", keep=True).split()
        return words[-1] if words else ""

    def _type(self, *words: str, keep: bool = False) -> str:
        """Run one command as a user would; ``keep`` returns what it prints."""
        typed = shlex.join(("rosterkeeper", *words))
        _say(f"$ {typed}")
        done = subprocess.run(  # noqa: S603 -- our own program with our own words
            [str(_PROGRAM), *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if keep else None,
            text=True,
            check=False,
        )
        if keep:
            _say(done.stdout.rstrip())
        if done.returncode:
            raise StepFailed(
                "demo.step_failed",
                f"The demo stopped because '{typed}' ended with exit code {done.returncode}.",
                todo="Read that command's own message above.",
            )
        return done.stdout or ""

    def _head(self, title: str) -> None:
        _say(f"\n== {title}\n")

    def _tell_next(self) -> None:
        self._head("Try next, in another terminal")
        _say(
            f"cd {shlex.quote(str(self.folder))}",
            "export ROSTERKEEPER_DATA_DIR=$PWD/data",
            f"export ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS={HOST}",
            f'rosterkeeper() {{ {shlex.quote(str(_PROGRAM))} "$@"; }}',
            "",
            "rosterkeeper redo lincoln",
            "rosterkeeper validate tuesday.zip --strict",
            # A district takes its people from one source; a second one of the same is another district's.
            "rosterkeeper district add files",
            "rosterkeeper connection add by-file --district files --kind csv --path monday.zip",
            "rosterkeeper sync by-file",
            "rosterkeeper roster hash by-file           # Monday's, although it came as files and not over REST",
            "rosterkeeper export by-file --version 1.1 out.zip",
        )


def free_port() -> int:
    """The port of `serve`, or another where that one is taken."""
    for port in (_PORT, 0):
        with socket.socket() as trial, suppress(OSError):
            trial.bind((HOST, port))
            return int(trial.getsockname()[1])
    return _PORT


def answers(port: int, serving: "subprocess.Popen[bytes]") -> bool:
    """Whether the pages answer before long; False where the service ended or takes too long."""
    until = time.monotonic() + _PATIENCE
    while serving.poll() is None and time.monotonic() < until:
        with suppress(OSError), urlopen(f"http://{HOST}:{port}/healthz"):
            return True
        time.sleep(0.1)
    return False


def _say(*lines: str) -> None:
    for line in lines:
        print(line, flush=True)  # noqa: T201 -- the demo's own narration


def prepared(folder: Path | None) -> Path:
    """The demo's folder, empty; SettingsError where it holds what no demo made."""
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="rosterkeeper-demo-"))
    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MARK).exists():
            raise SettingsError(
                "demo.folder_in_use",
                f"The folder {folder} holds something that is not a demo's.",
                todo="Name an empty folder, or none.",
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).touch()
    return folder


def main(arguments: list[str]) -> int:
    """Play the demo in the folder that the first argument names, else in a new one; returns the exit code."""
    try:
        Demo(prepared(Path(arguments[0]).absolute() if arguments else None)).play()
    except RosterkeeperError as fault:
        print(f"error {fault.code}: {fault.what}\nnext: {fault.todo}", file=sys.stderr)  # noqa: T201
        return fault.exit_code
    except KeyboardInterrupt:
        print("The demo was stopped; its server has ended.", file=sys.stderr)  # noqa: T201
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
