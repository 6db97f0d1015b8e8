"""The REST source: OneRoster 1.1 and 1.2 collections, each pulled to a proof and landed as raw tables (R01, R02)."""

from contextlib import closing

from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Fetched, Probe, Watch
from rosterkeeper.sources.oneroster import probing
from rosterkeeper.sources.oneroster.fetching import fetch
from rosterkeeper.sources.oneroster.service import Door, Setup
from rosterkeeper.sources.spec import OneRosterSpec


class OneRosterServer:
    """Any OneRoster 1.1 or 1.2 server, as a source."""

    def __init__(self, spec: OneRosterSpec, setup: Setup | None = None) -> None:
        self._spec = spec
        self._setup = setup or Setup()

    def digest(self, scratch: Scratch, watch: Watch, known: str = "") -> str:  # noqa: ARG002 - the contract's shape
        """Nothing: a server says what it has only by giving it."""
        return ""

    def fetch(self, scratch: Scratch, watch: Watch) -> Fetched:
        """Pull every collection that is shared; SourceFailed or SourceRefused where one is not whole."""
        with closing(Door(self._spec, self._setup)) as door:
            return fetch(door, self._setup, scratch, watch)

    def test(self) -> list[Probe]:
        """One small read of each collection, each tried once; nothing is written."""
        return probing.probes(probing.trial_of(self._spec), self._setup)
