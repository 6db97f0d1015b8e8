"""Small OneRoster zips made in the test, honest ones and forged ones, and one way to read any of them."""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rosterkeeper.oneroster.errors import SourceRefused
from rosterkeeper.oneroster.fields import BY_NAME, ENTITIES, FILES_V1P1, FILES_V1P2
from rosterkeeper.oneroster.findings import CODES, Finding
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Fetched, raw_table
from rosterkeeper.sources.csvzip.archive import DEFAULT_LIMITS, Limits
from rosterkeeper.sources.csvzip.source import CsvZip

Content = str | bytes
# One school, one class, one teacher, one pupil.
ROWS: Mapping[str, str] = {
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\ns1,,,North,school,,\n",
    "academicSessions": "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\n"
    "t1,,,Fall,term,2026-08-15,2026-12-20,,2027\n",
    "courses": "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,"
    "subjectCodes\nk1,,,,Algebra,A,,s1,,\n",
    "classes": "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,"
    "schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods\nc1,,,Algebra A,,k1,,scheduled,,s1,t1,,,\n",
    "users": "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,"
    "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
    "u1,,,true,s1,teacher,one,,Given,Family,,,,,,,,\nu2,,,true,s1,student,two,,Given,Family,,,,,,,,\n",
    "enrollments": "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,"
    "beginDate,endDate\ne1,,,c1,s1,u1,teacher,true,,\ne2,,,c1,s1,u2,student,,,\n",
}
ORGS_HEADER = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId"


class QuietWatch:
    """A run that nobody follows and nobody stops."""

    def progress(self, step: str, what: str, done: int, total: int | None) -> None:
        """Nothing is shown."""

    def check(self) -> None:
        """Never stopped."""


@dataclass(frozen=True)
class Reading:
    """What came of one fetch: the pull or the refusal, every finding, and the raw rows by entity."""

    fetched: Fetched | None
    refusal: SourceRefused | None
    findings: list[Finding]
    rows: dict[str, list[dict[str, object]]]
    left_behind: list[str]

    @property
    def codes(self) -> set[str]:
        return {finding.code for finding in self.findings}

    @property
    def deviations(self) -> set[str]:
        """The findings on which `validate --strict` fails."""
        return {code for code in self.codes if CODES[code].conformance}

    def of(self, code: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.code == code]

    def refused(self) -> SourceRefused:
        assert self.refusal is not None, f"it was fetched: {self.fetched}"
        return self.refusal

    def whole(self) -> Fetched:
        assert self.fetched is not None, f"it was refused: {self.refusal}"
        return self.fetched


def read(path: Path, folder: Path, limits: Limits = DEFAULT_LIMITS) -> Reading:
    """Fetch the zip at ``path`` into a scratch database in ``folder``."""
    fetched = refusal = None
    with Scratch(folder / "scratch") as scratch:
        try:
            fetched = CsvZip(path, limits).fetch(scratch, QuietWatch())
        except SourceRefused as fault:
            refusal = fault
        findings = [
            Finding(str(code), str(file), int(row or 0), str(entity), str(sourced_id), str(column))
            for code, file, row, entity, sourced_id, column in scratch.rows("SELECT * FROM finding")
        ]
        rows = {entity.name: _rows(scratch, raw_table(entity)) for entity in ENTITIES}
        left = [each.name for each in scratch.folder.iterdir() if not each.name.startswith(("scratch.", "spill"))]
    return Reading(fetched, refusal, findings, rows, left)


def _rows(scratch: Scratch, table: str) -> list[dict[str, object]]:
    if not scratch.has_table(table):
        return []
    names = [
        str(name)
        for (name,) in scratch.rows(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index", [table]
        )
    ]
    return [dict(zip(names, row, strict=True)) for row in scratch.rows(f"SELECT * FROM {table} ORDER BY row")]


def manifest(version: str = "1.1", **modes: str) -> str:
    """A manifest that names every file of the version; those not given are absent."""
    names = FILES_V1P2 if version == "1.2" else FILES_V1P1
    lines = [f"file.{name},{modes.get(name, 'absent')}" for name in names]
    return "\n".join(["propertyName,value", "manifest.version,1.0", f"oneroster.version,{version}", *lines, ""])


def zipped(path: Path, files: Mapping[str, Content], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip of the files, by name."""
    with zipfile.ZipFile(path, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def package(path: Path, mode: str = "bulk", version: str = "1.1", **contents: Content) -> Path:
    """A zip with a manifest and the given files, each announced in ``mode``."""
    announced = manifest(version, **dict.fromkeys(contents, mode))
    return zipped(path, {"manifest.csv": announced, **{f"{name}.csv": text for name, text in contents.items()}})


def orgs(*lines: str, header: str = ORGS_HEADER) -> str:
    """The text of an orgs.csv with the given rows."""
    return "\n".join([header, *lines, ""])


@dataclass
class Forged:
    """An entry as a forger writes it: every number may differ from the truth."""

    name: str
    packed: bytes
    size: int = 0
    crc: int = 0
    method: int = zipfile.ZIP_DEFLATED
    flags: int = 0
    attributes: int = 0
    offset: int | None = None
    packed_size: int | None = None


def deflated(content: bytes) -> bytes:
    """The content as a raw deflate stream."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def honest(name: str, content: bytes) -> Forged:
    """An entry that tells the truth."""
    return Forged(name, deflated(content), len(content), zlib.crc32(content))


def gigabyte() -> bytes:
    """A deflate stream of 1 GB of spaces in 1 MB, made by repeating one block that stands alone."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b" " * (1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * 64 + packer.flush()


def forged(path: Path, entries: list[Forged], count: int | None = None) -> Path:
    """A zip of the entries as they are told; ``count`` is the number of them that the end record states."""
    body, central = b"", b""
    for each in entries:
        name = each.name.encode()
        packed_size = len(each.packed) if each.packed_size is None else each.packed_size
        numbers = struct.pack(
            "<HHHHIIIHH", each.flags, each.method, 0, 0x21, each.crc, packed_size, each.size, len(name), 0
        )
        offset = len(body) if each.offset is None else each.offset
        body += b"PK\x03\x04" + struct.pack("<H", 20) + numbers + name + each.packed
        central += b"PK\x01\x02" + struct.pack("<HH", 0x0314, 20) + numbers
        central += struct.pack("<HHHII", 0, 0, 0, each.attributes, offset) + name
    stated = len(entries) if count is None else count
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, stated, stated, len(central), len(body), 0)
    path.write_bytes(body + central + end)
    return path


def entity_columns(name: str) -> list[str]:
    """The columns of an entity's raw table."""
    return ["row", *(each.column for each in BY_NAME[name].fields if each.csv != "password"), "metadata"]
