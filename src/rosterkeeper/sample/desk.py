"""Answers requests from a library: routes, pages, headers. It knows nothing of sockets."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import unquote, urlencode

import msgspec

from rosterkeeper.oneroster.fields import V1P1, V1P2
from rosterkeeper.sample.answers import JSON, Answer, Asked, refusal, warning
from rosterkeeper.sample.gate import Gate
from rosterkeeper.sample.query import BadQuery, Query, choose, known_fields, read_query
from rosterkeeper.sample.shelf import VIEWS, Library, Shelf, View

BASE_PATHS: Final = {V1P1: "/ims/oneroster/v1p1", V1P2: "/ims/oneroster/rostering/v1p2"}
TOKEN_PATH: Final = "/token"  # noqa: S105 - a path
_SELECTION_SAYS: Final = "A field of the selection is not known; all fields are given."


class Desk:
    """Answers for one version of the service."""

    def __init__(self, version: str, gate: Gate, page_cap: int) -> None:
        self._version = version
        self._gate = gate
        self._page_cap = page_cap

    def answer(self, asked: Asked, library: Library) -> Answer:
        """The answer to a request, its media type included."""
        answer = self._answer(asked, library)
        answer.headers.setdefault("Content-Type", JSON)
        if answer.status == 401:
            answer.headers.setdefault("WWW-Authenticate", 'Bearer realm="sample"')
        return answer

    def _answer(self, asked: Asked, library: Library) -> Answer:
        if asked.path == TOKEN_PATH:
            return self._token(asked)
        if not self._gate.admits(asked):
            return refusal(self._version, "unauthorized", "The credentials are missing or wrong.")
        if asked.method != "GET":
            return refusal(self._version, "not_allowed", "This service is read only.")
        return self._read(asked, library)

    def _read(self, asked: Asked, library: Library) -> Answer:
        base, path = BASE_PATHS[self._version] + "/", asked.path
        name, _, sourced_id = path.removeprefix(base).partition("/")
        view = VIEWS.get(name)
        if not path.startswith(base) or view is None:
            return refusal(self._version, "unknown", "There is no such endpoint.")
        try:
            query = read_query(dict(asked.parameters), self._page_cap)
            if sourced_id:
                return self._one(library, view, unquote(sourced_id), query)
            return self._many(asked, library, view, query)
        except BadQuery as fault:
            return refusal(self._version, fault.minor, f"The parameter {fault.field} cannot be answered.")

    def _token(self, asked: Asked) -> Answer:
        if asked.method != "POST":
            return refusal(self._version, "not_allowed", "Tokens are asked for by POST.")
        answer = self._gate.token(asked)
        return answer or refusal(self._version, "unknown", "This service gives no tokens.")

    def _one(self, library: Library, view: View, sourced_id: str, query: Query) -> Answer:
        shelf = library.shelves[view.entity]
        place = shelf.places.get(sourced_id)
        if place is None or (view.tags and not set(view.tags) & set(shelf.tags[place])):
            return refusal(self._version, "unknown", "There is no such record.")
        bodies, told = self._bodies(shelf, view, [place], query)
        return Answer(200, b'{"%s":%s%s}' % (view.single.encode(), bodies[0], told))

    def _many(self, asked: Asked, library: Library, view: View, query: Query) -> Answer:
        chosen = choose(library, view, query)
        shelf = library.shelves[view.entity]
        bodies, told = self._bodies(shelf, view, chosen[query.offset : query.offset + query.limit], query)
        body = b'{"%s":[%s]%s}' % (view.wrapper.encode(), b",".join(bodies), told)
        headers = {"X-Total-Count": str(len(chosen)), "X-Count": str(len(bodies))}
        if link := _links(asked, query, len(chosen)):
            headers["Link"] = link
        return Answer(200, body, headers)

    def _bodies(self, shelf: Shelf, view: View, places: Sequence[int], query: Query) -> tuple[list[bytes], bytes]:
        """The records' JSON, with the selected fields alone, and a warning to stand beside it, mostly empty."""
        if not query.fields:
            if isinstance(places, range):
                return shelf.bodies[places.start : places.stop], b""
            return [shelf.bodies[place] for place in places], b""
        if set(query.fields) - known_fields(view.entity):
            bodies, _ = self._bodies(shelf, view, places, replace(query, fields=()))
            return bodies, warning("invalid_selection_field", _SELECTION_SAYS) if self._version == V1P1 else b""
        selected: list[bytes] = []
        for place in places:
            record = shelf.decoded(place)
            selected.append(msgspec.json.encode({name: record[name] for name in query.fields if name in record}))
        return selected, b""


def _links(asked: Asked, query: Query, total: int) -> str:
    """The Link header: the relations that exist, as absolute URLs with all other parameters as they were."""
    last = max(0, (total - 1) // query.limit * query.limit)
    relations = {"first": 0, "last": last}
    if query.offset + query.limit < total:
        relations = {"next": query.offset + query.limit, **relations}
    if query.offset > 0:
        relations["prev"] = max(0, query.offset - query.limit)
    page = asked.url.partition("?")[0]
    links = []
    for relation, offset in relations.items():
        parameters = {**asked.parameters, "limit": str(query.limit), "offset": str(offset)}
        links.append(f'<{page}?{urlencode(parameters)}>; rel="{relation}"')
    return ", ".join(links)
