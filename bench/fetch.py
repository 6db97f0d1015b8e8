"""Fetching over REST against reading the same bytes and decoding them, in the same run.

As a module, `python -m bench.fetch WHAT URL FOLDER` does one of the two and prints its figures.
"""

import http.client
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from bench.ground import Ground
from bench.measure import module
from bench.report import Figure, Report
from bench.rival import DISTRICT, PAGE, served
from rosterkeeper.oneroster.fields import ENTITIES
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.http.allowed import Allowed
from rosterkeeper.sources.http.reach import Reach
from rosterkeeper.sources.oneroster import urls
from rosterkeeper.sources.oneroster.records import shape
from rosterkeeper.sources.oneroster.service import Setup
from rosterkeeper.sources.oneroster.source import OneRosterServer
from rosterkeeper.sources.spec import OneRosterSpec

MOST_TIMES = 1.5
LATENCY = 0.2
_TRIES = 5
_SLOW_TRIES = 3
_SECRET = "sample-secret"


def measure(ground: Ground, report: Report) -> None:
    """The fetch over its floor from a quick server, and what is left of it beside waiting from a slow one."""
    package = ground.package(DISTRICT)
    with served(package) as url:
        # In turn, so that a busy minute of the machine falls on both.
        tries = [
            [module("bench.fetch", what, url, str(ground.work)) for what in ("floor", "fetch")] for _ in range(_TRIES)
        ]
    floor, fetched = (min(figures, key=lambda each: each["seconds"]) for figures in zip(*tries, strict=True))
    size = floor["bytes"] / 1e6
    report.add(Figure("fetched over REST", fetched["records"], "records"))
    note = f"{_words(fetched)}; reading and decoding {size:.0f} MB {_words(floor)}"
    report.add(
        Figure("fetch over its floor", fetched["seconds"] / floor["seconds"], "× the floor", MOST_TIMES, note=note)
    )
    report.add(Figure("fetch, memory", fetched["peak"] / 1e6, "MB", note="of the process, the scratch database's too"))
    with served(package, "--faults", f"slow={LATENCY * 1000:.0f}") as url:
        # Once for nothing: the server makes a page when it is first asked for it.
        module("bench.fetch", "floor", url, str(ground.work))
        slow = min(module("bench.fetch", "fetch", url, str(ground.work))["seconds"] for _ in range(_SLOW_TRIES))
    waits = floor["rounds"] * LATENCY
    beside = (slow - waits) / floor["seconds"]
    note = (
        f"{slow:.2f} s; the floor is {waits:.1f} s for the {floor['rounds']:.0f} waits that there must be, and reading"
        f" and decoding; without the waits {beside:.2f} × the floor"
    )
    ratio = slow / (waits + floor["seconds"])
    report.add(Figure("fetch with 200 ms of latency", ratio, "× the floor", MOST_TIMES, note=note))


def _words(figures: dict[str, float]) -> str:
    """The times in words; processor time tells a slow program from a busy machine."""
    return f"{figures['seconds']:.2f} s, {figures['cpu']:.2f} s of processor"


def floor_figures(url: str, _: Path) -> dict[str, float]:
    """Every page over one connection, decoded to typed records and let go; ``rounds``: the waits of four lanes."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    headers = {"Authorization": f"Bearer {_SECRET}"}
    shapes = [shape(entity) for entity in ENTITIES if not entity.nested]
    began, worked = time.perf_counter(), time.process_time()
    size = asked = 0
    for each in shapes:
        offset, total, pages = 0, 1, 0
        while offset < total:
            target = urls.page_address(f"/ims/oneroster/v1p1/{each.entity.name}", offset, PAGE)
            connection.request("GET", target, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            each.decoder.decode(body)
            total = int(answer.headers["X-Total-Count"])
            size, offset, pages = size + len(body), offset + PAGE, pages + 1
        # With a look behind an only page.
        asked += pages + (pages == 1 and total >= 100)
    cpu = time.process_time() - worked
    return {"seconds": time.perf_counter() - began, "cpu": cpu, "bytes": size, "rounds": -(-asked // 4)}


def fetch_figures(url: str, folder: Path) -> dict[str, float]:
    """The REST source's fetch into a scratch database."""
    spec = OneRosterSpec(url=f"{url}/ims/oneroster/v1p1", auth="bearer", secret=_SECRET, page_size=PAGE)
    source = OneRosterServer(spec, Setup(reach=Reach(Allowed.of(["127.0.0.1"]))))
    with Scratch(folder / "fetch") as scratch:
        began, worked = time.perf_counter(), time.process_time()
        fetched = source.fetch(scratch, _Quiet())
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    records = sum(each.rows for each in fetched.collections.values())
    return {"seconds": seconds, "cpu": cpu, "records": records, "peak": _peak()}


class _Quiet:
    """A watch that nobody looks at."""

    def progress(self, step: str, what: str, done: int, total: int | None) -> None:
        """Nothing."""

    def check(self) -> None:
        """Nothing."""


def _peak() -> int:
    """The most resident memory that this process had, in bytes; 0 where it cannot be told."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


_FIGURES: dict[str, Callable[[str, Path], dict[str, float]]] = {"floor": floor_figures, "fetch": fetch_figures}


if __name__ == "__main__":
    print(json.dumps(_FIGURES[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))))
