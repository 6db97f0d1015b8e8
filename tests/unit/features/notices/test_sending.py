"""Real sending: mail over SMTP, webhooks over http, in order, once, again after failures, and not for ever."""

import base64
import json
import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import override_settings
from django.utils import timezone
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.features.notices.targets import Stated, add, try_out
from rosterkeeper.features.publish.delivering import GIVE_UP, deliver
from rosterkeeper.features.publish.models import Delivery, DeliveryState, Event, Kind, Target
from rosterkeeper.features.publish.outbox import put
from rosterkeeper.features.publish.sending.ways import send
from rosterkeeper.oneroster.errors import RosterkeeperError
from tests.installation import Installation
from tests.unit.features.notices.conftest import Ends
from tests.unit.features.notices.mailbox import Mailbox

DOCS = Path(__file__).parents[4] / "docs" / "notices.md"
HOUR = timedelta(hours=1)

Receiver = Callable[[dict[str, str], bytes, float], bool]


def event(title: str = "north: the sync failed") -> Event:
    return Event(word="run.failed", title=title, lines=["The server did not answer."], code="source.timeout")


def webhook(server: HTTPServer) -> tuple[Target, str]:
    return add(Stated(name="hook", kind=Kind.WEBHOOK, address=server.url_for("/hook")))


def states() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("state", flat=True))


