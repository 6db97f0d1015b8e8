"""Lists of accounts that somebody uploads: kept, looked at, agreed to, and carried out by the worker's child.

A file is first looked at, which changes nothing and tells the numbers; it is applied once somebody agrees. Its file
goes as soon as it is applied or dropped, for it holds people.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Final

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.people.fresh import described
from rosterkeeper.features.people.models import Upload
from rosterkeeper.job.launch import launch
from rosterkeeper.job.words import Action, Job, Listing, Result
from rosterkeeper.matching.directory.headings import FIELDS, fits, has_key, recognised
from rosterkeeper.matching.directory.text import shape_of
from rosterkeeper.oneroster.errors import RunRefused, SettingsError

# A child that has not finished by then has died with its worker; another takes the upload up.
_LONGEST: Final = timedelta(minutes=30)
_CHUNK: Final = 1 << 20
_LONGEST_LABEL: Final = 120
GONE_PERCENT: Final = 10.0
# What a look may come to so that the file can be applied.
_USABLE: Final = ("applied", "unchanged", "held")


def keep(file: IO[bytes] | None, label: str, *, district: int, account: int, whole: bool = True) -> Upload:
    """Store a file and ask for a look at it, where it is clear which columns say what.

    SourceRefused where it cannot be a list of accounts. What the district uploaded before and nobody decided, goes.
    """
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{secrets.token_hex(8)}.csv"
    try:
        with path.open("xb") as out:
            path.chmod(0o600)
            while file is not None and (chunk := file.read(_CHUNK)):
                out.write(chunk)
        headings = shape_of(path).headings
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    for each in Upload.objects.filter(district_id=district, ended_at=None, wants__in=("", "look")):
        drop(each)
    columns = _remembered(district, headings) or recognised(headings)
    shown = "".join(letter for letter in Path(label).name if letter.isprintable())
    return Upload.objects.create(
        district_id=district,
        account=account,
        label=shown[-_LONGEST_LABEL:] or path.name,
        path=path.name,
        headings=list(headings),
        columns=columns,
        whole=whole,
        wants="look" if has_key(columns) else "",
    )


def choose(upload: Upload, columns: Mapping[str, str], *, whole: bool) -> None:
    """Say which heading is which field, and look anew; SettingsError where accounts cannot be known by them."""
    chosen = {field: columns[field] for field in FIELDS if columns.get(field)}
    if not fits(chosen, upload.headings):
        raise SettingsError(
            "people.columns",
            "Accounts are known by their id, their username or their e-mail address, and none of them was chosen.",
            todo="Choose the column of at least one of the three.",
        )
    if len(set(chosen.values())) < len(chosen):
        raise SettingsError(
            "people.column_twice",
            "One column of the file was chosen for two fields.",
            todo="Choose each column once.",
        )
    _check_open(upload)
    upload.columns, upload.whole, upload.wants, upload.result = chosen, whole, "look", None
    upload.save(update_fields=["columns", "whole", "wants", "result"])


def apply(upload: Upload, *, confirmed: bool = False) -> None:
    """Ask for the file to be applied; RunRefused where it was not looked at, or is held and not ``confirmed``."""
    _check_open(upload)
    result = result_of(upload)
    if result is None or result.outcome not in _USABLE:
        raise RunRefused(
            "people.upload_not_ready",
            "The file was not looked at yet, or it cannot be used.",
            todo="Wait for its numbers, or upload another one.",
        )
    if result.outcome == "held" and not confirmed:
        raise RunRefused(result.code, result.what, todo=result.todo)
    with transaction.atomic():
        upload.wants, upload.confirmed = "apply", confirmed
        upload.save(update_fields=["wants", "confirmed"])
        record(
            "people.upload_applied",
            about=f"district:{upload.district_id}",
            details={"upload": upload.pk, "whole": upload.whole, "confirmed": confirmed},
        )


def drop(upload: Upload) -> bool:
    """Let an upload go unapplied; False where it had ended already."""
    # One that is just being applied goes through.
    dropped = Upload.objects.filter(pk=upload.pk, ended_at=None).exclude(wants="apply", begun_at__isnull=False)
    if not dropped.update(ended_at=timezone.now(), wants="dropped"):
        return False
    path_of(upload).unlink(missing_ok=True)
    return True


def waiting() -> list[int]:
    """The uploads that a worker is to look at or to apply, the oldest first."""
    late = timezone.now() - _LONGEST
    rows = Upload.objects.filter(ended_at=None, wants__in=("look", "apply"))
    return list(rows.filter(Q(begun_at=None) | Q(begun_at__lt=late)).order_by("id").values_list("id", flat=True))


def carry_out(number: int) -> None:
    """Look at an upload or apply it, in a child process; whoever claims it first does."""
    now = timezone.now()
    free = Upload.objects.filter(pk=number, ended_at=None).filter(Q(begun_at=None) | Q(begun_at__lt=now - _LONGEST))
    if not free.update(begun_at=now):
        return
    upload = Upload.objects.get(pk=number)
    wants = upload.wants
    result = launch(_job(upload), on_progress=lambda _: None, log=settings.ROSTER_JOB_LOG)
    upload.refresh_from_db()
    done = Upload.objects.filter(pk=number, ended_at=None)
    told = msgspec.to_builtins(result)
    if wants == "apply" and result.outcome in ("applied", "unchanged"):
        done.update(result=told, begun_at=None, ended_at=timezone.now(), wants="applied")
        path_of(upload).unlink(missing_ok=True)
    elif upload.wants == wants:
        done.update(result=told, begun_at=None, wants="")
    else:
        # Other columns were chosen meanwhile: looked at once more.
        done.update(begun_at=None)


def result_of(upload: Upload) -> Result | None:
    """What the last look or application came to; None while it is awaited."""
    return msgspec.convert(upload.result, Result) if upload.result else None


def state_of(upload: Upload) -> str:
    """In one word: look or apply while the worker is at it; columns, ready or failed for somebody; applied, dropped."""
    if upload.wants:
        return upload.wants
    result = result_of(upload)
    if result is None:
        return "columns"
    return "ready" if result.outcome in _USABLE else "failed"


def path_of(upload: Upload) -> Path:
    """Where the file lies."""
    # Only the name: whatever the row says, it stays in the folder.
    return _folder() / Path(upload.path).name


def latest(district: int, number: int = 10) -> list[Upload]:
    """The district's last uploads, the newest first."""
    return list(Upload.objects.filter(district_id=district).order_by("-id")[:number])


def _check_open(upload: Upload) -> None:
    if upload.ended_at is not None or upload.wants == "apply":
        raise RunRefused(
            "people.upload_ended",
            "The file was applied or dropped already.",
            todo="Upload it once more.",
        )


def _remembered(district: int, headings: tuple[str, ...]) -> dict[str, str]:
    """The columns of the last file that was applied, where this one has them all."""
    last = Upload.objects.filter(district_id=district, wants="applied").order_by("-id").first()
    columns: dict[str, str] = last.columns if last else {}
    return columns if columns and fits(columns, headings) else {}


def _job(upload: Upload) -> Job:
    listing = Listing(
        path=str(path_of(upload)),
        columns=upload.columns,
        whole=upload.whole,
        applies=upload.wants == "apply",
        confirmed=upload.confirmed,
        gone_percent=GONE_PERCENT,
    )
    job = described(upload.district_id, Action.DIRECTORY, datetime.now(UTC))
    return msgspec.structs.replace(job, listing=listing)


def _folder() -> Path:
    folder: Path = settings.ROSTER_ARTIFACTS
    return folder / "directories"
