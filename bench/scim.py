"""SCIM over a large directory: accounts pushed one after the other, looked up and changed, as identity providers do.

Runs in a process of its own over the installation that the environment names: `python -m bench.scim --posts 10000`. It
asks through Django's client, so that the network and the web server are not in the figures; prints JSON.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from bench.ground import Installation
from bench.measure import run
from bench.report import Figure, Report

POSTS = 10_000
POST_MILLISECONDS, LOOK_UP_MILLISECONDS = 50, 50
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
# Requests of one token, so that the limit of how many a token may send is not what is measured.
_OF_A_TOKEN = 800
# Of those that were made, so many are looked up and changed.
_LOOKED_UP = 500

# Sends a body and gives the answer's.
Send = Callable[[str, str, object], bytes]


@dataclass(frozen=True, slots=True)
class Taken:
    """What requests of one kind took, in milliseconds; ``seconds`` all together, ``processor`` the median of it."""

    what: str
    many: int
    seconds: float
    median: float
    processor: float
    worst_of_hundred: float


def measure(report: Report, installation: Installation, kind: str, posts: int = POSTS) -> None:
    """Push so many accounts into the directory that is there."""
    told = run([sys.executable, "-m", "bench.scim", "--posts", str(posts)], installation.environment).output
    for each in json.loads(told.strip().splitlines()[-1]):
        limit = POST_MILLISECONDS if each["what"] == "create" else LOOK_UP_MILLISECONDS
        note = f"{each['many']:,} in {each['seconds']:.1f} s; {each['processor']:.0f} ms of processor"
        report.add(Figure(f"SCIM {each['what']}, {kind}", each["median"], "ms", limit, note=note))


def main() -> int:
    """Push, look up, change, and print what each took."""
    parser = argparse.ArgumentParser(prog="python -m bench.scim")
    parser.add_argument("--posts", type=int, default=POSTS)
    posts = parser.parse_args().posts
    os.environ["DJANGO_SETTINGS_MODULE"] = "rosterkeeper.service.settings"
    import django  # noqa: PLC0415

    django.setup()
    from rosterkeeper.features.connections.models import District  # noqa: PLC0415 -- models are not ready earlier

    send = _sender(District.objects.order_by("id")[0].pk)
    made: list[str] = []

    def create(place: int) -> None:
        answer = send("POST", "/Users", _user(place))
        made.append(json.loads(answer)["id"])

    def look_up(place: int) -> None:
        # This is how providers find out whether they are to create or to change.
        send("GET", f'/Users?filter=userName+eq+"{_name(place)}"', None)

    def change(place: int) -> None:
        operation = {"op": "replace", "path": "name.familyName", "value": f"Changed {place}"}
        send("PATCH", f"/Users/{made[place]}", {"schemas": [_PATCH], "Operations": [operation]})

    few = min(_LOOKED_UP, posts)
    taken = [_timed("create", create, posts), _timed("look-up", look_up, few), _timed("change", change, few)]
    print(json.dumps([asdict(each) for each in taken]))
    return 0


def _sender(district: int) -> Send:
    from django.test import Client  # noqa: PLC0415 -- Django is not ready earlier

    from rosterkeeper.features.scim import tokens  # noqa: PLC0415

    def given() -> Iterator[str]:
        while True:
            _, text = tokens.make(district, "bench")
            yield from [text] * _OF_A_TOKEN

    texts, client = given(), Client()

    def send(method: str, path: str, body: object) -> bytes:
        answer = client.generic(
            method,
            f"/scim/v2/{district}{path}",
            "" if body is None else json.dumps(body),
            content_type="application/scim+json",
            headers={"host": "localhost", "authorization": f"Bearer {next(texts)}"},
        )
        if answer.status_code not in (200, 201, 204):
            raise SystemExit(f"{method} {path.partition('?')[0]} answered {answer.status_code}")
        content: bytes = answer.content
        return content

    return send


def _timed(what: str, ask: Callable[[int], None], many: int) -> Taken:
    took, worked = [], []
    for place in range(many):
        began, busy = time.perf_counter(), time.thread_time()
        ask(place)
        took.append((time.perf_counter() - began) * 1000)
        worked.append((time.thread_time() - busy) * 1000)
    worst = statistics.quantiles(took, n=100)[-1] if many > 1 else took[0]
    return Taken(what, many, sum(took) / 1000, statistics.median(took), statistics.median(worked), worst)


def _name(place: int) -> str:
    return f"pushed{place}@bench.example"


def _user(place: int) -> dict[str, object]:
    return {
        "schemas": [_USER],
        "userName": _name(place),
        "externalId": f"pushed-{place}",
        "active": True,
        "name": {"givenName": f"Given {place % 997}", "familyName": f"Family {place % 9973}"},
        "emails": [{"value": _name(place), "type": "work", "primary": True}],
    }


if __name__ == "__main__":
    sys.exit(main())
