"""What a page says to who asks for a run while something goes on, and where no worker lives."""

import pytest
from django.utils import timezone

from rosterkeeper.features.runs import heartbeat
from rosterkeeper.features.runs.models import Order
from tests.pages.site import Site, text_of


def _ask(site: Site, what: str, **stated: str) -> str:
    address = f"/connections/{site.connection().pk}/{what}/"
    return text_of(site.administrator.post(address, stated, follow=True))


@pytest.mark.covers("N09")
def test_a_second_click_on_sync_now_leads_to_the_same_run_and_says_so(synced: Site) -> None:
    assert "already under way" not in _ask(synced, "sync")

    assert "A sync is already under way; this is it." in _ask(synced, "sync")
    assert "Sync Buildings was not started, because a sync is under way." in _ask(synced, "sync", only="buildings")
    assert "It begins when what is under way has ended." in _ask(synced, "preview")
    assert "A preview is already under way; this is it." in _ask(synced, "preview")

    assert Order.objects.count() == 2


def test_what_waits_without_a_worker_says_so_with_its_next_step(synced: Site) -> None:
    page = _ask(synced, "sync")
    assert "No worker is running." in page
    assert "<code>rosterkeeper worker</code>" in page
    assert "No worker is running." in _ask(synced, "preview")

    heartbeat.beat("host-1")

    assert "No worker is running." not in _ask(synced, "sync")


def test_a_preview_and_a_test_show_their_first_step_from_the_moment_they_begin(synced: Site) -> None:
    for what in ("preview", "test"):
        assert "fetch: beginning" not in _ask(synced, what)
        Order.objects.filter(action=what).update(begun_at=timezone.now())
        page = text_of(synced.administrator.get(f"/connections/{synced.connection().pk}/{what}/"))
        assert "fetch: beginning" in page


@pytest.mark.covers("M16")
def test_last_updated_tells_that_only_buildings_were_synced(synced: Site) -> None:
    number = synced.connection().pk
    pages = (f"/connections/{number}/", "/connections/", "/")
    assert not any("buildings only" in text_of(synced.administrator.get(page)) for page in pages)

    _ask(synced, "sync", only="buildings")
    synced.work()

    for page in pages:
        assert "(buildings only)" in text_of(synced.administrator.get(page)), page
