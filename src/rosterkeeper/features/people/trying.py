"""What other settings would do: asked for by pages, calls and the command, looked at by the worker's child.

A trial writes nothing of the district. What it found is kept for a while, so that its page can be read and its settings
be saved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from rosterkeeper.features.people import saving
from rosterkeeper.features.people.fresh import described
from rosterkeeper.features.people.models import DirectoryAccount, Person, Record, Trial
from rosterkeeper.features.people.queue import Speaks, speaking
from rosterkeeper.job.launch import Follow, launch
from rosterkeeper.job.words import Action, Result
from rosterkeeper.matching.lifecycle_options import life_options
from rosterkeeper.matching.preview import Preview, Shifted, Stated
from rosterkeeper.matching.rules import parse

# A child that has not finished by then has died with its worker; another one takes the trial up.
_LONGEST: Final = timedelta(minutes=15)
_KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sample:
    """One person of whom something would change, as a page shows it; None for no account, '' where not matched yet."""

    shifted: Shifted
    record: Speaks
    uid: str
    was: DirectoryAccount | None
    account: DirectoryAccount | None


def ask(
    district: int,
    *,
    mode: str,
    rules: Mapping[str, object],
    options: Mapping[str, object],
    account: int,
) -> Trial:
    """Have settings tried; SettingsError where they make no sense. Old trials go."""
    parse(mode, rules, options)
    life_options(options)
    Trial.objects.filter(made_at__lt=timezone.now() - _KEPT).delete()
    return Trial.objects.create(
        district_id=district, account=account, mode=mode, rules=dict(rules), options=dict(options)
    )


def ask_present(district: int, *, account: int) -> Trial:
    """Have the settings tried that hold: what the next matching would do."""
    row = saving.row_of(district)
    return ask(district, mode=row.mode, rules=row.rules, options=row.options, account=account)


def waiting() -> list[int]:
    """The trials that a worker is to look at, the oldest first."""
    return list(_free().order_by("id").values_list("id", flat=True))


def carry_out(number: int, *, on_progress: Follow = lambda _: None) -> None:
    """Look at what a trial's settings would do, in a child process; whoever claims it first does."""
    if not _free().filter(pk=number).update(begun_at=timezone.now()):
        return
    trial = Trial.objects.get(pk=number)
    stated = Stated(district=trial.district_id, mode=trial.mode, rules=trial.rules, options=trial.options)
    job = msgspec.structs.replace(described(trial.district_id, Action.TRIAL, datetime.now(UTC)), stated=stated)
    result = launch(job, on_progress=on_progress, log=settings.ROSTER_JOB_LOG)
    Trial.objects.filter(pk=number, ended_at=None).update(
        result=msgspec.to_builtins(result), begun_at=None, ended_at=timezone.now()
    )


def trial_of(district: int, number: str) -> Trial | None:
    """The district's trial of that number, as an address says it; None where there is none, or not any more."""
    return Trial.objects.filter(district_id=district, pk=int(number)).first() if number.isdecimal() else None


def result_of(trial: Trial) -> Result | None:
    """What the look came to; None while it is awaited."""
    return msgspec.convert(trial.result, Result) if trial.result else None


def samples(district: int, found: Preview) -> dict[str, list[Sample]]:
    """Those whom a preview names, by shift, with their records as the roster has them now."""
    named = found.samples
    spoken = speaking((each.connection, each.sourced_id) for each in named)
    numbers = {each.was_account for each in named} | {each.account for each in named}
    accounts = DirectoryAccount.objects.filter(district_id=district).in_bulk(numbers - {0})
    uids = _uids(district, named)
    made: dict[str, list[Sample]] = {}
    for each in named:
        key = each.connection, each.sourced_id
        if key in spoken:
            one = Sample(
                each, spoken[key], uids.get(key, ""), *(accounts.get(at) for at in (each.was_account, each.account))
            )
            made.setdefault(each.shift, []).append(one)
    return made


def save(trial: Trial) -> bool:
    """Keep the settings that were tried; False where they hold already."""
    return saving.save(trial.district_id, mode=trial.mode, rules=trial.rules, options=trial.options)


def _free() -> "QuerySet[Trial]":
    late = timezone.now() - _LONGEST
    return Trial.objects.filter(ended_at=None).filter(Q(begun_at=None) | Q(begun_at__lt=late))


def _uids(district: int, named: Sequence[Shifted]) -> dict[tuple[int, str], str]:
    keys = {(each.connection, each.sourced_id) for each in named}
    rows = Record.objects.filter(
        district_id=district,
        connection_id__in={connection for connection, _ in keys},
        sourced_id__in={sourced_id for _, sourced_id in keys},
    )
    of = {(each.connection_id, each.sourced_id): each.person_id for each in rows}
    known = Person.objects.in_bulk(set(of.values()))
    return {key: known[number].uid for key, number in of.items() if key in keys and number in known}
