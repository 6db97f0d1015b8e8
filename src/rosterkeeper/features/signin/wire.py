"""How this server talks to providers: by the one way to the outside that sources use, which guards where it leads.

Providers are named by administrators, so that their addresses are judged like those of sources: the public internet by
https, and otherwise only what ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS lists.
"""

import io
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from rosterkeeper.features.signin.words import Refused
from rosterkeeper.sources.http.allowed import Allowed
from rosterkeeper.sources.http.client import Answer, Client, Limits
from rosterkeeper.sources.http.faults import Trouble
from rosterkeeper.sources.http.reach import Reach
from rosterkeeper.sources.http.sockets import Deadline

_LIMITS: Final = Limits(connect_seconds=5.0, idle_seconds=10.0, exchange_seconds=15.0, body_bytes=1024 * 1024)
_PORTS: Final = {"https": 443, "http": 80}


class NotReached(requests.RequestException):
    """The provider gave no answer; ``code`` is one of `words.REASONS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class GuardedAdapter(BaseAdapter):
    """Carries what allauth sends by `requests` over the guarded client."""

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        """The answer to the request; NotReached where there is none."""
        url, headers = request.url or "", dict(request.headers)
        try:
            check(url)
        except Refused as refused:
            raise NotReached(refused.code) from None
        client = Client(url, _LIMITS, Deadline(), connections=1, reach=Reach(_allowed()))
        try:
            if request.method == "POST":
                sent = request.body or b""
                answer = client.post_json(url, sent if isinstance(sent, bytes) else sent.encode(), headers)
            else:
                answer = client.get(url, lambda _: headers)
        except Trouble as trouble:
            is_private = trouble.error.code == "source.private_address"
            raise NotReached("signin.private_address" if is_private else "signin.unreachable") from None
        finally:
            client.close()
        return _response(request, answer)

    def close(self) -> None:
        """Nothing stays open."""


def session() -> requests.Session:
    """A session of `requests` that can reach nothing but by the guarded client."""
    made = requests.Session()
    made.trust_env = False
    made.headers.clear()
    for scheme in list(made.adapters):
        made.mount(scheme, GuardedAdapter())
    return made


def check(url: str) -> None:
    """Refused where the address is neither https nor at a host that the installation lists."""
    try:
        address = urlsplit(url)
        host, port = address.hostname or "", address.port or _PORTS.get(address.scheme, 0)
    except ValueError:
        raise Refused("signin.private_address") from None
    if not host or "@" in address.netloc or address.scheme not in _PORTS:
        raise Refused("signin.private_address")
    if address.scheme == "http" and not _is_listed(host, port):
        raise Refused("signin.private_address")


def _is_listed(host: str, port: int) -> bool:
    allowed = _allowed()
    try:
        return allowed.has_address(ip_address(host), port)
    except ValueError:
        return allowed.has_name(host, port)


def _allowed() -> Allowed:
    return Allowed.of(settings.ROSTER_ALLOWED_HOSTS)


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    made = requests.Response()
    made.status_code = answer.status
    made.url = answer.url
    made.request = request
    made.encoding = "utf-8"
    made.raw = io.BytesIO(answer.body)
    # No header that a library would follow elsewhere; the body is unpacked already.
    made.headers = CaseInsensitiveDict({"Content-Type": answer.headers.get("Content-Type", "")})
    return made
