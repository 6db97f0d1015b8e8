"""The pages that change a connection: edit, options, schools, reset, delete."""

import json

import msgspec
import pytest
from django.utils.html import escape

from rosterkeeper.engine.options import Options
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connections import workflow
from rosterkeeper.features.connections.choosing import options_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.specs import stated_spec
from rosterkeeper.features.connections.workflow import verified
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.features.roster.reading import counts, schools
from rosterkeeper.features.runs.lease import taken
from rosterkeeper.features.runs.models import Order, State
from rosterkeeper.job.words import Action
from rosterkeeper.sources.spec import ClassLinkSpec, OneRosterSpec
from tests.pages.site import Site, text_of

_STATED = {
    "name": "south",
    "sis": "powerschool",
    "url": "https://roster.example.org",
    "client_id": "key-1",
    "secret": "",
    "incremental": "auto",
    "grant": "client-credentials",
}
_SWITCHES = ("classrooms", "students", "staff", "parents", "all_parents", "demographics")
_DATED = ("respect_enrolment_date", "respect_academic_sessions")


def _server(site: Site, *, tested: bool = True) -> Connection:
    spec = OneRosterSpec(url=_STATED["url"], client_id="key-1", secret="hush-hush", preset="powerschool", version="1.1")
    made = workflow.add("south", spec)
    if tested:
        verified(made)
    return made


def _stated(site: Site, name: str) -> dict[str, object]:
    """What the connection states of its source, its secret opened."""
    return msgspec.structs.asdict(stated_spec(site.connection(name)))


def _posted(options: Options) -> dict[str, object]:
    """The options as the form posts them."""
    switched = {name: "on" for name in (*_SWITCHES, *_DATED) if getattr(options, name)}
    return {**switched, "relationships": list(options.relationships), "days_before": 0, "days_after": 0}


def _lists(site: Site, address: str) -> tuple[str, str]:
    """The texts of the lists of included and of excluded schools."""
    page = text_of(site.administrator.get(address))
    included, _, excluded = page.partition('data-schools="excluded"')
    return included, excluded.partition("</ul>")[0]


def _ticked(*ids: str) -> dict[str, object]:
    """What a page sends that showed these schools, each of them ticked."""
    return {"shown": json.dumps(ids), "excluded": list(ids)}


@pytest.mark.covers("L36", "L37", "N08")
def test_an_edit_is_prefilled_keeps_a_blank_secret_and_asks_for_a_sync(site: Site) -> None:
    number = _server(site).pk
    address = f"/connections/{number}/edit/"
    page = text_of(site.administrator.get(address))
    assert 'value="https://roster.example.org"' in page
    assert "hush-hush" not in page

    answer = site.administrator.post(address, {**_STATED, "client_id": "key-2"})

    spec = stated_spec(site.connection("south"))
    assert isinstance(spec, OneRosterSpec)
    assert answer["Location"] == f"/connections/{number}/test/"
    assert (spec.client_id, spec.secret, spec.version) == ("key-2", "hush-hush", "1.1")
    assert site.connection("south").verified_at is None
    assert Order.objects.get().action == Action.TEST
    assert "needs sync" in text_of(site.administrator.get("/connections/"))
    assert Entry.objects.get(action="connection.edited").details == {"changed": ["settings"]}


@pytest.mark.covers("L36")
def test_a_new_secret_is_told_in_the_audit_log_and_its_text_is_not(site: Site) -> None:
    number = _server(site).pk

    site.administrator.post(f"/connections/{number}/edit/", {**_STATED, "secret": "new-and-hushed"})

    entry = Entry.objects.get(action="connection.edited")
    assert "secret" in entry.details["changed"]
    assert "hushed" not in str(entry.details)
    assert _stated(site, "south")["secret"] == "new-and-hushed"


def test_a_new_name_alone_leaves_a_tested_connection_tested(site: Site) -> None:
    number = _server(site).pk

    site.administrator.post(f"/connections/{number}/edit/", {**_STATED, "name": "South SIS", "page_size": 10_000})

    assert site.connection("South SIS").verified_at is not None
    assert not Order.objects.exists()


@pytest.mark.covers("M28", "M29")
def test_another_address_is_warned_of_and_only_then_saved_tested_and_previewed(site: Site) -> None:
    number = _server(site).pk
    address = f"/connections/{number}/edit/"
    moved = {**_STATED, "url": "https://other.example.org"}

    asked = site.administrator.post(address, moved)

    assert asked.status_code == 422
    assert "I Understand" in text_of(asked)
    assert _stated(site, "south")["url"] == "https://roster.example.org"

    site.administrator.post(address, {**moved, "other_district": "yes"})

    assert _stated(site, "south")["url"] == "https://other.example.org"
    assert [each.action for each in Order.objects.order_by("id")] == [Action.TEST, Action.PREVIEW]


