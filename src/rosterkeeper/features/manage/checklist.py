"""The way to a first sync that runs by itself: each step's state from facts, not from clicks (M32).

Only that the application was approved at the source cannot be seen from here, before a test passes; somebody says it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Max, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rosterkeeper.engine.options import BUILDINGS
from rosterkeeper.engine.outcomes import MEANINGS
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.manage.models import Approval
from rosterkeeper.features.runs.models import HeldState, Order, Run
from rosterkeeper.features.schedules.models import StoredSchedule
from rosterkeeper.job.words import Action

Text = str | Promise
DONE: Final = "done"
NEXT: Final = "next"
BLOCKED: Final = "blocked"
_UPDATES: Final = [outcome for outcome, meaning in MEANINGS.items() if meaning.updates]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ``done`` is a fact, ``blocked`` says what is missing before it ('' where nothing is)."""

    key: str
    title: Text
    says: Text
    done: bool
    blocked: Text = ""

    @property
    def state(self) -> str:
        """One word for its mark."""
        return DONE if self.done else BLOCKED if self.blocked else NEXT


@dataclass(frozen=True, slots=True)
class Checklist:
    """The steps of one connection (None: there is none yet), in order."""

    connection: Connection | None
    steps: list[Step]

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return all(step.done for step in self.steps)

    @property
    def number_done(self) -> int:
        """How many steps are done."""
        return sum(step.done for step in self.steps)

    @property
    def next_step(self) -> Step | None:
        """The first step that can be done now."""
        return next((step for step in self.steps if step.state == NEXT), None)


@dataclass(frozen=True, slots=True)
class _Facts:
    approved: bool
    added: bool = False
    tested: bool = False
    buildings: bool = False
    schools: bool = False
    previewed: bool = False
    people: bool = False
    waits: bool = False
    automated: bool = False


def first_open(connections: Sequence[Connection], districts: frozenset[int] | None) -> Checklist | None:
    """The checklist that has steps left: of the first such connection, or of districts (None: all) without any."""
    if not connections:
        return checklist(None, districts)
    return next((found for each in connections if not (found := checklist(each)).is_done), None)


def in_turn(connections: Sequence[Connection], account: int) -> list[Connection]:
    """The connections as this account would go on with them: what it last worked on first, the others as they are."""
    if len(connections) < 2:
        return list(connections)
    keys = {each.pk: f"connection:{each.pk}" for each in connections}
    mine = Entry.objects.filter(account=account, about__in=keys.values())
    last = dict(mine.values_list("about").annotate(Max("id")))
    return sorted(connections, key=lambda each: -last.get(keys[each.pk], 0))


def approve(districts: frozenset[int] | None, account: int) -> None:
    """Keep that somebody has said for these districts (None: all) that the application was approved."""
    for district in [None] if districts is None else sorted(districts):
        Approval.objects.get_or_create(district=district, defaults={"account": account})


def checklist(connection: Connection | None, districts: frozenset[int] | None = None) -> Checklist:
    """The connection's checklist as the facts have it now; without one, that of districts (None: all)."""
    facts = _Facts(approved=_is_approved(districts)) if connection is None else _facts(connection)
    return Checklist(connection, [*_to_a_test(facts), *_to_automation(facts)])


def _facts(connection: Connection) -> _Facts:
    runs = Run.objects.filter(connection_id=connection.pk, action__in=(Action.SYNC, Action.APPROVE))
    good = runs.filter(outcome__in=_UPDATES)
    tested = connection.verified_at is not None or good.exists()
    people = good.exclude(only=BUILDINGS).exists()
    return _Facts(
        # A zip needs nobody's approval, and where a test passed, it was given.
        approved=tested or connection.kind == "csv" or _is_approved(frozenset({connection.district_id})),
        added=True,
        tested=tested,
        buildings=good.exists(),
        schools=people or (good.exists() and bool(connection.options)),
        previewed=people or _previews(connection).exists(),
        people=people,
        waits=runs.filter(held_state=HeldState.WAITING).exists(),
        automated=StoredSchedule.objects.filter(connection=connection).exists(),
    )


def _is_approved(districts: frozenset[int] | None) -> bool:
    said = Approval.objects.all()
    if districts is not None:
        said = said.filter(Q(district=None) | Q(district__in=districts))
    return said.exists()


def _previews(connection: Connection) -> QuerySet[Order]:
    ended = Order.objects.filter(connection_id=connection.pk, action=Action.PREVIEW).exclude(ended_at=None)
    return ended.exclude(result__outcome="failed")


def _to_a_test(facts: _Facts) -> list[Step]:
    return [
        Step(
            "approve",
            _("Approve the application at the source"),
            _("In ClassLink or the SIS, add this application and let it read the roster: schools, staff and students."),
            facts.approved,
        ),
        Step(
            "add",
            _("Add the connection"),
            _("Enter where the roster comes from, and what opens it."),
            facts.added,
            "" if facts.approved else _("First approve the application at the source."),
        ),
        Step(
            "test",
            _("Test the connection"),
            _("Reads what a sync needs, and changes nothing."),
            facts.tested,
            "" if facts.added else _("First add the connection."),
        ),
    ]


def _to_automation(facts: _Facts) -> list[Step]:
    no_test = "" if facts.tested else _("First let the test of the connection pass.")
    no_buildings = no_test or ("" if facts.buildings else _("First sync the buildings; that must end well."))
    says_people = _("Imports students and staff; on the first time it may take minutes.")
    waits = _("A change waits for approval. Open the connection's last run, then approve or discard it.")
    return [
        Step(
            "buildings",
            _("Sync the buildings"),
            _("Imports the schools, so that people have somewhere to belong."),
            facts.buildings,
            no_test,
        ),
        Step(
            "schools",
            _("Pick the schools"),
            _("Every school is included; exclude those that are not to be synced, then submit."),
            facts.schools,
            no_buildings,
        ),
        Step(
            "preview",
            _("Preview"),
            _("Shows what a sync would do now, and writes nothing."),
            facts.previewed,
            no_buildings,
        ),
        Step("people", _("Sync the people"), waits if facts.waits else says_people, facts.people, no_buildings),
        Step(
            "automate",
            _("Automate"),
            _("Say when the connection syncs by itself, or that it is to be synced by hand."),
            facts.automated,
            "" if facts.people else _("First sync the people; that must end well."),
        ),
    ]
