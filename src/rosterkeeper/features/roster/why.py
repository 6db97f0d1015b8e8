"""Why is this student missing? Answered from what the engine decided, each reason with its next step.

The engine's own words are the codes of findings, options and holds; this module puts them into an administrator's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rosterkeeper.features.connections.choosing import options_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.roster import ran
from rosterkeeper.features.roster.listing import Listed, Wanted, all_connections, listed, people, strings
from rosterkeeper.features.roster.models import LIVE, CatalogPerson, Decision
from rosterkeeper.features.roster.person import catalogued
from rosterkeeper.features.roster.scope import Scope
from rosterkeeper.oneroster.fields import USERS
from rosterkeeper.oneroster.findings import CODES
from rosterkeeper.store.decisions import Fate

_MOST: Final = 10
# What an administrator does about a person whom an option leaves out, by the code of the reason.
_NEXT: Final = {
    "option.school_excluded": gettext_noop("Move the school to Included Schools, then Sync now."),
    "option.enrolment_date": gettext_noop(
        "See the begin and end dates of the student's enrollments at the source, or switch Respect Enrolment Date off."
    ),
    "option.academic_session": gettext_noop("See the dates of the terms, or switch Respect Academic Sessions off."),
    "option.grade": gettext_noop("Add the grade to the connection's Grades, or mend the grade at the source."),
    "option.role": gettext_noop("Add the role to the connection's Roles, or mend the role at the source."),
    "option.relationship": gettext_noop("Add the relationship to the connection's Relationship Type."),
    "option.parent_without_email": gettext_noop("Give the parent an e-mail address at the source."),
    "option.parent_without_student": gettext_noop("Link the parent to a student at the source, then Sync now."),
}
_ISSUES: Final = {
    "people_without_school": (
        gettext_noop("No school lists this person: there is no current role in any school."),
        gettext_noop("Give the person a role in a school at the source, then Sync now."),
    ),
    "students_without_class": (
        gettext_noop("No class lists this student: there is no current enrollment."),
        gettext_noop("Enroll the student in a class at the source, then Sync now."),
    ),
    "people_without_email": (
        gettext_noop("Whatever matches people by e-mail misses this person: the e-mail address is blank."),
        gettext_noop("Fill in the e-mail address at the source, then Sync now."),
    ),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a stable code, plain words, the next step, and the run behind it (0 for none)."""

    code: str
    says: str
    todo: str
    run: int = 0


@dataclass(frozen=True, slots=True)
class Explained:
    """What became of one person of one connection; ``person`` is None for one who was never taken over."""

    connection: int
    connection_name: str
    sourced_id: str
    person: Listed | None
    reasons: list[Reason]


def asked_for(scope: Scope, typed: str) -> list[Explained]:
    """Explain the person of whom somebody typed the id, or each of those whose name or e-mail was typed.

    Nobody's name is kept but of those who were taken over once, so the others are found by their sourcedId alone. Who
    sees single schools is told of people of those alone: of any other id nothing, not even that it is known.
    """
    text = typed.strip()
    by_id = [each for number in all_connections() if (each := explained(scope, number, text)) is not None]
    if any(each.person is not None or each.reasons[0].code != "why.not_in_source" for each in by_id):
        return by_id
    page = people(scope, Wanted(text=text, removed=None), number=_MOST)
    told = (explained(scope, each.connection, each.sourced_id) for each in page.people)
    return [each for each in told if each is not None] or by_id


def explained(scope: Scope, connection: int, sourced_id: str) -> Explained | None:
    """What became of the person of that id; None where the reader may not know."""
    named = Connection.objects.select_related("district").filter(id=connection).first()
    if named is None or not sourced_id or not scope.has(connection):
        return None
    row = catalogued(scope, connection, sourced_id)
    if row is None and not scope.is_all:
        return None
    shown = listed(scope, connection, [row]) if row is not None else []
    live = LIVE[USERS.name]._default_manager.filter(connection_id=connection, sourced_id=sourced_id)
    state = live.values_list("status", "changed_run").first()
    reasons = list(_decided(connection, sourced_id, is_live=bool(state and state[0] == "active")))
    if state is None:
        reasons += _absent(named, is_decided=bool(reasons))
    elif state[0] != "active":
        reasons += _removed(int(state[1]), is_decided=bool(reasons))
    else:
        reasons += _present(row)
    return Explained(connection, named.label, sourced_id, shown[0] if shown else None, [*reasons, *_about_all(named)])


