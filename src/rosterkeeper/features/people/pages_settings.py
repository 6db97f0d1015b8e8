"""The page of a district's settings: who gets an account, the rules in their order, what becomes of leavers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.people import saving, trying
from rosterkeeper.features.people.forms import SettingsForm
from rosterkeeper.features.people.pages import district_of
from rosterkeeper.features.people.trying import trial_of
from rosterkeeper.features.people.wording import KINDS, Word, rule_words
from rosterkeeper.matching.lifecycle_options import life_options
from rosterkeeper.matching.rules import MOST_RULES, Field, Key, Rule, Rules, parse
from rosterkeeper.matching.tables import Kind
from rosterkeeper.oneroster.errors import SettingsError

# The comparisons that are offered; one that was set by the API is offered where it is set.
_OFFERED: Final = (
    Rule(Key.SOURCED_ID),
    Rule(Key.MASTER),
    Rule(Key.EMAIL),
    Rule(Key.USERNAME),
    Rule(Key.IDENTIFIER),
    Rule(Key.USER_ID),
    Rule(Key.EMAIL_LOCAL),
    Rule(Key.EMAIL, field=Field.USERNAME),
    Rule(Key.USERNAME, field=Field.EMAIL),
    Rule(Key.EMAIL_LOCAL, field=Field.USERNAME),
    Rule(Key.IDENTIFIER, field=Field.USERNAME),
    Rule(Key.IDENTIFIER, field=Field.EXTERNAL_ID),
    Rule(Key.SOURCED_ID, field=Field.EXTERNAL_ID),
)
# The button that only looks what the settings would do.
_TRY: Final = "try"
SAVED: Final = gettext_lazy("The settings were saved. Everybody is matched anew within seconds.")


@dataclass(frozen=True, slots=True)
class Row:
    """One rule as the page shows it: its place, what is chosen, and the type of a userId."""

    place: int
    value: str
    type: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """The rules of one kind of people."""

    kind: str
    name: Word
    rows: list[Row]
    choices: list[tuple[str, str]]

    @property
    def is_full(self) -> bool:
        """Whether no rule can be added."""
        return len(self.rows) >= MOST_RULES


@needs(Right.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, number: int) -> HttpResponse:
    """The settings. A button beside a rule changes the page alone; only Save keeps it."""
    district = district_of(request, number)
    tried = trial_of(number, request.GET.get("tried", ""))
    row = tried or saving.row_of(number)
    kept, life = parse(row.mode, row.rules, row.options), life_options(row.options)
    sent = request.POST if request.method == "POST" else None
    form = SettingsForm(sent, kept=kept, life=life)
    rules = _sent(request.POST) if sent is not None else {kind: list(kept.rules.of(kind)) for kind in Kind}
    step = request.POST.get("step", "")
    if sent is not None and step in ("", _TRY) and form.is_valid():
        try:
            return _carried_out(request, number, form, rules)
        except SettingsError as fault:
            form.add_error(None, refusal(fault))
    elif step:
        _move(rules, step)
    shown = {
        "district": district,
        "form": form,
        "ordered": [_ordered(kind, rules[kind]) for kind in Kind],
        "is_moved": tried is not None or step not in ("", _TRY),
        "here": "settings",
    }
    return render(request, "people/settings.html", shown)


def _carried_out(
    request: HttpRequest, number: int, form: SettingsForm, rules: Mapping[Kind, list[Rule]]
) -> HttpResponse:
    """Save what was sent, or have it tried; SettingsError where it makes no sense."""
    mode, options = form.cleaned_data["mode"], form.options(saving.row_of(number).options)
    told = saving.written(Rules(**{kind: tuple(rules[kind]) for kind in Kind}))
    if request.POST.get("step") == _TRY:
        made = trying.ask(number, mode=mode, rules=told, options=options, account=request.user.pk or 0)
        return redirect("directory_trial", number, made.pk)
    if saving.save(number, mode=mode, rules=told, options=options):
        messages.success(request, SAVED)
    return redirect("directory_settings", number)


def _sent(stated: QueryDict) -> dict[Kind, list[Rule]]:
    """The rules as the page sent them; what is none is left out."""
    found: dict[Kind, list[Rule]] = {}
    for kind in Kind:
        types = stated.getlist(f"type_{kind}")
        made = [
            _rule(word, types[place] if place < len(types) else "")
            for place, word in enumerate(stated.getlist(f"rule_{kind}"))
        ]
        found[kind] = [each for each in made if each is not None]
    return found


def _rule(value: str, named: str) -> Rule | None:
    key, _sign, field = value.partition(">")
    if key not in set(Key) or (field and field not in set(Field)):
        return None
    is_id = key == Key.USER_ID
    return Rule(Key(key), type=named.strip()[:100] if is_id else "", field=Field(field) if field else None)


def _value(rule: Rule) -> str:
    return f"{rule.key}>{rule.field}" if rule.field else str(rule.key)


def _move(rules: Mapping[Kind, list[Rule]], step: str) -> None:
    """Carry out what a button says: ``add:staff``, ``remove:staff:2``, ``up:staff:2``, ``down:staff:2``."""
    word, _sign, rest = step.partition(":")
    kind, _sign, place = rest.partition(":")
    if kind not in set(Kind):
        return
    mine = rules[Kind(kind)]
    if word == "add":
        unused = [each for each in _OFFERED if each not in mine]
        mine += unused[:1] if len(mine) < MOST_RULES else []
        return
    at = int(place) if place.isdecimal() and len(place) < 3 else len(mine)
    if at >= len(mine):
        return
    rule = mine.pop(at)
    if word == "up":
        mine.insert(max(at - 1, 0), rule)
    elif word == "down":
        mine.insert(at + 1, rule)


def _ordered(kind: Kind, rules: list[Rule]) -> Ordered:
    offered = {_value(each): rule_words(each) for each in _OFFERED}
    for each in rules:
        offered.setdefault(_value(each), rule_words(each))
    rows = [Row(place, _value(each), each.type) for place, each in enumerate(rules)]
    return Ordered(str(kind), KINDS[kind], rows, list(offered.items()))
