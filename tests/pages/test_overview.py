"""The overview and the checklist: what an administrator reads at a glance, and the way there."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.workflow import add, listed, verified
from rosterkeeper.features.manage.checklist import checklist, first_open
from rosterkeeper.features.runs import heartbeat
from rosterkeeper.features.runs.models import HeldState, Run, State
from rosterkeeper.features.schedules.schedule import Form, Schedule
from rosterkeeper.features.schedules.workflow import set_schedule
from rosterkeeper.sources.spec import ClassLinkSpec, CsvSpec
from tests.pages.site import Site, text_of


def open_steps(site: Site) -> list[str]:
    """The steps that are to do, and could be done now."""
    held = first_open(listed(), None)
    return [step.key for step in held.steps if step.state == "next"] if held else []


def overview(site: Site, role: Role = Role.ADMINISTRATOR) -> str:
    return text_of(site.signed_in(role).get("/"))


@pytest.mark.covers("M23", "N10", "N11")
def test_the_overview_says_since_when_data_is_stale(synced: Site) -> None:
    assert "stale since" not in overview(synced)
    ago = timezone.now() - timedelta(hours=30)
    State.objects.update(last_updated=ago)
    text = overview(synced)
    assert "stale since" in text
    assert "1 day, 6 hours ago" in text.replace("\xa0", " ")


def test_a_held_change_stands_at_the_top_with_the_way_to_a_decision(synced: Site) -> None:
    run = Run.objects.create(
        connection_id=synced.connection().pk,
        action="sync",
        outcome="held",
        started_at=timezone.now(),
        held_state=HeldState.WAITING,
        reasons=[{"code": "hold.remove_percent", "says": "36 of 120 users would be removed."}],
    )
    text = overview(synced)
    assert "36 of 120 users would be removed." in text
    assert f'href="/runs/{run.pk}/"' in text
    assert text.index("waits for your decision") < text.index("connections-heading")


def test_a_missing_worker_is_told_with_the_next_step_and_one_that_is_there_is_counted(synced: Site) -> None:
    assert "No worker is there" in overview(synced)
    heartbeat.beat("host-1")
    text = overview(synced)
    assert "No worker is there" not in text
    assert "1 worker is there" in text


def test_the_overview_counts_the_roster_and_tells_the_last_backup(synced: Site) -> None:
    assert "Last backup" in overview(synced)
    record("backup.taken")
    text = overview(synced)
    assert f"{timezone.localtime():%Y-%m-%d}" in text.partition("Last backup")[2]


def test_a_viewer_sees_the_overview_without_what_only_managers_do(synced: Site) -> None:
    text = overview(synced, Role.VIEWER)
    assert "north" in text
    assert "Sync now" not in text
    assert "Setting up" not in text
    assert synced.signed_in(Role.VIEWER).get("/setup/").status_code == 403
    assert synced.signed_in(Role.SCHOOL).get("/").status_code == 403


@pytest.mark.covers("M32", "L41")
def test_the_checklist_leads_from_the_approval_to_automation_by_facts_alone(site: Site) -> None:
    assert open_steps(site) == ["approve"]
    assert "First approve the application at the source." in text_of(site.administrator.get("/setup/"))
    assert site.administrator.post("/setup/approved/").status_code == 302
    assert open_steps(site) == ["add"]
    north = add("north", ClassLinkSpec(tenant_id="12", secret="key"))
    assert open_steps(site) == ["test"]
    verified(north)
    assert open_steps(site) == ["buildings"]
    assert "First sync the buildings" in text_of(site.administrator.get("/setup/"))
    Run.objects.create(
        connection_id=north.pk, action="sync", outcome="applied", only="buildings", started_at=timezone.now()
    )
    assert open_steps(site) == ["schools", "preview", "people"]
    Run.objects.create(connection_id=north.pk, action="sync", outcome="applied", started_at=timezone.now())
    assert open_steps(site) == ["automate"]
    set_schedule(north, Schedule(form=Form.DAILY), now=timezone.now())
    assert first_open(listed(), None) is None
    assert "Setting up" not in overview(site)
    assert "Everything is done" in text_of(site.administrator.get(f"/setup/?connection={north.pk}"))


@pytest.mark.covers("M32", "M16")
def test_a_step_whose_forerunner_is_missing_is_blocked_with_the_reason(site: Site) -> None:
    north = add("north", ClassLinkSpec(tenant_id="12", secret="key"))
    states = {step.key: (step.state, str(step.blocked)) for step in checklist(north).steps}
    assert states["people"] == ("blocked", "First let the test of the connection pass.")
    verified(north)
    states = {step.key: (step.state, str(step.blocked)) for step in checklist(north).steps}
    assert states["people"] == ("blocked", "First sync the buildings; that must end well.")
    assert states["approve"][0] == "done", "a test that passed shows that it was approved"


def test_the_overview_asks_the_database_a_bounded_number_of_times(synced: Site) -> None:
    synced.administrator.get("/")
    with CaptureQueriesContext(connection) as asked:
        overview(synced)
    assert len(asked) < 40


@pytest.mark.covers("M32")
def test_a_connections_page_leads_back_to_the_set_up_it_was_opened_from(synced: Site) -> None:
    address = f"/connections/{synced.connection().pk}/"
    assert "Back to the set-up" not in text_of(synced.administrator.get(address))

    synced.administrator.get("/setup/")

    assert "Back to the set-up" in text_of(synced.administrator.get(address))
    assert "Back to the set-up" not in text_of(synced.signed_in(Role.VIEWER).get(address))


def test_connections_of_the_same_name_are_told_apart_by_their_districts(synced: Site) -> None:
    add("north", CsvSpec(path="/nowhere.zip"), district="east & west")

    for address in ("/runs/", "/roster/people/", "/setup/"):
        page = text_of(synced.administrator.get(address))
        assert ">north<" in page, address
        assert ">north · east &amp; west<" in page, address


@pytest.mark.covers("M32")
def test_the_set_up_goes_on_with_the_connection_that_one_last_worked_on(site: Site) -> None:
    administrator = site.account(Role.ADMINISTRATOR)
    made = {name: add(name, ClassLinkSpec(tenant_id=name, secret="hush-hush")) for name in ("alder", "birch", "cedar")}
    assert "Setting up alder" in overview(site)

    record("connection.edited", account=administrator.pk, about=f"connection:{made['cedar'].pk}")
    record("connection.edited", account=administrator.pk, about=f"connection:{made['birch'].pk}")
    record("connection.edited", account=site.account(Role.MANAGER).pk, about=f"connection:{made['alder'].pk}")

    assert "Setting up birch" in overview(site)
    assert "Setting up birch" in text_of(site.signed_in(Role.ADMINISTRATOR).get("/setup/"))
    assert "Setting up alder" in overview(site, Role.MANAGER)
