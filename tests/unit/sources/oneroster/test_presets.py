"""Presets: the SIS that the guides list, what is filled in for them, and what is left open."""

import pytest

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.oneroster.presets import PRESETS, preset_of, token_urls
from rosterkeeper.sources.oneroster.urls import address
from rosterkeeper.sources.spec import AUTH_STYLES, AUTHS, VERSIONS, OneRosterSpec

PLAIN = OneRosterSpec(url="")
_FILLED = ("auth", "auth_style", "scope", "version", "page_size", "in_flight")


@pytest.mark.covers("L12", "R03")
def test_every_sis_of_the_guides_is_there() -> None:
    titles = {preset.title for preset in PRESETS}
    assert {"PowerSchool", "Ellucian", "eSchoolPlus", "Illuminate Education", "Unit4", "Other"} <= titles
    assert {"Infinite Campus", "Skyward", "Aeries", "Synergy", "Focus", "Blackbaud"} <= titles
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: str(preset.name))
def test_what_a_preset_says_can_be_stated(preset: object) -> None:
    found = preset_of(str(getattr(preset, "name", "")))
    assert (found.auth in AUTHS, found.auth_style in AUTH_STYLES, found.version in VERSIONS) == (True, True, True)
    assert found.note.endswith(".")


@pytest.mark.covers("R03")
@pytest.mark.parametrize("name", ["other", "ellucian", "illuminate", "unit4", ""])
def test_nothing_is_assumed_where_nothing_is_published(name: str) -> None:
    found = preset_of(name)
    assert [getattr(found, each) for each in _FILLED] == [getattr(PLAIN, each) for each in _FILLED]
    assert token_urls(name, address("https://sis.example.org/x")) == ()


@pytest.mark.parametrize(
    ("name", "url", "found"),
    [
        ("aeries", "https://d.example.org/aeries/ims/oneroster/v1p1", ("https://d.example.org/aeries/token",)),
        (
            "powerschool",
            "https://ps.example.org",
            ("https://ps.example.org/oauth/access_token", "https://ps.example.org/oauth/token"),
        ),
        ("blackbaud", "https://api.example.org", ("https://oauth2.sky.blackbaud.com/token",)),
        ("skyward", "https://sky.example.org", ()),
    ],
)
def test_token_addresses_follow_from_the_servers(name: str, url: str, found: tuple[str, ...]) -> None:
    assert token_urls(name, address(url)) == found


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        preset_of("veracross")
    assert caught.value.code == "connection.preset"
