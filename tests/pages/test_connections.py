"""The pages of connections: the list, adding each kind, testing on save, what may be asked of one."""

import re

import pytest
from django.test import override_settings

from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connecting import hints
from rosterkeeper.features.connections import workflow
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.connections.specs import spec_of, stated_spec
from rosterkeeper.features.runs.models import Order, Run, State
from rosterkeeper.job.words import Check, Result
from rosterkeeper.sources.spec import ClassLinkSpec, CsvSpec, OneRosterSpec
from tests.pages.site import Site, text_of

_SERVER = {
    "name": "north",
    "district": "default",
    "way": "server",
    "sis": "powerschool",
    "url": "https://roster.example.org/ims/oneroster/v1p1/schools",
    "client_id": "key-1",
    "secret": "hush-hush",
}
_TENANT = {"name": "north", "district": "default", "way": "tenant", "sis": "other", "tenant_id": " 2284 "}
_NOWHERE = {**_SERVER, "sis": "other", "url": "http://127.0.0.1:9/", "token_url": ""}


@pytest.mark.covers("L10", "L11", "L12", "L13", "L14", "L15", "L16", "R01", "R03", "R08", "L21", "R13", "S10", "L40")
@pytest.mark.parametrize(("kind", "title"), [("classlink", "Add ClassLink Sync"), ("oneroster", "Add OneRoster Sync")])
def test_a_server_is_added_with_the_guides_fields_and_stands_in_the_list(site: Site, kind: str, title: str) -> None:
    address = f"/connections/add/{kind}/"
    form = text_of(site.administrator.get(address))
    assert f"<title>{title}" in form
    for label in ("PowerSchool", "Ellucian", "eSchoolPlus", "Illuminate Education", "Unit4", "Other"):
        assert f">{label}</option>" in form

    made = site.administrator.post(address, {**_SERVER, "draft": "yes"})

    assert made.status_code == 302
    spec = stated_spec(site.connection())
    assert isinstance(spec, ClassLinkSpec | OneRosterSpec)
    # What was pasted after the service's root is gone (L14).
    assert spec.url == "https://roster.example.org/ims/oneroster/v1p1"
    assert (spec.client_id, spec.secret, spec.preset) == ("key-1", "hush-hush", "powerschool")
    assert "hush-hush" not in site.connection().secret
    assert ">north</a>" in text_of(site.administrator.get("/connections/"))
    assert not Order.objects.exists()


@pytest.mark.covers("L17", "L18", "L19", "L20")
def test_the_form_says_where_the_guides_switches_are_and_how_they_stand_at_first(site: Site) -> None:
    page = text_of(site.administrator.get("/connections/add/oneroster/"))

    for label, state in (
        ("Sync Classroom Data", "on"),
        ("Sync Parent Data", "off"),
        ("Respect Enrolment Date", "off"),
        ("Respect Academic Sessions", "off"),
    ):
        assert re.search(rf">{label}</dt><dd[^>]*>{state}<", page), label


def test_a_link_local_address_is_refused_at_its_field(site: Site) -> None:
    answer = site.administrator.post("/connections/add/oneroster/", {**_SERVER, "url": "https://169.254.3.4/v1p1"})

    assert answer.status_code == 422
    assert 'id="id_url_error"' in text_of(answer)
    assert "holds between two machines on one cable" in text_of(answer)


@pytest.mark.covers("N01", "N04", "L41", "S17", "S18")
def test_each_kind_shows_its_own_fields_and_what_it_needs_first(site: Site) -> None:
    shown = {kind: text_of(site.administrator.get(f"/connections/add/{kind}/")) for kind in ("classlink", "oneroster")}
    zip_page = text_of(site.administrator.get("/connections/add/csv/"))

    assert 'name="tenant_id"' in shown["classlink"]
    assert 'name="tenant_id"' not in shown["oneroster"] + zip_page
    assert 'name="token_url"' in shown["oneroster"]
    assert 'name="token_url"' not in shown["classlink"] + zip_page
    assert 'type="file"' in zip_page
    for path in ("Applications > API Key and Secret", "API > API Credentials", "Settings > Server Details"):
        assert path in shown["classlink"].replace("&gt;", ">")
    assert site.administrator.get("/connections/add/google/").status_code == 404


@pytest.mark.covers("M08", "S09", "L11", "N41")
def test_the_paths_of_the_guides_are_found_on_the_page_of_connections(site: Site) -> None:
    page = text_of(site.administrator.get("/connections/"))

    for path in ("SIS Integration", "System Automation > OneRoster", "Admin Center > Data Sync", "Classes tab"):
        assert path in page.replace("&gt;", ">")