@pytest.mark.covers("M29")
def test_an_api_key_is_not_kept_as_a_client_secret(site: Site) -> None:
    made = workflow.add("tenant", ClassLinkSpec(tenant_id="2284", secret="hush-hush"))
    stated = {**_STATED, "name": "tenant", "way": "server"}

    answer = site.administrator.post(f"/connections/{made.pk}/edit/", stated)

    assert 'id="id_secret_error"' in text_of(answer)
    assert _stated(site, "tenant")["tenant_id"] == "2284"


@pytest.mark.covers("M28", "L40")
def test_a_second_server_for_the_same_people_is_warned_of_first(site: Site) -> None:
    _server(site)
    stated = {**_STATED, "name": "new", "district": "default", "secret": "hush-hush", "draft": "yes"}

    warned = site.administrator.post("/connections/add/oneroster/", stated)

    assert "I Understand" in text_of(warned)
    assert not Connection.objects.filter(name="new").exists()
    assert site.administrator.post("/connections/add/oneroster/", {**stated, "second_source": "yes"}).status_code == 302


@pytest.mark.covers("L17", "L18", "L19", "L20", "R09", "R10", "R11", "R12")
def test_the_options_are_shown_with_what_they_do_and_saved(synced: Site) -> None:
    number = synced.connection().pk
    address = f"/connections/{number}/options/"
    page = text_of(synced.administrator.get(address))
    for label in ("Sync Classroom Data", "Respect Enrolment Date", "Sync Parent Data", "Relationship Type"):
        assert label in page
    wanted = Options(parents=True, relationships=("guardian",), all_parents=True)

    synced.administrator.post(address, _posted(wanted))

    assert options_of(synced.connection()) == wanted
    assert Entry.objects.get(action="connection.options_changed").details["changed"]


@pytest.mark.covers("M20", "M21", "M30")
def test_switching_people_off_says_what_it_means_before_it_is_saved(synced: Site) -> None:
    address = f"/connections/{synced.connection().pk}/options/"
    off = _posted(Options(students=False, staff=False))

    asked = synced.administrator.post(address, off)

    assert "frozen" in text_of(asked)
    assert options_of(synced.connection()) == Options()
    assert synced.administrator.post(address, {**off, "understood": "yes"}).status_code == 302
    assert options_of(synced.connection()).students is False


@pytest.mark.covers("R12")
def test_options_that_cannot_be_meant_are_refused_at_their_field(synced: Site) -> None:
    stated = {**_posted(Options(parents=True)), "relationships": []}

    answer = synced.administrator.post(f"/connections/{synced.connection().pk}/options/", stated)

    assert answer.status_code == 422
    assert 'id="id_relationships_error"' in text_of(answer)


@pytest.mark.covers("L29", "L30", "L31", "L32", "R19")
def test_an_excluded_school_moves_to_the_other_list_and_a_preview_tells_who_leaves(synced: Site) -> None:
    number = synced.connection().pk
    address = f"/connections/{number}/schools/"
    school = schools(number)[0]
    included, excluded = _lists(synced, address)
    assert school.name in included
    assert "<li" not in excluded

    answer = synced.administrator.post(address, _ticked(school.sourced_id, "no-such-school"))

    assert options_of(synced.connection()).excluded_schools == (school.sourced_id,)
    included, excluded = _lists(synced, address)
    assert school.name not in included
    assert school.name in excluded
    assert answer["Location"] == f"/connections/{number}/preview/"
    synced.work()
    page = text_of(synced.administrator.get(answer["Location"]))
    assert "hold.options" in page
    assert "I Understand that these records leave the roster" in page


def test_what_is_ticked_goes_along_to_another_page_and_is_saved_by_submit_alone(synced: Site) -> None:
    address = f"/connections/{synced.connection().pk}/schools/"
    first, second = (each.sourced_id for each in schools(synced.connection().pk)[:2])
    other = {"sought": "no school is called this", "show": "2,1"}

    page = text_of(synced.administrator.post(address, {**_ticked(first), **other}))

    assert "1 school was moved and is not saved yet" in page
    assert "No school has this in its name" in page
    assert options_of(synced.connection()).excluded_schools == ()

    carried = json.dumps({first: True})
    assert f'name="carried" value="{escape(carried).replace(": ", ":")}"' in page
    synced.administrator.post(address, {**_ticked(second), "carried": carried})
    assert options_of(synced.connection()).excluded_schools == (first, second)