def receiver(secret: str) -> Receiver:
    """The sample receiver as the docs print it."""
    code = re.search(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert code
    made: dict[str, Any] = {}
    exec(code[1], made)
    accepts: Receiver = made["Receiver"](secret).accepts
    return accepts


def test_a_failed_run_reaches_everybody_by_mail_with_code_next_step_and_link(
    mailbox: Mailbox, team: Target, ends: Ends
) -> None:
    run = ends(Outcome.FAILED, "source.timeout")
    assert deliver(send) == 1
    assert deliver(send) == 0
    message = mailbox.messages[0]
    assert message["Subject"] == "Rosterkeeper: north: the sync failed"
    assert mailbox.recipients == ["it@example.org", "ops@example.org"]
    text = message.get_payload(decode=True)
    assert isinstance(text, bytes)
    for part in ("source.timeout", "Next step: Do this.", f"https://roster.example.org/runs/{run.pk}/"):
        assert part in text.decode()


def test_people_read_notices_in_the_language_of_the_installation_and_programs_in_english(
    mailbox: Mailbox, team: Target, ends: Ends, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/hook").respond_with_data("")
    with override_settings(ROSTER_NOTICE_LANGUAGE="es", ROSTER_ALLOWED_HOSTS=("127.0.0.1", "localhost")):
        webhook(httpserver)
        ends(Outcome.HELD, "hold.remove_percent")
        assert deliver(send) == 2
    message = mailbox.messages[0]
    assert str(make_header(decode_header(message["Subject"]))) == "Rosterkeeper: north: un cambio espera aprobación"
    text = message.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert "No se cambió nada." in text.decode()
    assert json.loads(httpserver.log[0][0].data)["title"] == "north: a change waits for approval"


def test_mail_that_is_refused_is_tried_again_later_and_its_fault_is_told_without_addresses(
    mailbox: Mailbox, team: Target
) -> None:
    put(event(), [team])
    mailbox.refuses = True
    assert deliver(send) == 0
    waiting = Delivery.objects.get()
    assert (waiting.state, waiting.code) == (DeliveryState.WAITING, "notice.mail_recipient")
    assert "@" not in waiting.what + waiting.todo
    assert deliver(send) == 0, "it is not tried at once"
    mailbox.refuses = False
    assert deliver(send, now=lambda: timezone.now() + HOUR) == 1


def test_without_a_mail_server_a_trial_says_what_to_set(here: Installation, team: Target) -> None:
    try_out(team)
    deliver(send)
    tried = Delivery.objects.get()
    assert (tried.state, tried.code) == (DeliveryState.GIVEN_UP, "notice.no_mail_server")
    assert "ROSTERKEEPER_SMTP_HOST" in tried.todo


def test_a_webhook_is_signed_so_that_the_documented_receiver_refuses_what_is_altered_old_or_repeated(
    here: Installation, httpserver: HTTPServer
) -> None:
    target, secret = webhook(httpserver)
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    httpserver.expect_request("/hook", method="POST").respond_with_data("")
    put(event(), [target])
    assert deliver(send) == 1
    request = httpserver.log[0][0]
    headers, body = dict(request.headers.items()), request.get_data()
    now = timezone.now().timestamp()
    accepts = receiver(secret)
    assert not accepts(headers, body.replace(b"failed", b"passed"), now)
    assert not accepts(headers, body, now + 301)
    assert accepts(headers, body, now)
    assert not accepts(headers, body, now)


def test_a_receiver_that_was_down_for_a_day_gets_everything_once_and_in_order(
    here: Installation, httpserver: HTTPServer
) -> None:
    target, _ = webhook(httpserver)
    taken: list[str] = []
    down = True

    def answer(request: Request) -> Response:
        if not down:
            taken.append(request.headers["webhook-id"])
        return Response(status=503 if down else 204)

    httpserver.expect_request("/hook").respond_with_handler(answer)
    made = [put(event(f"number {number}"), [target]) for number in range(3)]
    now = timezone.now()
    for hour in range(24):
        _deliver_at(now + hour * HOUR)
    assert states() == [DeliveryState.WAITING] * 3
    down = False
    for _ in range(4):
        _deliver_at(now + 26 * HOUR)
    assert taken == [f"event-{each.pk}" for each in made]
    assert states() == [DeliveryState.SENT] * 3


def _deliver_at(moment: datetime) -> None:
    deliver(send, now=lambda: moment)


def test_what_cannot_be_told_for_days_is_given_up_and_lets_the_next_through(here: Installation, team: Target) -> None:
    old = put(event(), [team])
    put(event("number two"), [team])
    later = timezone.now() + GIVE_UP + HOUR
    Event.objects.exclude(id=old.pk).update(at=later)

    def refuse(_: Delivery) -> None:
        raise RosterkeeperError("notice.unreachable", "The receiver cannot be reached.", todo="Wait.")

    deliver(refuse, now=lambda: later)
    assert states() == [DeliveryState.GIVEN_UP, DeliveryState.WAITING]
    assert deliver(lambda _: None, now=lambda: later) == 1


def test_of_several_workers_one_sends(opened: Installation) -> None:
    target, _ = add(Stated(name="team", kind=Kind.EMAIL, address="it@example.org"))
    put(event(), [target])
    sent: list[int] = []
    begin = threading.Barrier(4)

    def work() -> None:
        begin.wait()
        deliver(lambda delivery: sent.append(delivery.pk))
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert len(sent) == 1
    assert states() == [DeliveryState.SENT]


def test_a_web_address_in_a_private_network_is_not_called_unless_it_was_allowed(
    sqlite: Installation, httpserver: HTTPServer
) -> None:
    closed = Installation(sqlite.data_dir, more={"ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS": ""})
    httpserver.expect_request("/hook").respond_with_data("")
    with closed.in_process():
        target, _ = webhook(httpserver)
        try_out(target)
        deliver(send)
        assert Delivery.objects.get().code == "notice.private_address"
    assert httpserver.log == []


@pytest.mark.parametrize(("kind", "part"), [(Kind.TEAMS, "AdaptiveCard"), (Kind.SLACK, '"mrkdwn"')])
def test_a_chat_gets_the_shape_that_it_takes(here: Installation, httpserver: HTTPServer, kind: Kind, part: str) -> None:
    httpserver.expect_request("/chat", method="POST").respond_with_data("ok")
    target, _ = add(Stated(name="chat", kind=kind, address=httpserver.url_for("/chat")))
    put(event("a <b> & c"), [target])
    assert deliver(send) == 1
    assert part in httpserver.log[0][0].get_data(as_text=True)


def test_addresses_and_secrets_are_not_legible_in_the_database(here: Installation, httpserver: HTTPServer) -> None:
    target, secret = webhook(httpserver)
    row = Target.objects.get(id=target.pk)
    assert "/hook" not in row.address
    assert secret not in row.secret
