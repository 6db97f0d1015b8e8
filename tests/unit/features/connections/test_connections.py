"""Connections: names, districts, what is refused, and what removal leaves."""

import pytest

from rosterkeeper.engine.guard_limits import Limits
from rosterkeeper.features.connections import districts
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.connections.specs import limits_of, spec_of
from rosterkeeper.features.connections.workflow import add, ever, find, limit, listed, remove
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.spec import CsvSpec, OneRosterSpec
from tests.installation import Installation

ZIP = CsvSpec(path="/srv/district.zip")
SERVER = OneRosterSpec(url="https://sis.example", client_id="me", secret="word")


@pytest.mark.usefixtures("opened")
@pytest.mark.covers("L13", "L16")
def test_a_connection_gives_back_the_spec_it_was_made_of() -> None:
    add("north", ZIP)
    add("south", SERVER)
    assert spec_of(find("north")) == ZIP
    assert spec_of(find("south")) == SERVER
    assert "word" not in str(list(find("south").settings.values()))
    assert not {"secret", "password"} & set(find("south").settings)


@pytest.mark.usefixtures("opened")
@pytest.mark.covers("L13")
def test_a_name_is_taken_once_a_district_and_free_again_after_removal() -> None:
    first = add("north", ZIP)
    with pytest.raises(SettingsError) as caught:
        add("north", ZIP)
    assert caught.value.code == "connection.name_taken"
    remove(find("north"))
    assert add("north", ZIP).pk != first.pk


@pytest.mark.usefixtures("opened")
def test_one_name_in_two_districts_must_be_told_apart() -> None:
    here, there = add("main", ZIP, district="here"), add("main", ZIP, district="there")
    with pytest.raises(SettingsError) as caught:
        find("main")
    assert caught.value.code == "connection.ambiguous"
    assert (find("here/main"), find("there/main")) == (here, there)


@pytest.mark.usefixtures("opened")
@pytest.mark.covers("L39")
def test_a_removed_connection_stays_on_record_without_its_secret() -> None:
    remove(add("south", SERVER))
    assert listed() == []
    assert [(each.name, each.secret) for each in ever()] == [("south", "")]


@pytest.mark.covers("L10", "L14", "L15", "R01")
@pytest.mark.parametrize(
    ("spec", "code"),
    [
        (CsvSpec(path=""), "connection.path"),
        (OneRosterSpec(url="ftp://sis.example", client_id="me", secret="word"), "connection.url"),
        (OneRosterSpec(url="https://a:b@sis.example", client_id="me", secret="word"), "connection.url"),
        (OneRosterSpec(url="https://169.254.7.7:8443", client_id="me", secret="word"), "connection.link_local"),
        (OneRosterSpec(url="http://[fe80::1%eth0]/", client_id="me", secret="word"), "connection.link_local"),
        (OneRosterSpec(url="http://[::ffff:169.254.7.7]/", client_id="me", secret="word"), "connection.link_local"),
        (OneRosterSpec(url="https://sis.example", secret="word"), "connection.client_id"),
        (OneRosterSpec(url="https://sis.example", client_id="me"), "connection.secret"),
        (OneRosterSpec(url="https://sis.example", client_id="me", secret="w", token_url="x"), "connection.token_url"),
        (OneRosterSpec(url="https://sis.example", client_id="me", secret="w", auth="x"), "connection.auth"),
        (OneRosterSpec(url="https://sis.example", client_id="me", secret="w", version="2"), "connection.version"),
    ],
)
def test_each_wrong_field_has_its_own_error(opened: Installation, spec: CsvSpec | OneRosterSpec, code: str) -> None:
    with pytest.raises(SettingsError) as caught:
        add("north", spec)
    assert caught.value.code == code
    assert listed() == []


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("name", ["", " north", "a/b", "a\nb", "x" * 101])
def test_a_name_that_could_not_be_typed_again_is_refused(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        add(name, ZIP)
    assert caught.value.code == "connection.name"


@pytest.mark.usefixtures("opened")
def test_limits_are_kept_and_impossible_ones_refused() -> None:
    north = add("north", ZIP)
    limit(north, Limits(remove_percent=3.5, floor=0))
    assert limits_of(find("north")) == Limits(remove_percent=3.5, floor=0)
    with pytest.raises(SettingsError):
        limit(north, Limits(update_percent=101))


@pytest.mark.usefixtures("opened")
def test_what_names_no_district_is_for_the_only_one_whatever_it_is_called_or_has_to_name_it() -> None:
    only = District.objects.get()
    districts.rename(only, "North")
    assert districts.name_meant("") == "North"
    assert districts.name_meant("South") == "South"
    districts.add("South")
    with pytest.raises(SettingsError) as told:
        districts.name_meant("")
    assert told.value.code == "district.which"
    districts.add("default")
    assert districts.name_meant("") == "default"
