"""What is stated of a connection: filled in, made whole, and refused where it cannot be right."""

import pytest
from django.test import override_settings

from rosterkeeper.features.connections.specs import spec_of, stated_spec
from rosterkeeper.features.connections.stating import edited, made
from rosterkeeper.features.connections.workflow import add, edit, find, listed, verified
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.spec import ClassLinkSpec, CsvSpec, OneRosterSpec, SourceSpec

SECRET = "word"
DIRECT = ClassLinkSpec(url="https://d.example.org", client_id="me", secret=SECRET)


@pytest.mark.covers("L12", "R03")
def test_a_preset_fills_in_what_was_not_stated_and_no_more() -> None:
    spec = made("oneroster", {"preset": "synergy", "url": " https://s.example.org ", "page_size": 7})
    assert spec == OneRosterSpec(url="https://s.example.org", preset="synergy", auth_style="body", page_size=7)
    again = edited(spec, {"preset": "other", "auth": "bearer"})
    assert again == OneRosterSpec(url="https://s.example.org", preset="other", auth="bearer")
    assert made("oneroster", {"preset": "blackbaud", "client_id": "me"}) == OneRosterSpec(
        url="https://api.sky.blackbaud.com/afe-rostr/ims/oneroster/v1p1",
        client_id="me",
        preset="blackbaud",
        version="1.1",
    )


@pytest.mark.covers("L12")
def test_behind_classlink_the_sis_is_only_a_name() -> None:
    assert made("classlink", {"preset": "powerschool", "tenant_id": " 12 "}) == ClassLinkSpec(
        tenant_id="12", preset="powerschool"
    )


@pytest.mark.covers("N01")
@pytest.mark.parametrize(
    ("kind", "name"), [("csv", "url"), ("oneroster", "path"), ("oneroster", "tenant_id"), ("classlink", "proxy")]
)
def test_a_kind_takes_its_own_settings_only(kind: str, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        made(kind, {name: "x"})
    assert caught.value.code == "connection.other_kind"


@pytest.mark.covers("L10", "L14", "L15", "N02", "S10")
@pytest.mark.parametrize(
    ("spec", "code"),
    [
        (ClassLinkSpec(secret=SECRET), "connection.classlink_way"),
        (ClassLinkSpec(tenant_id="1", url="https://d.example.org", secret=SECRET), "connection.classlink_way"),
        (ClassLinkSpec(tenant_id="1"), "connection.api_key"),
        (ClassLinkSpec(url="ftp://d.example.org", client_id="me", secret=SECRET), "connection.url"),
        (ClassLinkSpec(url="https://d.example.org", secret=SECRET), "connection.client_id"),
        (ClassLinkSpec(url="https://d.example.org", client_id="me"), "connection.secret"),
        (ClassLinkSpec(url="https://d.example.org", client_id="me", secret=SECRET, auth="bearer"), "connection.auth"),
        (ClassLinkSpec(tenant_id="1", secret=SECRET, preset="x"), "connection.preset"),
        (OneRosterSpec(url="https://d.example.org", client_id="me", secret=SECRET, preset="x"), "connection.preset"),
        (
            OneRosterSpec(url="https://d.example.org", client_id="me", secret=SECRET, grant="password", username="u"),
            "connection.password",
        ),
        (
            OneRosterSpec(
                url="https://d.example.org",
                client_id="me",
                secret=SECRET,
                preset="infinite-campus",
                token_url="https://d.example.org/campus/oauth2/token",
            ),
            "connection.token_url_name",
        ),
        (
            OneRosterSpec(url="https://d.example.org", client_id="me", secret=SECRET, auth_style="x"),
            "connection.auth_style",
        ),
    ],
)
@pytest.mark.usefixtures("opened")
def test_each_wrong_field_has_its_own_error(spec: SourceSpec, code: str) -> None:
    with pytest.raises(SettingsError) as caught:
        add("north", spec)
    assert (caught.value.code, listed()) == (code, [])


@pytest.mark.usefixtures("opened")
@pytest.mark.covers("L14")
@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("d.example.org", "https://d.example.org"),
        ("https://d.example.org/", "https://d.example.org"),
        ("https://d.example.org/ims/oneroster/v1p1/users", "https://d.example.org/ims/oneroster/v1p1"),
        ("d.example.org/campus/api/ims/oneroster/", "https://d.example.org/campus/api"),
    ],
)
def test_a_pasted_address_is_kept_as_it_will_be_used(pasted: str, kept: str) -> None:
    add("north", OneRosterSpec(url=pasted, client_id="me", secret=SECRET))
    assert find("north").settings["url"] == kept


@pytest.mark.usefixtures("opened")
@pytest.mark.covers("L16", "N02")
def test_both_secrets_of_a_password_grant_are_sealed_and_opened() -> None:
    spec = OneRosterSpec(
        url="https://d.example.org",
        client_id="me",
        secret="one-4711",
        grant="password",
        username="u",
        password="two-4711",
    )
    stored = add("north", spec)
    assert "4711" not in f"{stored.settings} {stored.secret}"
    assert spec_of(find("north")) == spec


@pytest.mark.usefixtures("opened")
@pytest.mark.covers("N02", "M10")
def test_the_installations_key_and_proxy_are_filled_in_and_never_stored() -> None:
    with override_settings(ROSTER_CLASSLINK_API_KEY="key-4711", ROSTER_CLASSLINK_PROXY="https://proxy.example.org"):
        stored = add("north", ClassLinkSpec(tenant_id="1"))
        assert "4711" not in f"{stored.settings} {stored.secret}"
        assert spec_of(stored) == ClassLinkSpec(tenant_id="1", secret="key-4711", proxy="https://proxy.example.org")
        own = add("south", ClassLinkSpec(tenant_id="1", secret="own"))
        assert spec_of(own) == ClassLinkSpec(tenant_id="1", secret="own", proxy="https://proxy.example.org")
        straight = spec_of(add("east", DIRECT))
    assert isinstance(straight, ClassLinkSpec)
    assert straight.secret == SECRET


@pytest.mark.usefixtures("opened")
@pytest.mark.covers("L36", "M12", "M29")
def test_an_edit_keeps_what_was_not_stated_and_asks_for_a_new_test() -> None:
    north = add("north", DIRECT)
    verified(north)
    edit(north, edited(stated_spec(north), {"auth": "oauth1-sha1"}))
    again = find("north")
    assert stated_spec(again) == ClassLinkSpec(
        url="https://d.example.org", client_id="me", secret=SECRET, auth="oauth1-sha1"
    )
    assert (again.verified_at, bool(again.edited_at)) == (None, True)


@pytest.mark.usefixtures("opened")
@pytest.mark.covers("M28", "M29")
def test_a_tested_connection_does_not_lead_elsewhere_unasked() -> None:
    north = add("north", DIRECT)
    moved = edited(stated_spec(north), {"url": "https://e.example.org"})
    verified(north)
    with pytest.raises(SettingsError) as caught:
        edit(north, moved)
    assert caught.value.code == "connection.other_district"
    edit(north, moved, other_district=True)
    assert find("north").settings["url"] == "https://e.example.org"


@pytest.mark.usefixtures("opened")
def test_an_edit_of_nothing_changes_nothing() -> None:
    north = add("north", CsvSpec(path="/srv/d.zip"))
    verified(north)
    edit(north, edited(stated_spec(north), {}))
    assert (find("north").edited_at, bool(find("north").verified_at)) == (None, True)
