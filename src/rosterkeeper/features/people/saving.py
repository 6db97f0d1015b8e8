"""A district's settings of people, read and kept."""

from collections.abc import Mapping

from django.db import transaction

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.people.hand import raise_inputs
from rosterkeeper.features.people.models import PeopleSettings
from rosterkeeper.matching.lifecycle_options import LifeOptions, life_options
from rosterkeeper.matching.rules import Rule, Rules, Settings, parse
from rosterkeeper.matching.tables import Kind


def row_of(district: int) -> PeopleSettings:
    """The district's row; one with the defaults where it has none yet."""
    return PeopleSettings.objects.filter(district_id=district).first() or PeopleSettings(district_id=district)


def settings_of(district: int) -> tuple[Settings, LifeOptions]:
    """How the district's people are matched, and what becomes of leavers."""
    row = row_of(district)
    return parse(row.mode, row.rules, row.options), life_options(row.options)


def written(rules: Rules) -> dict[str, object]:
    """Rules as they are kept: whole, so that a later default changes no district."""
    return {kind: [_written(each) for each in rules.of(kind)] for kind in Kind}


def save(district: int, *, mode: str, rules: Mapping[str, object], options: Mapping[str, object]) -> bool:
    """Keep settings; False where nothing changed. SettingsError ``people.settings`` or ``people.life_options``."""
    parse(mode, rules, options)
    life_options(options)
    before = row_of(district)
    after = (str(mode), dict(rules), dict(options))
    if (before.mode, before.rules, before.options) == after:
        return False
    changed = [
        name
        for name, old, new in zip(
            ("mode", "rules", "options"), (before.mode, before.rules, before.options), after, strict=True
        )
        if old != new
    ]
    with transaction.atomic():
        raise_inputs(district)
        PeopleSettings.objects.filter(district_id=district).update(mode=after[0], rules=after[1], options=after[2])
        record("people.settings_changed", about=f"district:{district}", details={"changed": changed, "mode": after[0]})
    return True


def _written(rule: Rule) -> dict[str, str]:
    told = {"key": str(rule.key)}
    if rule.type:
        told["type"] = rule.type
    return told | ({"field": str(rule.field)} if rule.field else {})