@pytest.mark.covers("N02", "M10")
def test_classlink_by_tenant_needs_both_values_and_keeps_what_was_typed(site: Site) -> None:
    refused = site.administrator.post("/connections/add/classlink/", _TENANT)

    page = text_of(refused)
    assert refused.status_code == 422
    assert 'id="id_api_key_error"' in page
    assert 'id="id_url_error"' not in page
    assert "2284" in page

    site.administrator.post("/connections/add/classlink/", {**_TENANT, "api_key": "hush-hush", "draft": "yes"})

    spec = stated_spec(site.connection())
    assert isinstance(spec, ClassLinkSpec)
    assert (spec.tenant_id, spec.secret, spec.url) == ("2284", "hush-hush", "")


@pytest.mark.covers("M09")
def test_a_tenant_id_alone_is_enough_where_the_installation_has_the_key(site: Site) -> None:
    with override_settings(ROSTER_CLASSLINK_API_KEY="of-all"):
        site.administrator.post("/connections/add/classlink/", {**_TENANT, "draft": "yes"})

        spec = spec_of(site.connection())

    assert isinstance(spec, ClassLinkSpec)
    assert spec.secret == "of-all"
    assert site.connection().secret == ""


@pytest.mark.covers("L14", "L16")
def test_a_refused_form_says_it_at_the_field_and_keeps_all_but_the_secret(site: Site) -> None:
    stated = {**_SERVER, "url": "ftp://roster.example.org", "name": "a/b"}

    answer = site.administrator.post("/connections/add/oneroster/", stated)

    page = text_of(answer)
    assert answer.status_code == 422
    assert all(f'id="id_{field}_error"' in page for field in ("url", "name"))
    assert "ftp://roster.example.org" in page
    assert "hush-hush" not in page
    assert "--url" not in page
    assert not District.objects.filter(connections__isnull=False).exists()


@pytest.mark.covers("M10", "L16")
def test_everything_wrong_is_told_in_one_pass_at_its_own_field(site: Site) -> None:
    stated = {**_TENANT, "name": "a/b", "district": "c/d", "tenant_id": "22 84", "api_key": "hush-hush"}

    page = text_of(site.administrator.post("/connections/add/classlink/", stated))

    assert all(f'id="id_{field}_error"' in page for field in ("name", "district", "tenant_id"))
    assert "There is a blank inside the Tenant ID" in page
    assert not workflow.listed()


@pytest.mark.covers("L13")
def test_a_name_that_is_taken_is_refused_at_its_field_and_free_in_another_district(site: Site) -> None:
    address = "/connections/add/oneroster/"
    site.administrator.post(address, {**_SERVER, "draft": "yes"})

    again = site.administrator.post(address, {**_SERVER, "draft": "yes"})
    elsewhere = site.administrator.post(address, {**_SERVER, "district": "Riverside", "draft": "yes"})

    assert 'id="id_name_error"' in text_of(again)
    assert elsewhere.status_code == 302
    assert {each.district.name for each in workflow.listed()} == {"default", "Riverside"}


@pytest.mark.covers("R02")
def test_the_token_url_is_optional_and_what_is_left_blank_comes_from_the_sis(site: Site) -> None:
    site.administrator.post("/connections/add/oneroster/", {**_SERVER, "draft": "yes"})
    other = {**_SERVER, "name": "south", "sis": "other", "token_url": "https://token.example.org/t", "page_size": "500"}
    site.administrator.post("/connections/add/oneroster/", {**other, "draft": "yes"})

    north, south = stated_spec(site.connection()), stated_spec(site.connection("south"))

    assert isinstance(north, OneRosterSpec)
    assert isinstance(south, OneRosterSpec)
    assert (north.token_url, north.page_size, north.version) == ("", 1000, "1.1")
    assert (south.token_url, south.page_size, south.version) == ("https://token.example.org/t", 500, "auto")


@pytest.mark.covers("S11", "S12", "S13", "M11", "M12", "M13", "N44")
def test_saving_tests_at_once_and_a_failed_test_tells_each_thing_and_the_way_back(site: Site) -> None:
    made = site.administrator.post("/connections/add/oneroster/", _NOWHERE)
    number = site.connection().pk
    assert made["Location"] == f"/connections/{number}/test/"
    assert "verifying" in text_of(site.administrator.get("/connections/"))
    assert "hx-get" in text_of(site.administrator.get(made["Location"]))

    assert site.work() == 1

    page = text_of(site.administrator.get(made["Location"]))
    assert "did not pass" in page
    assert "Next step:" in page
    assert f"/connections/{number}/edit/" in page
    assert site.connection().verified_at is None
    assert "draft" in text_of(site.administrator.get("/connections/"))
    assert not State.objects.filter(version__gt=0).exists()


