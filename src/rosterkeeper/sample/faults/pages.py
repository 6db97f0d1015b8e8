"""Faults of paging: what a collection's pages leave out, repeat, miscount or never end."""

import base64
from typing import Final
from urllib.parse import urlencode

from rosterkeeper.sample.answers import Answer, Asked
from rosterkeeper.sample.faults.play import Fault, Go, Turn, asking, closed, number, opened, with_headers, without

_TOTALS: Final = ("X-Total-Count", "X-Count", "X-Returned-Count", "Link")


def _limit(asked: Asked) -> int:
    return number(asked, "limit", 100)


def _offset(asked: Asked) -> int:
    return number(asked, "offset", 0)


def _total(answer: Answer) -> int:
    return int(answer.headers.get("X-Total-Count", "0"))


def clamp(asked: Asked, go: Go, turn: Turn) -> Answer:
    """Give at most so many rows, whatever the request asks for."""
    return go(asking(asked, limit=str(min(_limit(asked), turn.amount))))


def clamp_at_will(asked: Asked, go: Go, turn: Turn) -> Answer:
    """Give another number of rows on each page, never more than asked for."""
    return go(asking(asked, limit=str(turn.chance.randint(1, min(_limit(asked), turn.amount)))))


def no_total(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """Say neither how many rows there are nor where the next page is."""
    return without(go(asked), *_TOTALS)


def no_link(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """Say how many rows there are, but not where the next page is."""
    return without(go(asked), "Link")


def returned_count(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """Count the rows of the page alone, in a header of another name."""
    answer = go(asked)
    count = answer.headers.get("X-Count", "0")
    return with_headers(without(answer, *_TOTALS), {"x-returned-count": count})


def total_of_page(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """Call the rows of the page the total."""
    answer = without(go(asked), "Link")
    return with_headers(answer, {"X-Total-Count": answer.headers.get("X-Count", "0")})


def total_moves(asked: Asked, go: Go, turn: Turn) -> Answer:
    """Another total on each page."""
    answer = go(asked)
    return with_headers(answer, {"X-Total-Count": str(_total(answer) + turn.number)})


def total_off(asked: Asked, go: Go, turn: Turn) -> Answer:
    """A total that is wrong by the value, on every page the same."""
    answer = without(go(asked), "Link")
    return with_headers(answer, {"X-Total-Count": str(max(0, _total(answer) + turn.amount))})


def repeat_page(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """The page before, once more."""
    return go(asking(asked, offset=str(max(0, _offset(asked) - _limit(asked)))))


def skip_page(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """From the second page on, the page after the one that was asked for."""
    return go(asking(asked, offset=str(_offset(asked) + _limit(asked)))) if _offset(asked) else go(asked)


def overlap(asked: Asked, go: Go, turn: Turn) -> Answer:
    """Pages that begin with rows of the page before, as when rows are added meanwhile."""
    return go(asking(asked, offset=str(max(0, _offset(asked) - turn.amount))))


def unstable_order(asked: Asked, go: Go, turn: Turn) -> Answer:
    """Another order on each page, whatever sort asks for: rows stand on two pages or on none."""
    found = opened(go(asking(asked, limit="1000000", offset="0")))
    answer = go(asked)
    if found is None:
        return answer
    name, rows = found
    turn.chance.shuffle(rows)
    return closed(answer, name, rows[_offset(asked) : _offset(asked) + _limit(asked)])


def order_ignored(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """An order of the server's own, always the same, whatever sort and orderBy ask for."""
    return go(asking(asked, sort=None, orderBy=None))


def offset_ignored(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """The first page for every offset."""
    return without(go(asking(asked, offset="0")), *_TOTALS)


def next_self(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """A next link that leads to the page it stands on."""
    return with_headers(without(go(asked), *_TOTALS), {"Link": f'<{asked.url}>; rel="next"'})


def next_bare(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """A Link header without angle brackets, and no total."""
    answer = go(asked)
    link = answer.headers.get("Link", "").replace("<", "").replace(">", "")
    return with_headers(without(answer, *_TOTALS), {"Link": link} if link else {})


def next_elsewhere(asked: Asked, go: Go, turn: Turn) -> Answer:
    """A next link that leads to another host, and no total."""
    answer = go(asked)
    link = answer.headers.get("Link", "").replace(asked.url.removesuffix(asked.target), turn.value)
    return with_headers(without(answer, *_TOTALS), {"Link": link} if link else {})


def endless(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """After the last page the first again, for ever, under new ids, and always a next link."""
    offset, limit = _offset(asked), _limit(asked)
    first = go(asking(asked, offset="0"))
    total = max(1, _total(first))
    found = opened(go(asking(asked, offset=str(offset % total))))
    if found is None:
        return first
    name, rows = found
    lap = offset // total
    answer = closed(first, name, [row | {"sourcedId": f"{row['sourcedId']}-{lap}"} for row in rows] if lap else rows)
    page = asked.url.partition("?")[0]
    query = urlencode({**asked.parameters, "offset": str(offset + limit)})
    return with_headers(without(answer, *_TOTALS), {"Link": f'<{page}?{query}>; rel="next"'})


def cursor(asked: Asked, go: Go, turn: Turn) -> Answer:
    """Pages by a cursor alone; the last link leads to an empty page."""
    word = asked.parameters.get("starting_after", "")
    offset = int(base64.urlsafe_b64decode(word)) if word else 0
    limit = min(_limit(asked), turn.amount)
    answer = go(asking(asked, limit=str(limit), offset=str(offset), starting_after=None))
    found = opened(answer)
    answer = without(answer, *_TOTALS)
    if found is None or not found[1]:
        return answer
    there = base64.urlsafe_b64encode(str(offset + len(found[1])).encode()).decode()
    query = urlencode({"limit": str(limit), "starting_after": there})
    return with_headers(answer, {"Link": f'<{asked.path}?{query}>; rel="next"'})


def headers_without_meaning(asked: Asked, go: Go, turn: Turn) -> Answer:  # noqa: ARG001 - a Layer's shape
    """Headers that no document explains, with nothing or nonsense in them."""
    strange = {"x-next-page-token": "", "x-modified": "", "x-endpoint": "/x", "x-host-name": "undefined"}
    return with_headers(go(asked), strange)


FAULTS: Final = (
    Fault("clamp", ("page-cap-clamp",), "gives at most so many rows a page", clamp, "500"),
    Fault("clamp-at-will", ("page-cap-clamp",), "gives a random number of rows, at most so many", clamp_at_will, "50"),
    Fault("no-total", ("missing-total",), "sends no totals, no counts and no Link", no_total),
    Fault("no-link", ("missing-total",), "sends totals but no Link", no_link),
    Fault("returned-count", ("missing-total",), "sends x-returned-count alone", returned_count),
    Fault("total-of-page", ("missing-total",), "calls the page's rows the total", total_of_page),
    Fault("total-moves", ("mid-pull-change",), "sends another total each time", total_moves),
    Fault("total-off", ("mid-pull-change",), "sends a total that is wrong by so many", total_off, "3"),
    Fault("repeat-page", ("infinite-next",), "gives the page before again", repeat_page),
    Fault("skip-page", ("unstable-order",), "leaves out a page", skip_page),
    Fault("overlap", ("unstable-order",), "begins a page with so many rows of the one before", overlap, "3"),
    Fault("unstable-order", ("unstable-order",), "orders each page anew", unstable_order),
    Fault("order-ignored", ("orderby-value",), "keeps its own order whatever is asked", order_ignored),
    Fault("offset-ignored", ("infinite-next",), "gives the first page for ever", offset_ignored),
    Fault("next-self", ("infinite-next",), "links a page to itself", next_self),
    Fault("next-bare", ("link-no-brackets",), "writes Link without angle brackets", next_bare),
    Fault(
        "next-elsewhere", ("cl-hrefs-other-host",), "links to another host", next_elsewhere, "http://test.example.com"
    ),
    Fault("endless", ("infinite-next",), "never ends: new ids, always a next link", endless),
    Fault("cursor", ("clever-cursor",), "pages by a cursor alone, so many rows at most", cursor, "50"),
    Fault("headers", ("cl-undocumented-headers",), "sends headers that nothing explains", headers_without_meaning),
)
