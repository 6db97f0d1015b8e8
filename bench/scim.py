"""SCIM over a large directory: accounts pushed one after the other, looked up and changed, as identity providers do.

Runs in a process of its own over the installation that the environment names: `python -m bench.scim 10000`. It
asks through Django's client, so that the network and the web server are not in the figures; prints JSON.
"""

import json
import sys
from collections.abc import Callable, Iterator

from bench.ground import Installation
from bench.inside import Watch, enter
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


def measure(report: Report, installation: Installation, kind: str, posts: int = POSTS) -> None:
    """Push so many accounts into the directory that is there."""
    for each in installation.inside("bench.scim", str(posts)):
        limit = POST_MILLISECONDS if each["what"] == "create" else LOOK_UP_MILLISECONDS
        note = f"{each['many']:,} in {each['seconds']:.1f} s; {each['processor']:.0f} ms of processor"
        report.add(Figure(f"SCIM {each['what']}, {kind}", each["median"], "ms", limit, note=note))


def main() -> int:
    """Push, look up, change, and print what each took."""
    posts = int(sys.argv[1])
    enter()
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
    print(json.dumps([_timed("create", create, posts), _timed("look-up", look_up, few), _timed("change", change, few)]))
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


def _timed(what: str, ask: Callable[[int], None], many: int) -> dict[str, str | float]:
    watch = Watch(what)
    for place in range(many):
        with watch.running():
            ask(place)
    return watch.told()


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
