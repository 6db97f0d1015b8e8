"""A source may be on the public internet or where the administrator says, and nowhere else."""

import socket
from collections.abc import Sequence

import pytest

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.http.allowed import Allowed
from rosterkeeper.sources.http.client import Client, Limits
from rosterkeeper.sources.http.faults import Trouble
from rosterkeeper.sources.http.reach import Reach
from rosterkeeper.sources.http.sockets import Deadline
from tests.unit.sources.http.servers import HERE, Asked, Reply, Signed, reply, serving

PUBLIC = "93.184.215.14"


class Names:
    """A name server that gives each name its addresses, and the next ones at each further question."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.left = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


def _closed(host: str, reach: Reach | None = None, port: int = 443) -> bool:
    with pytest.raises(Trouble) as caught:
        (reach or Reach()).addresses(host, port)
    return caught.value.error.code == "source.private_address" and not caught.value.passing


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "localhost",
        "LOCALHOST.",
        "0.0.0.0",
        "0",
        "[::1]",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "10.0.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "::ffff:10.0.0.1",
        "169.254.169.254",
        "fe80::1",
        "fe80::1%1",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "198.18.0.1",
        "224.0.0.1",
        "ff02::1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "2001:db8::1",
    ],
)
def test_no_spelling_of_a_closed_address_is_reached(host: str) -> None:
    assert _closed(host)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_the_public_internet_is_reached(address: str) -> None:
    reach = Reach(resolve=Names([address]), is_own=lambda _: False)
    assert reach.addresses("sis.example.org", 443) == [address]


def test_one_closed_address_among_public_ones_closes_the_name() -> None:
    assert _closed("sis.example.org", Reach(resolve=Names([PUBLIC, "10.0.0.1"]), is_own=lambda _: False))


def test_this_machine_is_not_reached_by_its_public_address() -> None:
    assert _closed("sis.example.org", Reach(resolve=Names([PUBLIC]), is_own=lambda address: address == PUBLIC))


def test_an_answer_that_is_no_address_is_not_reached() -> None:
    assert _closed("sis.example.org", Reach(resolve=Names(["elsewhere"])))


@pytest.mark.parametrize(
    ("listed", "host", "port", "address"),
    [
        ("sis.local", "sis.local", 443, "10.1.2.3"),
        ("SIS.local.", "sis.LOCAL", 8443, "10.1.2.3"),
        ("sis.local:8443", "sis.local", 8443, "10.1.2.3"),
        ("bücher.local", "xn--bcher-kva.local", 443, "10.1.2.3"),
        ("10.1.2.3", "sis.local", 443, "10.1.2.3"),
        ("10.1.2.3", "sis.local", 443, "::ffff:10.1.2.3"),
        ("10.1.2.3:80", "10.1.2.3", 80, "10.1.2.3"),
        ("10.0.0.0/8", "sis.local", 443, "10.200.0.9"),
        ("[fd00::1]:443", "sis.local", 443, "fd00::1"),
        ("fd00::/8", "sis.local", 443, "fd12::1"),
        (" , 127.0.0.1 ,", "localhost", 443, "127.0.0.1"),
    ],
)
def test_what_the_administrator_listed_is_reached(listed: str, host: str, port: int, address: str) -> None:
    reach = Reach(Allowed.of(listed.split(",")), resolve=Names([address]))
    assert reach.addresses(host, port) == [address]


@pytest.mark.parametrize(
    ("listed", "host", "port", "address"),
    [
        ("sis.local:8443", "sis.local", 443, "10.1.2.3"),
        ("sis.local", "evil.sis.local", 443, "10.1.2.3"),
        ("10.1.2.3", "sis.local", 443, "10.1.2.4"),
        ("10.1.2.3:80", "10.1.2.3", 443, "10.1.2.3"),
        ("10.0.0.0/8", "sis.local", 443, "127.0.0.1"),
        ("", "sis.local", 443, "10.1.2.3"),
    ],
)
def test_nothing_beside_what_was_listed_is_reached(listed: str, host: str, port: int, address: str) -> None:
    assert _closed(host, Reach(Allowed.of([listed]), resolve=Names([address])), port)


@pytest.mark.parametrize("entry", ["http://sis.local", "sis.local/path", "a b", "sis.local:port", "10.0.0.0/99", "*"])
def test_an_entry_that_is_no_host_is_refused(entry: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Allowed.of([entry])
    assert caught.value.code == "settings.allowed_hosts"
    assert entry not in caught.value.what


def test_the_address_that_was_judged_is_the_one_that_is_connected_to() -> None:
    """A name that answers differently the second time (DNS rebinding) is asked once."""
    with serving(lambda _: reply({"orgs": []})) as server:
        port = int(server.url.rpartition(":")[2])
        names = Names(["127.0.0.1"], ["169.254.169.254"])
        client = Client("http://sis.local", Limits(), Deadline(), reach=Reach(Allowed.of(["127.0.0.1"]), names))
        try:
            assert client.get(f"http://sis.local:{port}/orgs", Signed().headers).ok
        finally:
            client.close()
        assert names.asked == 1
        assert server.asked[0].headers["Host"] == f"sis.local:{port}"


def test_a_name_that_turns_private_is_refused_at_the_next_connection() -> None:
    def answer(_: Asked) -> Reply:
        return reply({"orgs": []}, Connection="close")

    with serving(answer) as server:
        port = int(server.url.rpartition(":")[2])
        reach = Reach(Allowed.of(["127.0.0.1"]), Names(["127.0.0.1"], ["169.254.169.254"]))
        client = Client("http://sis.local", Limits(), Deadline(), reach=reach)
        try:
            assert client.get(f"http://sis.local:{port}/orgs", Signed().headers).ok
            with pytest.raises(Trouble) as caught:
                client.post_form(f"http://other.local:{port}/token", {}, {})
        finally:
            client.close()
    assert caught.value.error.code == "source.private_address"


def test_a_second_address_is_tried_where_the_first_does_not_answer() -> None:
    with serving(lambda _: reply({"orgs": []})) as server:
        port = int(server.url.rpartition(":")[2])
        reach = Reach(Allowed.of(["127.0.0.0/8"]), Names(["127.0.0.2", "127.0.0.1"]))
        client = Client("http://sis.local", Limits(), Deadline(), reach=reach)
        try:
            assert client.get(f"http://sis.local:{port}/orgs", Signed().headers).ok
        finally:
            client.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "[::ffff:127.0.0.1]"])
def test_a_client_without_a_list_does_not_talk_to_this_machine(host: str) -> None:
    with serving(lambda _: reply({})) as server:
        url = f"http://{host}:{server.url.rpartition(':')[2]}"
        client = Client(url, Limits(), Deadline())
        try:
            with pytest.raises(Trouble) as caught:
                client.get(url, Signed().headers)
        finally:
            client.close()
        assert (caught.value.error.code, server.asked) == ("source.private_address", [])


def test_a_proxy_of_the_administrator_is_used_but_not_for_closed_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: reply({"orgs": []})) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        client = Client(
            "http://sis.invalid", Limits(), Deadline(), reach=Reach(resolve=_only_literal, is_own=lambda _: False)
        )
        try:
            assert client.get("http://sis.invalid/orgs", Signed().headers).ok
            with pytest.raises(Trouble) as caught:
                client.get("http://169.254.169.254/latest", Signed().headers)
        finally:
            client.close()
    assert caught.value.error.code == "source.private_address"
    assert len(proxy.asked) == 1


@pytest.mark.parametrize(
    "place",
    ["%31%36%39.254.169.254", "169.254.169.254\\.example.com", "[::1%25lo]", "[::1%lo]", "169.254.169.254%00.org"],
)
def test_a_proxy_is_asked_for_no_address_that_can_be_read_in_two_ways(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(lambda _: reply({"orgs": []})) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        client = Client(
            "http://sis.invalid", Limits(), Deadline(), reach=Reach(resolve=_only_literal, is_own=lambda _: False)
        )
        try:
            with pytest.raises(Trouble) as caught:
                client.get(f"http://{place}/latest", Signed().headers)
        finally:
            client.close()
    assert caught.value.error.code in {"source.private_address", "source.unreachable"}
    assert proxy.asked == []


def _only_literal(host: str, port: int) -> Sequence[str]:
    if host[0].isdigit():
        return [host]
    raise socket.gaierror(socket.EAI_NONAME, "not known")


def test_the_machines_own_addresses_are_told_from_others() -> None:
    assert HERE.is_own("127.0.0.1")
    assert not HERE.is_own("8.8.8.8")
