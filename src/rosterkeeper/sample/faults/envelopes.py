"""Faults of the answer around the records: no wrapper, another wrapper, no collection, no JSON, JSON without end."""

from dataclasses import replace
from typing import Final

import msgspec

from rosterkeeper.sample.answers import Answer, Asked
from rosterkeeper.sample.faults.play import Fault, Go, Turn, opened, with_headers, without


def bare_list(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """The records without their wrapper."""
    answer = go(asked)
    found = opened(answer)
    return replace(answer, body=msgspec.json.encode(found[1])) if found else answer


def data_wrapper(asked: Asked, go: Go, turn: Turn) -> Answer:
    """The records under another name."""
    answer = go(asked)
    found = opened(answer)
    return replace(answer, body=msgspec.json.encode({turn.value: found[1]})) if found else answer


def single_object(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """One record without the brackets of its list, where the page has one."""
    answer = go(asked)
    found = opened(answer)
    if found is None or len(found[1]) != 1:
        return answer
    return replace(answer, body=msgspec.json.encode({found[0]: found[1][0]}))


def no_collection(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """200 and JSON, without the collection."""
    return replace(go(asked), status=200, body=b'{"status":1,"message":"ok"}')


def null_collection(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """200 and the collection's name, with null for its records."""
    answer = go(asked)
    found = opened(answer)
    return replace(answer, body=b'{"%s":null}' % found[0].encode()) if found else answer


def failure_as_success(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """200 with the words of a failure."""
    body = msgspec.json.encode({"imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_description": "no"})
    return without(replace(go(asked), status=200, body=body), "X-Total-Count", "X-Count", "Link")


def page_of_html(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """200 with a page to sign in."""
    return Answer(200, b"<!doctype html><title>Sign in</title>", {"Content-Type": "text/html"})


def count_lies(asked: Asked, go: Go, turn: Turn) -> Answer:
    """Fewer rows than x-count says, as an answer that was cut and mended has."""
    answer = go(asked)
    found = opened(answer)
    if found is None:
        return answer
    body = msgspec.json.encode({found[0]: found[1][: max(0, len(found[1]) - turn.amount)]})
    counted = with_headers(without(answer, "X-Total-Count", "Link"), {"X-Count": str(len(found[1]))})
    return replace(counted, body=body)


def deep(asked: Asked, go: Go, turn: Turn) -> Answer:
    """JSON nested so many levels deep."""
    return replace(go(asked), status=200, body=b'{"users":' + b"[" * turn.amount + b"]" * turn.amount + b"}")


def marked(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """A byte order mark before the JSON."""
    answer = go(asked)
    return replace(answer, body=b"\xef\xbb\xbf" + answer.body)


FAULTS: Final = (
    Fault("bare-list", ("envelope-variants",), "leaves out the wrapper", bare_list),
    Fault("data-wrapper", ("envelope-variants",), "wraps the records under that name", data_wrapper, "data"),
    Fault("single-object", ("envelope-variants",), "leaves out the brackets around one record", single_object),
    Fault("no-collection", ("envelope-by-type", "success-shaped-failure"), "200 without the collection", no_collection),
    Fault("null-collection", ("success-shaped-failure",), "200 with null for the collection", null_collection),
    Fault("failure-200", ("success-shaped-failure",), "200 with a failure in it", failure_as_success),
    Fault("html-200", ("success-shaped-failure",), "200 with a page to sign in", page_of_html),
    Fault("count-lies", ("success-shaped-failure",), "so many rows fewer than x-count says, no total", count_lies, "1"),
    Fault("deep", (), "JSON nested so many levels deep", deep, "10000"),
    Fault("byte-order-mark", (), "a byte order mark before the JSON", marked),
)
