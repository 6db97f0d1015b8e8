"""Where the pages cannot be served is said before anything is started."""

import socket

import pytest

from rosterkeeper.cli.listening import check_free
from rosterkeeper.oneroster.errors import SettingsError
from tests.installation import Installation


def test_a_port_that_another_program_listens_on_is_refused_and_taken_once_it_is_free() -> None:
    # As the web server does: whoever asks for it shares such a port.
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError) as refused:
            check_free("127.0.0.1", port)
        assert refused.value.code == "serve.port_taken"
        assert str(port) in refused.value.what
    check_free("127.0.0.1", port)


def test_an_address_that_is_not_this_machines_is_refused() -> None:
    with pytest.raises(SettingsError) as refused:
        check_free("192.0.2.1", 8000)
    assert refused.value.code == "serve.address"


def test_serve_starts_nothing_where_its_port_is_taken(bare: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        answer = bare.run("serve", "--port", str(other.getsockname()[1]))
    assert answer.code == 2
    assert "error serve.port_taken" in answer.err
    assert not bare.data_dir.exists()
