"""A sync by hand in school hours: warned of wherever it can be asked for, and forbidden nowhere."""

from datetime import time

import pytest
from django.utils import timezone

from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.features.runs import orders
from rosterkeeper.features.schedules.schedule import DAYS, Schedule, SchoolHours
from rosterkeeper.features.schedules.workflow import set_schedule
from tests.pages.site import Site, text_of

ALWAYS = SchoolHours(days=DAYS, opens=time.min, closes=time.max)
NEVER = SchoolHours(days=())


def _at_school(site: Site, hours: SchoolHours) -> None:
    set_schedule(site.connection(), Schedule(school=hours), now=timezone.now())


@pytest.mark.covers("L09")
@pytest.mark.parametrize("address", ["/", "/connections/", "/connections/{number}/"])
def test_a_sync_in_school_hours_is_warned_of_and_offered_all_the_same(synced: Site, address: str) -> None:
    address = address.format(number=synced.connection().pk)

    _at_school(synced, ALWAYS)
    warned = text_of(synced.administrator.get(address))
    _at_school(synced, NEVER)
    calm = text_of(synced.administrator.get(address))

    assert "It is school hours now." in warned
    assert "Sync now all the same" in warned
    assert "school hours now" not in calm
    assert "all the same" not in calm


@pytest.mark.covers("L09")
def test_a_sync_in_school_hours_is_ordered_at_once(synced: Site) -> None:
    _at_school(synced, ALWAYS)

    synced.signed_in(Role.MANAGER).post(f"/connections/{synced.connection().pk}/sync/")

    assert [order.action for order in orders.open_orders(synced.connection().pk)] == ["sync"]


@pytest.mark.covers("L09")
def test_a_viewer_who_cannot_sync_is_not_warned(synced: Site) -> None:
    _at_school(synced, ALWAYS)

    page = text_of(synced.signed_in(Role.VIEWER).get(f"/connections/{synced.connection().pk}/"))

    assert "school hours now" not in page
