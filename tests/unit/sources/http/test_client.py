"""One exchange is bounded in time and bytes, and stays with its host."""

import gzip
import socket
import threading
import time
import zlib
from io import BufferedIOBase

import pytest

from rosterkeeper.sources.http.client import MEGABYTE, Client, Limits
from rosterkeeper.sources.http.faults import Trouble
from rosterkeeper.sources.http.sockets import Deadline
from tests.unit.sources.http.servers import HERE, Asked, Reply, Signed, client_of, reply, serving


def _code_of(url: str, limits: Limits | None = None) -> str:
    with client_of(url, limits) as client, pytest.raises(Trouble) as caught:
        client.get(f"{url}/orgs", Signed().headers)
    return caught.value.error.code


def test_an_answer_is_unpacked_and_its_headers_are_read_in_any_case() -> None:
    packed = Reply(200, gzip.compress(b'{"orgs":[]}'), {"Content-Encoding": "gzip", "x-total-count": "0"})
    with serving(lambda _: packed) as server, client_of(server.url) as client:
        answer = client.get(f"{server.url}/orgs", Signed().headers)
    assert (bytes(answer.body), answer.headers["X-Total-Count"]) == (b'{"orgs":[]}', "0")


def test_a_redirect_within_the_host_is_followed_and_signed_anew() -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(302, headers={"Location": "/new?x=1"}) if asked.path == "/old" else reply({"ok": 1})

    auth = Signed()
    with serving(answer) as server, client_of(server.url) as client:
        assert client.get(f"{server.url}/old", auth.headers).ok
        assert auth.signed == [f"{server.url}/old", f"{server.url}/new?x=1"]


@pytest.mark.parametrize("location", ["http://127.0.0.2/", "https://example.org/x", "file:///etc/passwd", "", "//h:x"])
def test_a_redirect_to_another_host_is_not_followed(location: str) -> None:
    with serving(lambda _: Reply(302, headers={"Location": location})) as server:
        assert _code_of(server.url) == "source.moved"
        assert len(server.asked) == 1


def test_a_redirect_in_a_circle_ends() -> None:
    with serving(lambda _: Reply(302, headers={"Location": "/orgs"})) as server:
        assert _code_of(server.url) == "source.moved"
        assert len(server.asked) <= 4


def test_an_answer_beyond_the_byte_limit_is_stopped() -> None:
    with serving(lambda _: Reply(200, b"x" * (2 * MEGABYTE))) as server:
        assert _code_of(server.url, Limits(body_bytes=MEGABYTE)) == "source.too_large"


def test_a_packed_bomb_is_stopped_while_it_unpacks() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    bomb = b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(64)) + packer.flush()
    with serving(lambda _: Reply(200, bomb, {"Content-Encoding": "gzip"})) as server:
        begun = time.process_time()
        assert _code_of(server.url, Limits(body_bytes=4 * MEGABYTE)) == "source.too_large"
        assert time.process_time() - begun < 2


def test_a_body_of_damaged_gzip_is_not_json() -> None:
    with serving(lambda _: Reply(200, b"no gzip at all", {"Content-Encoding": "gzip"})) as server:
        assert _code_of(server.url) == "source.not_json"


def _drip_body(out: BufferedIOBase) -> None:
    out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    _drip(out)


def _drip_headers(out: BufferedIOBase) -> None:
    out.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(out)


def _drip(out: BufferedIOBase) -> None:
    for _ in range(100):
        out.write(b"x")
        out.flush()
        time.sleep(0.05)


@pytest.mark.parametrize("write", [_drip_body, _drip_headers])
def test_a_server_that_sends_a_byte_at_a_time_is_stopped(write: object) -> None:
    spoil = Reply(write=write)  # type: ignore[arg-type]
    with serving(lambda _: spoil) as server:
        begun = time.monotonic()
        assert _code_of(server.url, Limits(idle_seconds=5, exchange_seconds=0.5)) == "source.timeout"
        assert time.monotonic() - begun < 3


def test_a_server_that_says_nothing_is_stopped() -> None:
    def answer(asked: Asked) -> Reply:
        time.sleep(0.6)
        return Reply()

    with serving(answer) as server:
        assert _code_of(server.url, Limits(idle_seconds=0.2, exchange_seconds=20)) == "source.timeout"