@pytest.mark.covers("S12", "M12", "N08")
def test_a_passed_test_makes_the_connection_active(synced: Site) -> None:
    number = synced.connection().pk
    assert synced.connection().verified_at is None

    synced.administrator.post(f"/connections/{number}/test/")
    synced.work()

    assert synced.connection().verified_at is not None
    assert "The test passed" in text_of(synced.administrator.get(f"/connections/{number}/test/"))
    assert "active" in text_of(synced.administrator.get("/connections/"))


@pytest.mark.covers("M12")
def test_a_test_of_settings_that_were_changed_meanwhile_verifies_nothing(synced: Site) -> None:
    before = synced.connection()
    workflow.edit(synced.connection(), CsvSpec(path="/elsewhere.zip"))

    workflow.verified(before)

    assert synced.connection().verified_at is None


@pytest.mark.covers("M14", "M16", "M17")
def test_users_are_refused_in_words_before_their_buildings_were_synced(site: Site) -> None:
    site.administrator.post("/connections/add/oneroster/", {**_NOWHERE, "draft": "yes"})
    address = f"/connections/{site.connection().pk}/sync/"

    answer = site.administrator.post(address, {"only": "users"}, follow=True)

    assert "Choose Sync Buildings" in text_of(answer)
    assert "only after their buildings were" in text_of(answer)
    assert not Order.objects.exists()
    site.administrator.post(address, {"only": "buildings"})
    assert Order.objects.get().wish["only"] == "buildings"


@pytest.mark.covers("S08", "S14", "L22")
def test_a_full_data_resync_is_asked_for_with_its_wish(synced: Site) -> None:
    number = synced.connection().pk
    assert "Full data resync" in text_of(synced.administrator.get(f"/connections/{number}/"))

    synced.administrator.post(f"/connections/{number}/sync/", {"full": "yes"})

    assert Order.objects.get().wish["full"] is True
    assert Entry.objects.filter(action="run.ordered", about=f"connection:{number}").exists()


@pytest.mark.covers("M15", "M28")
def test_a_preview_shows_what_a_sync_would_do_and_does_nothing(synced: Site) -> None:
    number, runs = synced.connection().pk, Run.objects.count()

    asked = synced.administrator.post(f"/connections/{number}/preview/")
    synced.work()

    page = text_of(synced.administrator.get(asked["Location"]))
    assert "unchanged" in page
    assert "users" in page
    assert Run.objects.count() == runs


@pytest.mark.covers("L42", "M01")
@pytest.mark.parametrize("page", ["edit", "options", "schools", "reset", "delete", "test", "preview"])
def test_a_viewer_sees_a_connection_and_changes_nothing_of_it(synced: Site, page: str) -> None:
    number = synced.connection().pk
    viewer = synced.signed_in(Role.VIEWER)

    assert viewer.get(f"/connections/{number}/").status_code == 200
    assert viewer.get(f"/connections/{number}/{page}/").status_code == 403
    assert viewer.post(f"/connections/{number}/{page}/", {"understood": "yes"}).status_code == 403


def test_an_unknown_connection_is_not_found(site: Site) -> None:
    for page in ("", "edit/", "options/", "schools/", "reset/", "delete/", "test/", "preview/"):
        assert site.administrator.get(f"/connections/99/{page}").status_code == 404


@pytest.mark.covers("M13")
@pytest.mark.parametrize(
    ("kind", "code", "hint"),
    [
        ("classlink", "classlink.wrong_key", "ask your ClassLink administrator"),
        ("oneroster", "source.refused_credentials", "the support of the source"),
        ("classlink", "source.dns", "firewall"),
        ("csv", "package.not_a_zip", "no zip"),
        ("oneroster", "source.too_large", ""),
    ],
)
def test_what_a_failed_test_usually_means_fits_what_failed(kind: str, code: str, hint: str) -> None:
    failed = Result(outcome="failed", checks=[Check(what="server", ok=False, code=code)])

    told = " ".join(str(each) for each in hints.causes(kind, failed))

    assert hint in told
    assert bool(told) == bool(hint)


@pytest.mark.covers("M13")
def test_what_passed_with_a_next_step_is_marked_as_a_warning() -> None:
    words = [hints.mark_of(Check(what="encryption", ok=ok, todo=todo)) for ok, todo in ((True, ""), (True, "Use it"))]

    assert [*words, hints.mark_of(Check(what="encryption", ok=False))] == ["passed", "warning", "failed"]
