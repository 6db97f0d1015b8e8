"""Whatever an administrator pastes, the service's address comes out, or a plain word about the setting."""

import pytest

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.oneroster.urls import address, page_address

_V1P1, _V1P2 = "/ims/oneroster/v1p1", "/ims/oneroster/rostering/v1p2"


@pytest.mark.parametrize(
    ("pasted", "origin", "prefix", "version"),
    [
        ("district-fl-v2.example.org", "https://district-fl-v2.example.org", "", None),
        ("https://h.example/IMS/OneRoster/V1P1/Orgs", "https://h.example", "", "1.1"),
        (" https://h.example/ ", "https://h.example", "", None),
        ("HTTPS://H.example:8443//campus//api/", "https://h.example:8443", "/campus/api", None),
        ("https://h.example/ims/oneroster/v1p1", "https://h.example", "", "1.1"),
        ("https://h.example/ims/oneroster/v1p1/", "https://h.example", "", "1.1"),
        ("https://h.example/ims/oneroster/v1p1/orgs?limit=3", "https://h.example", "", "1.1"),
        ("https://h.example/campus/ims/oneroster/rostering/v1p2", "https://h.example", "/campus", "1.2"),
        ("h.example/ims/oneroster", "https://h.example", "", None),
        ("h.example/ims/oneroster/rostering/", "https://h.example", "", None),
        ("h.example/MoYPlyQWmG0%3D/ims/oneroster/v1p1", "https://h.example", "/MoYPlyQWmG0%3D", "1.1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "", None),
        ("http://[::1]:80/x", "http://[::1]:80", "/x", None),
    ],
)
@pytest.mark.covers("R01")
def test_an_address_is_understood(pasted: str, origin: str, prefix: str, version: str | None) -> None:
    found = address(pasted)
    assert (found.origin, found.prefix, found.version) == (origin, prefix, version)
    assert found.service("1.1") == origin + prefix + _V1P1
    assert found.service("1.2") == origin + prefix + _V1P2


@pytest.mark.parametrize(
    "pasted",
    [
        *("", "   ", "ftp://h.example", "file:///etc/passwd", "gopher://h.example", "https://", "http://:80"),
        *(
            "https://user:key@h.example",
            "http://h.example:port",
            "http://h.example:99999",
            "http://[::1",
            "a b.example",
        ),
        "http://h.example/\x00",
    ],
)
def test_what_is_no_address_is_a_wrong_setting(pasted: str) -> None:
    with pytest.raises(SettingsError) as caught:
        address(pasted)
    assert (caught.value.code, "key" in caught.value.what + caught.value.todo) == ("settings.url", False)


@pytest.mark.parametrize(
    ("path", "wanted", "tried"),
    [
        ("", "auto", ("1.2", "1.1")),
        ("", "1.1", ("1.1",)),
        (_V1P1, "auto", ("1.1",)),
        (_V1P2, "auto", ("1.2",)),
        (_V1P1, "1.2", ("1.2",)),
    ],
)
def test_a_path_is_taken_at_its_word_unless_a_version_is_set(path: str, wanted: str, tried: tuple[str, ...]) -> None:
    assert address(f"https://h.example{path}").versions(wanted) == tried


@pytest.mark.covers("R02")
def test_the_token_address_is_the_one_set_or_looked_for_in_order() -> None:
    found = address("https://h.example/campus")
    assert found.token_urls("https://t.example/oauth2/token?appName=x", "1.1") == (
        "https://t.example/oauth2/token?appName=x",
    )
    assert found.token_urls("", "1.2") == (
        "https://h.example/token",
        "https://h.example/oauth2/token",
        f"https://h.example/campus{_V1P2}/token",
    )


def test_a_page_is_asked_for_in_a_stable_order() -> None:
    assert page_address("https://h.example/users", 200, 100) == (
        "https://h.example/users?limit=100&offset=200&sort=sourcedId&orderBy=asc"
    )
