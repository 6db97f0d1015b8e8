"""What tests of notices share: an opened installation, a mail server, and runs that came to something."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.test import override_settings
from django.utils import timezone

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.workflow import add
from rosterkeeper.features.notices.targets import Stated
from rosterkeeper.features.notices.targets import add as add_target
from rosterkeeper.features.publish.models import Kind, Target
from rosterkeeper.features.runs.ending import finish
from rosterkeeper.features.runs.lease import open_state
from rosterkeeper.features.runs.models import Run, State
from rosterkeeper.job.words import Action, Result
from rosterkeeper.service.mailing import Mail
from rosterkeeper.sources.spec import CsvSpec
from tests.installation import Installation
from tests.unit.features.notices.mailbox import Mailbox, open_mailbox

Ends = Callable[..., Run]


@pytest.fixture
def here(sqlite: Installation) -> Iterator[Installation]:
    """A migrated SQLite database in this process, for what a database has no part in."""
    with sqlite.in_process():
        yield sqlite


@pytest.fixture
def mailbox(here: Installation) -> Iterator[Mailbox]:
    """A mail server that the installation sends by."""
    with open_mailbox() as mailbox:
        mail = Mail(host="127.0.0.1", port=mailbox.port, tls="off", sender="roster@example.org")
        with override_settings(ROSTER_MAIL=mail, ROSTER_PUBLIC_URL="https://roster.example.org"):
            yield mailbox


@pytest.fixture
def north(here: Installation) -> Connection:
    """A connection."""
    return add("north", CsvSpec(path="north.zip"))


@pytest.fixture
def ends(north: Connection) -> Ends:
    """End a run of `north` with an outcome, perhaps with a code, and at a time."""

    def ended(outcome: Outcome, code: str = "", *, at: datetime | None = None, **more: object) -> Run:
        open_state(north.pk)
        run = Run.objects.create(connection_id=north.pk, action=Action.SYNC, started_at=at or timezone.now())
        finish(run, Result(outcome=outcome, code=code, what=f"What {code} says.", todo="Do this.", **more))  # type: ignore[arg-type]
        if at is not None and outcome == Outcome.APPLIED:
            State.objects.filter(connection_id=north.pk).update(last_updated=at)
        return run

    return ended


@pytest.fixture
def team(here: Installation) -> Target:
    """A target by mail that is told of everything."""
    return add_target(Stated(name="team", kind=Kind.EMAIL, address="it@example.org ops@example.org"))[0]
