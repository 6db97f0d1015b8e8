"""From where a request comes, with and without a proxy in front."""

import pytest
from django.http import HttpRequest
from django.test import override_settings

from rosterkeeper.features.audit.callers import origin_of


def _request(address: str, forwarded: str = "") -> HttpRequest:
    request = HttpRequest()
    request.META |= {"REMOTE_ADDR": address, "HTTP_X_FORWARDED_FOR": forwarded}
    return request


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", "unknown"),
    ],
)
def test_an_origin_is_an_address_or_a_network_that_one_machine_may_roam(address: str, origin: str) -> None:
    assert origin_of(_request(address)) == origin


@pytest.mark.parametrize(("trusts", "origin"), [(True, "198.51.100.7"), (False, "10.0.0.2")])
def test_a_proxy_is_believed_only_where_it_is_trusted_and_only_its_own_word(trusts: bool, origin: str) -> None:
    with override_settings(ROSTER_TRUSTS_PROXY=trusts):
        assert origin_of(_request("10.0.0.2", "192.0.2.1, 198.51.100.7")) == origin