def test_a_stop_ends_a_wait_in_another_thread() -> None:
    released = threading.Event()

    def answer(asked: Asked) -> Reply:
        released.wait(20)
        return Reply()

    deadline = Deadline()
    with serving(answer) as server:
        client = Client(server.url, Limits(), deadline, reach=HERE)
        threading.Timer(0.2, deadline.stop).start()
        begun = time.monotonic()
        with pytest.raises(Trouble):
            client.get(server.url, Signed().headers)
        assert time.monotonic() - begun < 5
        released.set()
        client.close()


def test_a_body_that_is_cut_is_not_taken_for_whole() -> None:
    with serving(lambda _: Reply(200, b'{"orgs":[]}', length=500)) as server:
        assert _code_of(server.url) == "source.unreachable"


def _headed(head: str) -> Reply:
    def write(out: BufferedIOBase) -> None:
        out.write(b"HTTP/1.1 200 OK\r\n" + head.encode("latin-1") + b'\r\n{"orgs":[]}')

    return Reply(write=write)


@pytest.mark.parametrize(
    "head", ["Content-Length: 11\r\nContent-Length: 5\r\n", "X-Many: 1\r\n" * 500, "no header\r\nX-Total-Count: 9\r\n"]
)
def test_an_answer_whose_headers_contradict_each_other_or_never_end_is_not_believed(head: str) -> None:
    with serving(lambda _: _headed(head)) as server:
        assert _code_of(server.url) == "source.unreachable"


@pytest.mark.parametrize("head", ["Content-Length: 11\r\nX-Name: \xe9\r\n", ""])
def test_an_answer_with_odd_headers_or_none_is_read(head: str) -> None:
    with serving(lambda _: _headed(head)) as server, client_of(server.url) as client:
        assert bytes(client.get(server.url, Signed().headers).body) == b'{"orgs":[]}'


def _said(text: bytes) -> Reply:
    def write(out: BufferedIOBase) -> None:
        out.write(text)

    return Reply(write=write)


def test_what_only_says_that_an_answer_will_come_is_not_taken_for_it() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
    answer = _said(hints + b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + b'{"orgs":[]}')
    with serving(lambda _: answer) as server, client_of(server.url) as client:
        assert bytes(client.get(server.url, Signed().headers).body) == b'{"orgs":[]}'
    with serving(lambda _: _said(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")) as server:
        assert _code_of(server.url) == "source.unreachable"


def test_an_answer_that_can_have_no_body_has_none_whatever_it_says() -> None:
    nothing = _said(b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n")
    with serving(lambda _: nothing) as server, client_of(server.url) as client:
        assert client.get(server.url, Signed().headers).status == 204


def test_the_address_that_is_signed_is_the_one_that_is_asked_for() -> None:
    auth = Signed()
    with serving(lambda _: reply({})) as server, client_of(server.url) as client:
        client.get(f"{server.url}/a%2fb/%c3%a9/[x]/k%zz?limit=1&c=[a]|%", auth.headers)
    assert [f"{server.url}{each.target}" for each in server.asked] == auth.signed
    assert server.asked[0].target == "/a%2Fb/%C3%A9/%5Bx%5D/k%25zz?limit=1&c=%5Ba%5D%7C%25"


def test_a_body_in_chunks_is_put_together_and_one_that_is_cut_is_not_taken_for_whole() -> None:
    def chunks(end: bytes) -> Reply:
        def write(out: BufferedIOBase) -> None:
            out.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            out.write(b'4\r\n{"or\r\n7\r\ngs":[]}\r\n' + end)

        return Reply(write=write)

    with serving(lambda _: chunks(b"0\r\n\r\n")) as server, client_of(server.url) as client:
        assert bytes(client.get(server.url, Signed().headers).body) == b'{"orgs":[]}'
    with serving(lambda _: chunks(b"")) as server:
        assert _code_of(server.url) == "source.unreachable"


@pytest.mark.covers("N36")
def test_a_server_that_is_not_there_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert _code_of(f"http://127.0.0.1:{taken.getsockname()[1]}") == "source.unreachable"


@pytest.mark.covers("N36")
def test_a_name_that_does_not_exist_is_told() -> None:
    assert _code_of("http://no-such-host.invalid") == "source.dns"


def test_encryption_that_cannot_be_trusted_is_told() -> None:
    with serving(lambda _: Reply()) as server:
        assert _code_of(server.url.replace("http:", "https:")) == "source.tls"


@pytest.mark.parametrize("url", ["gopher://127.0.0.1/x", "http://", "http://127.0.0.1:99999/", "http://\x00/"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with client_of("http://127.0.0.1") as client, pytest.raises(Trouble) as caught:
        client.get(url, Signed().headers)
    assert caught.value.error.code == "source.unreachable"
