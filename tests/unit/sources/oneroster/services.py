"""A small OneRoster service of either version over real HTTP, with the habits that a test gives it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.unit.sources.http.servers import Asked, Reply, Server, serving

BASES = {"1.1": "/ims/oneroster/v1p1", "1.2": "/ims/oneroster/rostering/v1p2"}
Record = dict[str, object]


def ref(sourced_id: str, kind: str = "org") -> Record:
    """A reference as servers send it; the href leads elsewhere and must not be followed."""
    return {"href": f"https://elsewhere.example/{sourced_id}", "sourcedId": sourced_id, "type": kind}


def _record(sourced_id: str, **more: object) -> Record:
    dated = {"status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z"}
    return {"sourcedId": sourced_id, **dated, **more}


def _person(version: str, sourced_id: str, role: str, schools: list[str], **more: object) -> Record:
    if version == "1.1":
        own: Record = {"role": role, "orgs": [ref(school) for school in schools]}
    else:
        own = {"roles": [{"roleType": "primary", "role": role, "org": ref(school)} for school in schools]}
    names = {"username": f"{sourced_id}@example.org", "givenName": "Zoë", "familyName": "O'Neil-Łuk"}
    return _record(sourced_id, enabledUser="true", password="never-land-this", **names, **own, **more)


def district(version: str) -> dict[str, list[Record]]:
    """The same small district as either version says it."""
    term, school = ref("t1", "academicSession"), ref("s1")
    in_class = {"class": ref("k1", "class")}
    return {
        "orgs": [
            _record("d1", name="Elm County", type="district", identifier="D"),
            _record("s1", name="Elm High", type="school", parent=ref("d1")),
            _record("s2", name="Oak Middle", type="school", parent=ref("d1"), metadata={"b": "2", "a": "1"}),
        ],
        "academicSessions": [
            _record("t1", title="Fall", type="term", startDate="2026-08-01", endDate="2027-01-15", schoolYear="2027")
        ],
        "courses": [_record("c1", title="Algebra", courseCode="MA1", org=school, grades=["09"], schoolYear=term)],
        "classes": [
            _record(
                "k1",
                title="Algebra 1",
                classType="scheduled",
                course=ref("c1", "course"),
                school=school,
                terms=[term],
                subjects=["Math"],
                periods=["1", "2"],
            )
        ],
        "users": [
            _person(version, "u1", "teacher", ["s1", "s2"]),
            _person(version, "u2", "student", ["s1"], grades=["09"], agents=[ref("u3", "user")]),
            _person(
                version, "u3", "parent", ["s1"], agents=[ref("u2", "user")], userIds=[{"type": "F", "identifier": "1"}]
            ),
        ],
        "demographics": [_record("u2", birthDate="2012-02-03", sex="female", white="true")],
        "enrollments": [
            _record(
                "e1",
                user=ref("u1", "user"),
                **in_class,
                school=school,
                role="teacher",
                primary="true",
            ),
            _record("e2", user=ref("u2", "user"), **in_class, school=school, role="student"),
        ],
    }


@dataclass
class OneRoster:
    """What the service holds and how it behaves; ``statuses`` answers a collection with an error instead."""

    version: str
    held: dict[str, list[Record]]
    cap: int = 10_000
    proof: str = "total"
    bearer: str = "static-bearer"
    statuses: Mapping[str, int] = field(default_factory=dict)
    bodies: Mapping[str, bytes] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Reply:
        name = asked.path.removeprefix(BASES[self.version] + "/")
        if asked.headers.get("Authorization") != f"Bearer {self.bearer}":
            return Reply(401, b'{"private": "words of the server"}')
        if name not in self.held:
            return Reply(404, b'{"private": "words of the server"}')
        if name in self.statuses:
            return Reply(self.statuses[name], b'{"private": "words of the server"}')
        if name in self.bodies:
            return Reply(200, self.bodies[name])
        offset, limit = asked.number("offset"), min(asked.number("limit"), self.cap)
        rows = self.held[name][offset : offset + limit]
        return Reply(200, json.dumps({name: rows}).encode(), self._headers(asked, name, offset + len(rows)))

    def _headers(self, asked: Asked, name: str, after: int) -> dict[str, str]:
        if self.proof == "total":
            return {"X-Total-Count": str(len(self.held[name]))}
        if self.proof == "link":
            relation = "next" if after < len(self.held[name]) else "first"
            return {"Link": f'<{asked.path}?limit=2&offset={after}>; rel="{relation}"'}
        return {}


@contextmanager
def running(service: OneRoster) -> Iterator[Server]:
    """The service on a port of this machine."""
    with serving(service) as server:
        yield server
