"""A OneRoster CSV zip as a source: open, check, unpack, match headers, land, prove."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.oneroster.fields import ROLES, USERS, V1P2
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Collection, Fetched, Mode, Probe, Watch
from rosterkeeper.sources.csvzip.archive import DEFAULT_LIMITS, Archive, Limits, opened
from rosterkeeper.sources.csvzip.contents import Contents
from rosterkeeper.sources.csvzip.faults import machine_faults
from rosterkeeper.sources.csvzip.headers import Layout, read_layout
from rosterkeeper.sources.csvzip.large import LargeFile
from rosterkeeper.sources.csvzip.package import Package, Table, read_package
from rosterkeeper.sources.csvzip.probing import file_probes
from rosterkeeper.sources.csvzip.records import records
from rosterkeeper.sources.csvzip.report import Report
from rosterkeeper.sources.csvzip.table import land_and_tell

FORM: Final = "csv"
# What is landed of so many bytes, and what is made of it, do not fit into the memory of a run together.
MOST_BYTES: Final = 300_000_000


@dataclass(frozen=True, slots=True)
class _Unpacked:
    """A package of which every byte was read, ready to be landed; ``report`` is what reading its announcement found."""

    package: Package
    contents: Contents
    report: Report

    def landed(self, scratch: Scratch, most_bytes: int) -> Fetched:
        """Land it; SourceRefused and SourceFailed as in `CsvZip.fetch`."""
        try:
            with machine_faults(), self.contents:
                return _Pull(self.package, self.contents, scratch, self.report, most_bytes).fetch()
        finally:
            scratch.find(self.report.findings)


@dataclass(slots=True)
class CsvZip:
    """The OneRoster CSV zip at ``path``: version 1.0, 1.1 or 1.2, each of its files bulk or delta.

    A file of more than ``most_bytes`` is not landed but read while it is normalised.
    """

    path: Path
    limits: Limits = DEFAULT_LIMITS
    most_bytes: int = MOST_BYTES
    _unpacked: _Unpacked | None = field(default=None, init=False, repr=False, compare=False)
    _digest: str | None = field(default=None, init=False, repr=False, compare=False)

    def digest(self, scratch: Scratch, watch: Watch, known: str = "") -> str:
        """A SHA-256 over the version and every CSV file's name and bytes; '' where a file is a delta.

        Before it stands a hash of what the zip's directory says of the files, their CRC-32 among it. Where that is
        another than in ``known``, the bytes are others too, and '' is returned without unpacking them.

        What is unpacked for it stays in the scratch folder for the next `fetch` into the same scratch database, which
        then reads what was hashed. SourceRefused and SourceFailed as in `fetch`, as far as they need no landing.
        After a `fetch` it is the digest of what that one read.
        """
        if self._digest is not None:
            return self._digest
        self._unpacked = None
        report = Report()
        try:
            with opened(self.path, self.limits, report) as archive, machine_faults():
                package = read_package(archive, report)
                listed = _listed(archive)
                if not _is_told_by_its_bytes(package) or (known and not known.startswith(listed)):
                    return ""
                announced = Report()
                announced.take(report)
                with Contents(archive, package, scratch.folder, watch) as contents:
                    digest = f"{listed}{contents.digest(report)}"
        except RosterkeeperError:
            scratch.find(report.findings)
            raise
        self._unpacked = _Unpacked(package, contents, announced)
        self._digest = digest
        return digest

    def fetch(self, scratch: Scratch, watch: Watch) -> Fetched:
        """Land every rostering file in its raw table.

        SourceRefused where the zip is not a whole, readable OneRoster set, SourceFailed where it could not be read;
        the findings are in the scratch database either way.
        """
        unpacked, self._unpacked = self._unpacked, None
        if unpacked and unpacked.contents.folder == scratch.folder:
            return unpacked.landed(scratch, self.most_bytes)
        report = Report()
        try:
            with opened(self.path, self.limits, report) as archive, machine_faults():
                package = read_package(archive, report)
                with Contents(archive, package, scratch.folder, watch) as contents:
                    fetched = _Pull(package, contents, scratch, report, self.most_bytes).fetch()
                    # All was handed out, and its findings taken, so this only puts the hashes together.
                    told = _is_told_by_its_bytes(package)
                    self._digest = f"{_listed(archive)}{contents.digest(Report())}" if told else ""
                    return fetched
        finally:
            scratch.find(report.findings)

    def test(self) -> list[Probe]:
        """Open the zip, read what it announces, and read each file; nothing is written."""
        what = "Open the zip and read what it announces"
        report = Report()
        try:
            with opened(self.path, self.limits, report) as archive, machine_faults():
                package = read_package(archive, report)
                probes = file_probes(archive, package)
        except RosterkeeperError as fault:
            return [Probe(what, ok=False, code=fault.code, says=fault.what, todo=fault.todo)]
        files = ", ".join(table.entity.file for table in package.tables) or "no rostering files"
        return [Probe(what, ok=True, says=f"OneRoster {package.version}: {files}"), *probes]


def _listed(archive: Archive) -> str:
    files = sorted((each.name, each.size, each.crc) for each in archive.files.values())
    return f"{hashlib.sha256(repr(files).encode()).hexdigest()}:"


def _is_told_by_its_bytes(package: Package) -> bool:
    """What a delta does depends on the roster it meets, which its bytes do not tell."""
    return not any(table.mode is Mode.DELTA for table in package.tables)


@dataclass(frozen=True, slots=True)
class _Pull:
    """One pull of one checked package into one scratch database."""

    package: Package
    contents: Contents
    scratch: Scratch
    report: Report
    most_bytes: int

    def fetch(self) -> Fetched:
        collections = {}
        nested = self.package.version != V1P2
        for table in self.package.tables:
            entity = table.entity
            layout, collections[entity.name] = self._land(table)
            # A 1.2 set without roles.csv may still say the roles as 1.1 does, in the users themselves.
            nested = nested or (entity is USERS and "role" in layout.cells)
        counted = self.package.counted.items()
        return Fetched(
            version=self.package.version,
            form=FORM,
            collections=collections,
            proof=self.package.whole,
            nested_roles=nested and ROLES.name not in collections,
            not_imported={name: self.contents.rows(entry, self.report) for name, entry in counted},
        )

    def _land(self, table: Table) -> tuple[Layout, Collection]:
        """Match the header, land; the unpacked copy does not outlive its landing."""
        entity, file, version = table.entity, table.entry.name, self.package.version
        text = self.contents.text(table.entry, self.report)
        with text.path.open("rb") as content:
            first = next(records(content, file, self.report), None)
        layout = read_layout(first, entity, file, version, self.report)
        if text.lines > 1 and text.path.stat().st_size > self.most_bytes:
            large = LargeFile(text, layout, table.mode, version)
            large.open(self.scratch)
            return layout, Collection(entity.name, table.mode, large.rows, file, large, text.unpadded)
        rows = land_and_tell(self.scratch, text, layout, table.mode, version, self.report)
        return layout, Collection(entity.name, table.mode, rows, file, unpadded=text.unpadded)
