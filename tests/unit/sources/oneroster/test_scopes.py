"""What a token is asked for."""

import pytest

from rosterkeeper.sources.oneroster.service import SCOPES


@pytest.mark.covers("M33")
def test_only_reading_is_asked_for() -> None:
    assert all(scope.endswith(".readonly") for scopes in SCOPES.values() for scope in scopes)