def _decided(connection: int, sourced_id: str, *, is_live: bool) -> Iterator[Reason]:
    """What the last pull that spoke of the person decided."""
    row = Decision.objects.filter(connection_id=connection, sourced_id=sourced_id).first()
    if row is None:
        return
    if row.fate == Fate.LEFT_OUT:
        todo = _(_NEXT.get(row.code, gettext_noop("See the connection's options.")))
        yield Reason("why.left_out", _(CODES[row.code].says) if row.code in CODES else row.code, todo, row.run_id)
    elif row.fate == Fate.REJECTED:
        says = _("The source's record was kept out: %(why)s") % {"why": _(CODES[row.code].says)}
        if row.field:
            says += " " + _("Field: %(field)s.") % {"field": row.field}
        if is_live:
            says += " " + _("What was known before stays.")
        yield Reason("why.rejected", says, _("Mend the record at the source, then Sync now."), row.run_id)
    else:
        run = ran.run(row.run_id)
        if run is not None and run.is_waiting:
            says = (
                _("The run would remove this person, and waits for approval.")
                if row.code == "remove"
                else _("A change of this person waits for approval with the run that was held.")
            )
            yield Reason("why.held", says, _("Look at the held run, then approve or discard it."), row.run_id)


def _absent(connection: Connection, *, is_decided: bool) -> Iterator[Reason]:
    if is_decided:
        return
    pull = ran.last_pull(connection.pk)
    if pull is None:
        yield Reason(
            "why.never_pulled",
            _("Nothing was taken over from this connection yet."),
            _("Test the connection, then Sync now."),
        )
        return
    yield Reason(
        "why.not_in_source",
        _("The source's last roster has no person of this sourcedId."),
        _("See that the student is shared with this application at the source, and that the id is written exactly so."),
        pull.number,
    )
    off = [label for label, is_on in _kinds(connection) if not is_on]
    if off:
        yield Reason(
            "why.switched_off",
            _("These kinds of people are not taken over: %(kinds)s.") % {"kinds": ", ".join(off)},
            _("Switch them on in the connection's options if the person is one of them."),
        )


def _removed(run: int, *, is_decided: bool) -> Iterator[Reason]:
    action = ran.changed_by(run)
    if action in ("undo", "redo", "restore"):
        says = _("The person was removed when an administrator went back to an earlier roster.")
        yield Reason("why.taken_back", says, _("Sync now brings the source's present roster."), run)
    elif is_decided:
        yield Reason(
            "why.removed", _("The person was taken over before, and removed by this run."), _("See the run."), run
        )
    else:
        yield Reason(
            "why.removed",
            _("The person was removed: the source's roster no longer had them."),
            _("If that is wrong, mend it at the source; the person returns with the next sync. Undo bridges the time."),
            run,
        )


def _present(row: CatalogPerson | None) -> Iterator[Reason]:
    """What keeps somebody who is in the roster from being seen where they are looked for."""
    issues = strings(row.issues) if row is not None else []
    for issue in issues:
        if issue in _ISSUES:
            says, todo = _ISSUES[issue]
            yield Reason(f"why.{issue}", _(says), _(todo))
    yield Reason(
        "why.present",
        _("The person is in the roster."),
        _("See their schools and classes; a reader of other schools does not see them.")
        if not issues
        else _("See the person's page for everything that the source says."),
    )


def _about_all(connection: Connection) -> Iterator[Reason]:
    """What concerns everybody of the connection."""
    if connection.removed_at is not None:
        yield Reason(
            "why.unmanaged",
            _("The connection was deleted: its people stay as they were, and no updates arrive."),
            _("Add the connection again to bring them up to date."),
        )
        return
    last = ran.last_sync(connection.pk)
    if last is not None and last.outcome in ("failed", "interrupted"):
        yield Reason(
            "why.stale",
            _("The last sync failed, so the roster is older than the source."),
            _("See the run for what to do about it."),
            last.number,
        )
    if last is not None and last.findings.get("vendor.masked_fields"):
        yield Reason(
            "why.masked",
            _("Names or other fields are masked at the source; known values were kept, and new people have none."),
            _("Ask your ClassLink administrator to share these fields (DataGuard), then Sync now."),
            last.number,
        )


def _kinds(connection: Connection) -> list[tuple[str, bool]]:
    options = options_of(connection)
    return [(_("students"), options.students), (_("staff"), options.staff), (_("parents"), options.parents)]
