"""What a run has no use for is not asked of a server, and so never leaves it."""

from pathlib import Path

import pytest

from rosterkeeper.oneroster.fields import BY_NAME, CORE, DEMOGRAPHICS
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Since, raw_table
from rosterkeeper.sources.oneroster.service import Setup
from rosterkeeper.sources.oneroster.source import OneRosterServer
from rosterkeeper.sources.spec import OneRosterSpec
from tests.unit.engine.tables import Quiet
from tests.unit.sources.http.servers import HERE, HeldClock
from tests.unit.sources.oneroster.services import OneRoster, district, running


@pytest.mark.parametrize(
    "unread", [{DEMOGRAPHICS.name}, {DEMOGRAPHICS.name, *(entity.name for entity in CORE if entity.name != "orgs")}]
)
def test_a_collection_that_is_not_wanted_is_not_asked_for(unread: set[str], tmp_path: Path) -> None:
    with running(OneRoster("1.1", district("1.1"))) as server, Scratch(tmp_path / "scratch") as scratch:
        spec = OneRosterSpec(url=server.url, secret="static-bearer", auth="bearer", version="1.1")
        setup = Setup(pace=HeldClock().pace(), reach=HERE, since=Since(unread=frozenset(unread)))
        fetched = OneRosterServer(spec, setup).fetch(scratch, Quiet())
        asked = {each.path.rpartition("/")[2] for each in server.asked}
        assert unread.isdisjoint({*fetched.collections, *asked})
        assert "orgs" in fetched.collections
        assert not any(scratch.has_table(raw_table(BY_NAME[name])) for name in unread)
