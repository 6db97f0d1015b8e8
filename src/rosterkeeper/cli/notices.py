"""Commands about notices: who is told of what, a test, what was told, and one look from outside the worker."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

import sys
from typing import TYPE_CHECKING

import click

from rosterkeeper.cli.output import Json, as_json, give, tell, tell_table
from rosterkeeper.cli.session import database

if TYPE_CHECKING:
    from rosterkeeper.features.publish.models import Delivery, Target


@click.group()
def notices() -> None:
    """Who is told of failed, held and stale syncs, and what was told."""


@notices.command(name="list")
@as_json
def list_(as_json: bool) -> int:
    """List the targets."""
    with database():
        from rosterkeeper.features.notices import targets

        found = [_target(each, targets.where(each)) for each in targets.listed()]
    if as_json:
        give({"targets": found})
    elif found:
        head = ("name", "kind", "where", "words")
        tell_table(head, [(*(str(each[name]) for name in head[:3]), _words(each["words"])) for each in found])
    else:
        tell("There is no target. Next: rosterkeeper notices add NAME --kind email --address A")
    return 0


@notices.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(("email", "webhook", "teams", "slack")), required=True, help="How.")
@click.option("--address", required=True, help="E-mail addresses with commas between, or a web address; - reads it.")
@click.option("--only", "words", multiple=True, help="A kind of notice, such as run.failed; may be repeated.")
@click.option("--connection", "connections", multiple=True, help="A connection's name; may be repeated.")
@click.option("--district", default="", help="Whose target it is: it hears of that district alone.")
@as_json
def add(name: str, words: tuple[str, ...], connections: tuple[str, ...], as_json: bool, **options: str) -> int:
    """Add a target. A webhook's secret is printed now and never again."""
    kind, address, district = (options[each] for each in ("kind", "address", "district"))
    stated = sys.stdin.readline().strip() if address == "-" else address
    with database():
        from rosterkeeper.features.connections import districts
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.notices import targets
        from rosterkeeper.features.notices.kinds import known
        from rosterkeeper.features.publish.models import Kind

        meant = targets.Stated(
            name=name,
            kind=Kind(kind),
            address=stated,
            words=known(words),
            connections=[find(each).pk for each in connections],
            district=districts.find(district).pk if district else None,
        )
        made, secret = targets.add(meant)
        told = _target(made, targets.where(made))
    if as_json:
        give({**told, "secret": secret or None})
        return 0
    tell(f"The target {name} was added. Next: rosterkeeper notices test {name}")
    if secret:
        tell(f"Its receiver checks what is sent with this secret, which is not shown again: {secret}")
    return 0


@notices.command()
@click.argument("name")
@as_json
def remove(name: str, as_json: bool) -> int:
    """Remove a target, and what waits for it."""
    with database():
        from rosterkeeper.features.notices import targets

        targets.find(name).delete()
    if as_json:
        give({"target": name, "removed": True})
    else:
        tell(f"The target {name} was removed.")
    return 0


@notices.command()
@click.argument("name")
@as_json
def test(name: str, as_json: bool) -> int:
    """Send a test to a target, and tell what came of it."""
    with database():
        from rosterkeeper.features.notices import targets
        from rosterkeeper.features.publish.delivering import deliver_one
        from rosterkeeper.features.publish.sending.ways import send

        tried = deliver_one(targets.try_out(targets.find(name)), send)
    sent = tried.state == "sent"
    if as_json:
        give({"target": name, "ok": sent, "code": tried.code, "what": tried.what, "todo": tried.todo})
    else:
        tell(f"The test reached {name}." if sent else f"no  {tried.what} ({tried.code}) Next: {tried.todo}")
    return 0 if sent else 1


@notices.command()
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many.")
@as_json
def log(limit: int, as_json: bool) -> int:
    """List what was told, the newest first, and to whom."""
    with database():
        from rosterkeeper.features.publish.models import Event

        found = list(Event.objects.prefetch_related("deliveries__target").order_by("-id")[:limit])
        told: list[dict[str, Json]] = [
            {
                "id": each.pk,
                "at": each.at.isoformat(),
                "word": each.word,
                "title": each.title,
                "code": each.code,
                "connection": each.connection,
                "run": each.run_id,
                "deliveries": [_delivery(one) for one in each.deliveries.all()],
            }
            for each in found
        ]
    if as_json:
        give({"events": told})
    else:
        tell_table(("at", "word", "title"), [(str(each["at"]), str(each["word"]), str(each["title"])) for each in told])
    return 0


@notices.command()
@as_json
def send(as_json: bool) -> int:
    """Look at everything once and send what is due; for a machine's timer, to be told when no worker runs."""
    with database():
        from django.utils import timezone

        from rosterkeeper.features.notices import watching
        from rosterkeeper.service.noticing import carry

        watching.look_at_workers(timezone.now())
        sent = carry()
    if as_json:
        give({"sent": sent})
    else:
        tell(f"{sent} notices were sent.")
    return 0


def _target(target: "Target", where: str) -> dict[str, Json]:
    return {
        "name": target.name,
        "id": target.pk,
        "kind": target.kind,
        "where": where,
        "words": target.words,
        "connections": target.connections,
        "district": target.district,
    }


def _delivery(one: "Delivery") -> dict[str, Json]:
    return {"target": one.target.name, "state": one.state, "tries": one.tries, "code": one.code, "what": one.what}


def _words(words: Json) -> str:
    return ", ".join(map(str, words)) if isinstance(words, list) and words else "all"
