"""What follows a change of a connection, for pages and the API alike: its entry in the audit log, a test, a preview."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from rosterkeeper.engine.options import Options
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connecting import asking
from rosterkeeper.features.connections import exclusive
from rosterkeeper.features.connections.choosing import choose, options_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs import resetting
from rosterkeeper.features.runs.lease import state_of
from rosterkeeper.features.runs.models import Order
from rosterkeeper.features.runs.workflow import Wish
from rosterkeeper.job.words import Action

OPTIONS_CHANGED, SCHOOLS_CHANGED = "connection.options_changed", "connection.schools_changed"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which options were changed, and the preview that shows what the next sync does on account of it."""

    changed: list[str]
    preview: Order | None = None


def added(request: HttpRequest, made: Connection, *, is_draft: bool) -> Order | None:
    """A new connection is tested at once; a draft waits (S11, decision 7)."""
    record("connection.added", account=_account(request), about=_key(made), details={"kind": made.kind})
    return None if is_draft else asking.ask(request, made, Action.TEST)


def edited(request: HttpRequest, found: Connection, changed: Sequence[str], *, other_district: bool) -> Order | None:
    """Changed settings are tested at once; None where there is nothing to test."""
    if changed:
        record("connection.edited", account=_account(request), about=_key(found), details={"changed": [*changed]})
    if "settings" not in changed and "secret" not in changed:
        return None
    test = asking.ask(request, found, Action.TEST)
    if other_district:
        # Behind the test in the same line: what another district would do is seen before anything of it is applied.
        asking.ask(request, found, Action.PREVIEW)
    return test


def chosen(request: HttpRequest, found: Connection, options: Options, action: str) -> Chosen:
    """Set the options; SettingsError where a server already brings what a zip would bring under them."""
    held = options_of(found)
    if options == held:
        return Chosen([])
    if found.kind == "csv":
        exclusive.check_zip(found.district.name, options, beside=found.pk)
    choose(found, options)
    names = [name for name in options.__struct_fields__ if getattr(held, name) != getattr(options, name)]
    record(action, account=_account(request), about=_key(found), details={"changed": names})
    shows = bool(state_of(found.pk).version) and options.removes_people
    return Chosen(names, asking.ask(request, found, Action.PREVIEW) if shows else None)


def reset(request: HttpRequest, found: Connection, *, rebuild: bool) -> Order | None:
    """Forget the sync position, and if so asked rebuild the roster now (L34, L35, N17, N18)."""
    resetting.forget(found)
    order = asking.ask(request, found, Action.SYNC, Wish(full=True)) if rebuild else None
    action = "connection.rebuilt" if rebuild else "connection.reset"
    record(action, account=_account(request), about=_key(found))
    return order


def deleted(request: HttpRequest, found: Connection) -> None:
    """Stop the connection for good; its people stay (L38, L39)."""
    resetting.retire(found)
    record("connection.deleted", account=_account(request), about=_key(found))


def _account(request: HttpRequest) -> int:
    return request.user.pk or 0


def _key(connection: Connection) -> str:
    return f"connection:{connection.pk}"
