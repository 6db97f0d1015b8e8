"""A held run that is the same people and classes under new ids: looking at who became whom, and renaming them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
from django.conf import settings

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.features.runs import recover
from rosterkeeper.features.runs.jobs import describe
from rosterkeeper.features.runs.lease import taken
from rosterkeeper.features.runs.models import HeldState, Order, Run
from rosterkeeper.features.runs.workflow import Ended, carry_out, check_waiting, connection_of, in_child
from rosterkeeper.job.launch import Follow
from rosterkeeper.job.words import Action, Result
from rosterkeeper.oneroster.errors import RunRefused, SettingsError

LARGEST: Final = 200 * 1024 * 1024


def may_be_rekeyed(run: Run) -> bool:
    """Whether the run holds a change in which records of one kind go and others of it come."""
    if run.held_state != HeldState.WAITING or run.outcome != Outcome.HELD:
        return False
    return any(each.get("add", 0) and each.get("remove", 0) for each in run.counts.values())


def is_rekeyed(run: Run) -> bool:
    """Whether the guard has seen that the same people come under new ids."""
    return may_be_rekeyed(run) and any(each.get("code") == "hold.rekeyed" for each in run.reasons)


def keep_upload(run: Run, parts: Iterable[bytes]) -> None:
    """Keep a mapping that somebody uploaded, in the place of what was proposed; SettingsError where it is too large."""
    path = _uploaded(run)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    size = 0
    with path.open("wb") as out:
        for part in parts:
            size += len(part)
            if size > LARGEST:
                break
            out.write(part)
    if size > LARGEST:
        path.unlink()
        raise SettingsError(
            "rekey.too_large",
            "The file is larger than 200 MB.",
            todo="Upload the mapping with its three columns alone.",
        )


def forget_upload(run: Run) -> None:
    """Go back to what is proposed."""
    _uploaded(run).unlink(missing_ok=True)


def is_uploaded(run: Run) -> bool:
    """Whether somebody uploaded a mapping."""
    return _uploaded(run).exists()


def look(held: Run, *, on_progress: Follow) -> Ended:
    """Work out who became whom, or check the uploaded mapping; the mapping is kept to be confirmed. Leaves no run."""
    check_waiting(held)
    job = msgspec.structs.replace(
        describe(connection_of(held), Action.IDS),
        subject=held.pk,
        out=str(mapping_of(held)),
        mapping=str(_uploaded(held)) if is_uploaded(held) else "",
    )
    mapping_of(held).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Ended(0, in_child(job, on_progress))


def check_understood(understood: bool) -> None:
    """RunRefused where nobody said that changed ids are meant: they cannot be undone."""
    if not understood:
        raise RunRefused(
            "rekey.not_understood",
            "Nothing was done: giving new ids cannot be undone, and nobody said that this is understood.",
            todo="Look at the mapping, then say that it is understood.",
        )


def is_being_looked_at(held: Run) -> bool:
    """Whether a worker looks, or is about to."""
    waiting = Order.objects.filter(connection_id=held.connection_id, action=Action.IDS, ended_at=None)
    return waiting.filter(subject=held.pk).exists()


def looked(held: Run) -> Result | None:
    """What the last look came to; None where there was none."""
    ended = Order.objects.filter(connection_id=held.connection_id, action=Action.IDS, ended_at__isnull=False)
    last = ended.filter(subject=held.pk).order_by("-id").first()
    return msgspec.convert(last.result, Result) if last else None


def rekey(held: Run, *, on_progress: Follow, order: int = 0) -> Ended:
    """Give the live records their new ids, by the mapping that was looked at."""
    connection = connection_of(held)
    with taken(connection.pk) as token:
        recover.settle(connection.pk)
        held.refresh_from_db()
        check_waiting(held)
        if not mapping_of(held).exists():
            raise RunRefused(
                "rekey.not_looked_at",
                "Nobody has looked at the mapping of ids yet.",
                todo="Look at it on the held run's page first, then confirm it.",
            )
        job = msgspec.structs.replace(
            describe(connection, Action.REKEY), token=token, subject=held.pk, mapping=str(mapping_of(held))
        )
        ended = carry_out(job, on_progress, order)
    if ended.result.outcome == Outcome.APPLIED:
        mapping_of(held).unlink(missing_ok=True)
        forget_upload(held)
    return ended


def mapping_of(run: Run) -> Path:
    """Where the mapping stands that was looked at."""
    return _folder(run) / f"{run.pk}.csv"


def _uploaded(run: Run) -> Path:
    return _folder(run) / f"{run.pk}.uploaded.csv"


def _folder(run: Run) -> Path:
    root: Path = settings.ROSTER_ARTIFACTS
    return root / "ids" / str(run.connection_id)
