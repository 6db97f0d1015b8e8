"""The provider as tests use it: started in a process beside them, told what to say, and signed in at."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.meta.tree import ROOT

CLIENT_ID = "rosterkeeper"
SECRET = "known to both"
_PATIENCE = 60.0


@dataclass
class Identity:
    """A provider that runs. ``issuer`` is its address; ``says`` is what it says of whom."""

    issuer: str
    folder: Path
    _says: dict[str, dict[str, object]] = field(default_factory=dict)

    def says(
        self,
        user: str,
        token: dict[str, object] | None = None,
        userinfo: dict[str, object] | None = None,
        sub: str = "",
    ) -> None:
        """From now on the provider says this of the user."""
        self._says[user] = {"id_token": token or {}, "userinfo": userinfo or {}, "sub": sub or user}
        (self.folder / "says.json").write_text(json.dumps(self._says))

    def register(self, redirect_uri: str, client_id: str = CLIENT_ID) -> None:
        """Make the product known to the provider."""
        sent = {"client_id": client_id, "secret": SECRET, "redirect_uri": redirect_uri}
        requests.post(f"{self.issuer}/register/", data=sent, timeout=_PATIENCE).raise_for_status()

    def visited(self, address: str) -> str:
        """Where a browser that goes to the provider's address is sent back to, once the user has signed in there."""
        with requests.Session() as browser:
            while address.startswith(self.issuer):
                answer = browser.get(address, allow_redirects=False, timeout=_PATIENCE)
                assert answer.status_code == 302, answer.text
                there = answer.headers["Location"]
                address = there if urlsplit(there).netloc else f"{self.issuer}{there}"
        return address


@contextmanager
def provider(folder: Path) -> Iterator[Identity]:
    """A provider on a free port of this machine, until the end."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(pem)
    (folder / "says.json").write_text("{}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "identity.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.identity", str(port)],
            cwd=ROOT,
            env={**os.environ, "IDENTITY_FOLDER": str(folder), "PYTHONPATH": str(ROOT)},
            stdout=file,
            stderr=file,
        )
    made = Identity(f"http://127.0.0.1:{port}", folder)
    try:
        _wait_for(made, log)
        yield made
    finally:
        process.terminate()
        process.wait(timeout=_PATIENCE)


def _wait_for(made: Identity, log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            requests.get(f"{made.issuer}/.well-known/openid-configuration", timeout=_PATIENCE).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())
