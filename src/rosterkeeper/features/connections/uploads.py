"""Zips that a browser sends: into the artifacts chunk by chunk, never whole in memory, and not beyond a limit (N05).

A connection's settings name an upload as ``upload:NAME``, so that they hold wherever an installation is restored.
"""

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.spec import CsvSpec

# Bytes; a district of a million people comes in a fifth of it.
LARGEST: Final = 2 * 1024**3
_PREFIX: Final = "upload:"
_LONGEST_LABEL: Final = 120
# Set in a request that held a larger file.
TOO_LARGE: Final = "rosterkeeper.upload_too_large"
# Seconds that a replaced upload stays for the run that may still read it.
_GRACE: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Zip:
    """The zip or folder of a connection as a page shows it; ``size`` is in bytes, None where nothing can be told."""

    name: str
    is_upload: bool
    size: int | None
    at: datetime | None


class WithinLimit(FileUploadHandler):
    """Reads an upload that has grown beyond the limit to its end without keeping it."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """The chunk, for the handler that keeps it."""
        if start + len(raw_data) > LARGEST and self.request is not None:
            self.request.META[TOO_LARGE] = True
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> "UploadedFile[bytes] | None":  # noqa: ARG002 -- Django's own signature
        """None: the next handler has kept it."""
        return None


def was_too_large(request: HttpRequest) -> bool:
    """Whether the request held a file beyond the limit."""
    return TOO_LARGE in request.META


def check_size(request: HttpRequest) -> None:
    """SettingsError where the request held a file beyond the limit."""
    if was_too_large(request):
        raise SettingsError(
            "connection.upload_size",
            "The file is larger than 2 GB.",
            todo="Put it on the server and give its path instead.",
        )


def keep(file: "UploadedFile[bytes]") -> CsvSpec:
    """Store an upload under a name of its own; the name that it came with is only shown."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{secrets.token_hex(8)}.zip"
    draft = path.with_suffix(".part")
    try:
        with draft.open("xb") as out:
            draft.chmod(0o600)
            for chunk in file.chunks():
                out.write(chunk)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    shown = "".join(letter for letter in Path(file.name or "").name if letter.isprintable())
    return CsvSpec(path=f"{_PREFIX}{path.name}", label=shown[-_LONGEST_LABEL:] or path.name)


def is_upload(spec: CsvSpec) -> bool:
    """Whether the spec is of an upload, and not of a path that an administrator stated."""
    return spec.path.startswith(_PREFIX)


def opened(spec: CsvSpec) -> CsvSpec:
    """The spec with the path at which its file is on this machine."""
    return CsvSpec(path=str(_path(spec)), label=spec.label) if is_upload(spec) else spec


def drop(spec: CsvSpec) -> None:
    """Remove an upload; what an administrator stated is left alone."""
    if is_upload(spec):
        _path(spec).unlink(missing_ok=True)


def sweep(used: Iterable[str]) -> None:
    """Remove the uploads that no connection's path among ``used`` names, once no run can still read them."""
    kept = {path.removeprefix(_PREFIX) for path in used}
    before = time.time() - _GRACE
    for each in _folder().glob("*"):
        if each.name not in kept and each.stat().st_mtime < before:
            each.unlink(missing_ok=True)


def zip_of(spec: CsvSpec) -> Zip:
    """What the spec's file is now."""
    path = _path(spec) if is_upload(spec) else Path(spec.path)
    name = spec.label if is_upload(spec) else spec.path
    try:
        stat = path.stat()
    except OSError:
        return Zip(name, is_upload(spec), None, None)
    return Zip(
        name, is_upload(spec), None if path.is_dir() else stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC)
    )


def _path(spec: CsvSpec) -> Path:
    # Only the name: whatever the settings say, it stays in the folder.
    return _folder() / Path(spec.path.removeprefix(_PREFIX)).name


def _folder() -> Path:
    folder: Path = settings.ROSTER_ARTIFACTS
    return folder / "uploads"
