"""The API of previews: what a matching by given settings would do, without changing anything."""

from typing import Any

import msgspec
from django.http import Http404, HttpRequest
from ninja import Schema, Status
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import Number, answers, group
from rosterkeeper.features.people import trying
from rosterkeeper.features.people.api import SettingsGiven, district_called, settings_stated
from rosterkeeper.features.people.models import DirectoryAccount, Trial
from rosterkeeper.matching.preview import Preview, Shifted

router = group("matching")

Numbers = dict[str, dict[str, int]]


class ShiftedShown(Schema):
    """A person of whom something would change: before and then; accounts are their uids, null for none or a new one."""

    shift: str
    kind: str
    connection: int
    sourced_id: str
    was_result: str
    was_reason: str
    was_account: str | None
    result: str
    reason: str
    account: str | None


class PreviewShown(Schema):
    """What the settings would do; while `state` is `waiting` all numbers are empty.

    `before` and `after` count active persons by kind and result, `shifts` those of whom something would change
    (linked, created, moved, unlinked, disputed, undisputed), `accounts` what would become of accounts; `samples` are at
    most 20 of each shift. `held` are the codes of what would wait for a decision.
    """

    number: int
    state: str = Field(description="waiting, done or failed")
    code: str
    what: str
    todo: str
    before: Numbers
    after: Numbers
    shifts: dict[str, int]
    accounts: dict[str, int]
    without_person_before: int
    without_person: int
    held: list[str]
    samples: list[ShiftedShown]


@router.post("/directories/{number}/previews", response=answers(PreviewShown, 201), operation_id="previewMatching")
@needs(Right.SETTINGS)
def preview(request: HttpRequest, number: Number, given: SettingsGiven) -> Status[PreviewShown]:
    """Have the settings tried, with what is given in their places; ask for the number until it is done."""
    district = district_called(request, number)
    mode, rules, options = settings_stated(number, given)
    made = trying.ask(district.pk, mode=mode, rules=rules, options=options, account=request.user.pk or 0)
    return Status(201, _shown(made))


@router.get("/directories/{number}/previews/{trial}", response=answers(PreviewShown), operation_id="getMatchingPreview")
@needs(Right.SETTINGS)
def look(request: HttpRequest, number: Number, trial: Number) -> PreviewShown:
    """What the settings would do."""
    found = trying.trial_of(district_called(request, number).pk, str(trial))
    if found is None:
        raise Http404
    return _shown(found)


def _shown(trial: Trial) -> PreviewShown:
    result = trying.result_of(trial)
    found = (result.preview if result else None) or Preview()
    told: dict[str, Any] = {
        name: getattr(found, name)
        for name in ("before", "after", "shifts", "accounts", "without_person_before", "without_person")
    }
    return PreviewShown(
        number=trial.pk,
        state="waiting" if result is None else "failed" if result.code else "done",
        code=result.code if result else "",
        what=result.what if result else "",
        todo=result.todo if result else "",
        held=[each.code for each in found.reasons],
        samples=_samples(trial.district_id, found.samples),
        **told,
    )


def _samples(district: int, named: list[Shifted]) -> list[ShiftedShown]:
    numbers = {each.was_account for each in named} | {each.account for each in named}
    uids = dict(DirectoryAccount.objects.filter(district_id=district, pk__in=numbers - {0}).values_list("pk", "uid"))
    return [
        ShiftedShown(
            **msgspec.structs.asdict(each)
            | {"was_account": uids.get(each.was_account), "account": uids.get(each.account)}
        )
        for each in named
    ]