def test_a_submit_leaves_the_schools_of_other_pages_as_they_are_and_ignores_what_no_page_sends(synced: Site) -> None:
    number = synced.connection().pk
    first, second = (each.sourced_id for each in schools(number)[:2])
    synced.administrator.post(f"/connections/{number}/schools/", _ticked(first))

    for stray in ({}, {"shown": "[1", "carried": "no"}, {"excluded": [second]}, {"carried": '{"x":1}'}):
        synced.administrator.post(f"/connections/{number}/schools/", stray)
    assert options_of(synced.connection()).excluded_schools == (first,)

    synced.administrator.post(f"/connections/{number}/schools/", {"shown": json.dumps([first])})
    assert options_of(synced.connection()).excluded_schools == ()


def test_many_schools_are_drawn_a_part_at_a_time(synced: Site) -> None:
    number, connection = 250, synced.connection().pk
    orgs = LIVE["orgs"]._default_manager
    known = len(schools(connection))
    alike = {"connection_id": connection, "district_id": 1, "type": "school", "row_hash": 0, "changed_run": 1}
    orgs.bulk_create(
        orgs.model(**alike, status="active", sourced_id=f"many-{each}", name=f"Zz {each:03d}") for each in range(number)
    )
    address = f"/connections/{connection}/schools/"

    page = text_of(synced.administrator.get(address))

    assert page.count('<li class="list-group-item"') == 100
    assert f'data-count="included">{number + known}<' in page
    assert 'name="show" value="2,1"' in page
    second = text_of(synced.administrator.post(address, {"show": "3,1"}))
    assert "Zz 249" in second
    assert second.count('<li class="list-group-item"') == number + known - 200
    found = text_of(synced.administrator.post(address, {"show": "", "sought": "ZZ 24"}))
    assert found.count('<li class="list-group-item"') == 10


@pytest.mark.covers("L34", "L35")
def test_forgetting_the_sync_position_needs_i_understand_and_leaves_the_roster(synced: Site) -> None:
    number = synced.connection().pk
    address = f"/connections/{number}/reset/"
    people = counts(number)["users"].live
    assert "Yes, Reset" in text_of(synced.administrator.get(address))

    refused = synced.administrator.post(address, {"what": "forget"})
    assert refused.status_code == 422
    assert State.objects.get(connection_id=number).last_updated is not None

    synced.administrator.post(address, {"what": "forget", "understood": "yes"})

    state = State.objects.get(connection_id=number)
    assert (state.last_checked, state.last_updated, state.full_next) == (None, None, True)
    assert counts(number)["users"].live == people
    assert not Order.objects.exists()


@pytest.mark.covers("N17", "N18")
def test_rebuilding_the_roster_orders_a_full_sync(synced: Site) -> None:
    number = synced.connection().pk
    address = f"/connections/{number}/reset/"

    assert synced.administrator.post(address, {"what": "rebuild"}).status_code == 422
    assert not Order.objects.exists()
    synced.administrator.post(address, {"what": "rebuild", "understood": "yes"})

    order = Order.objects.get()
    assert (order.action, order.wish["full"]) == (Action.SYNC, True)
    assert Entry.objects.filter(action="connection.rebuilt").exists()


@pytest.mark.covers("L34")
def test_a_reset_waits_for_the_run_that_goes_on(synced: Site) -> None:
    number = synced.connection().pk

    with taken(number):
        answer = synced.administrator.post(f"/connections/{number}/reset/", {"what": "forget", "understood": "yes"})

    assert "Another run of this connection is going on" in text_of(answer)
    assert State.objects.get(connection_id=number).last_updated is not None


@pytest.mark.covers("L38", "L39")
def test_delete_needs_i_understand_and_keeps_the_people(synced: Site) -> None:
    found = synced.connection()
    address = f"/connections/{found.pk}/delete/"
    people = counts(found.pk)["users"].live
    assert "Yes, Delete" in text_of(synced.administrator.get(address))
    synced.administrator.post(f"/connections/{found.pk}/sync/")

    assert synced.administrator.post(address).status_code == 422
    assert synced.connection().removed_at is None
    synced.administrator.post(address, {"understood": "yes"})

    assert counts(found.pk)["users"].live == people
    assert synced.administrator.get(f"/connections/{found.pk}/").status_code == 404
    assert Connection.objects.get(pk=found.pk).secret == ""
    assert not Order.objects.filter(ended_at=None).exists()
    assert Entry.objects.filter(action="connection.deleted").exists()
