"""Every failure has a stable code, a plain sentence and a next step."""

import socket
import ssl

import httpx2
import pytest
from urllib3.exceptions import HTTPError, ProtocolError

from rosterkeeper.oneroster.errors import SourceFailed, SourceRefused
from rosterkeeper.sources.http import faults


def _every(root: type[Exception]) -> list[type[Exception]]:
    return [root, *(deeper for each in root.__subclasses__() for deeper in _every(each))]


def _made(kind: type[Exception]) -> Exception:
    """An instance as the library would raise it, whatever its constructor asks for."""
    return kind.__new__(kind, "secret")


_HTTPX2 = [*_every(httpx2.HTTPError), *_every(httpx2.StreamError), httpx2.InvalidURL]
_URLLIB3 = _every(HTTPError)


@pytest.mark.parametrize("kind", [*_HTTPX2, *_URLLIB3])
@pytest.mark.covers("N36")
def test_every_exception_of_the_client_has_its_place(kind: type[Exception]) -> None:
    trouble = faults.of_exception(_made(kind))
    assert isinstance(trouble.error, SourceFailed | SourceRefused)
    assert trouble.error.code.startswith("source.")
    assert "Nothing was changed" in trouble.error.what
    assert trouble.error.todo
    assert "secret" not in trouble.error.what + trouble.error.todo


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (socket.gaierror(-2, "Name or service not known"), "source.dns"),
        (ssl.SSLCertVerificationError("self-signed"), "source.tls"),
        (ConnectionRefusedError(), "source.unreachable"),
    ],
)
@pytest.mark.covers("N36")
def test_a_failed_connection_is_told_by_its_cause(cause: OSError, code: str) -> None:
    fault = ProtocolError("Connection aborted.", cause)
    fault.__cause__ = cause
    assert faults.of_exception(fault).error.code == code


@pytest.mark.parametrize(
    ("status", "code", "passing"),
    [
        (301, "source.moved", False),
        (400, "source.not_oneroster", False),
        (401, "source.refused_credentials", False),
        (403, "source.forbidden", False),
        (404, "source.not_found", False),
        (413, "source.too_large", False),
        (429, "source.rate_limited", True),
        (500, "source.server_error", True),
        (501, "source.server_error", False),
        (503, "source.server_error", True),
    ],
)
def test_every_status_has_its_code(status: int, code: str, passing: bool) -> None:
    trouble = faults.of_status(status, 7.0)
    assert (trouble.error.code, trouble.passing) == (code, passing)


@pytest.mark.covers("N37")
def test_refused_credentials_are_told_in_the_words_of_the_console() -> None:
    assert "invalid Tenant ID or Key" in faults.of_status(401).error.what
