"""The audit log is appended to, proven, and searched."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction

from rosterkeeper.features.audit import finding
from rosterkeeper.features.audit.callers import Caller, calling
from rosterkeeper.features.audit.chain import verify
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.oneroster.errors import RosterkeeperError
from tests.installation import Answer, Installation

_ENTRIES = 5


def _some() -> None:
    for number in range(1, _ENTRIES + 1):
        record("roster.seen", about="connection:3", keys=[f"user:3:S-{number}"], details={"rows": 1.5, "name": "é"})


def _untied(statement: str) -> None:
    """As somebody does who holds the database itself: without the triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER IF EXISTS audit_entry_never_changed")
            cursor.execute("DROP TRIGGER IF EXISTS audit_entry_never_deleted")
        else:
            cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
        cursor.execute("DELETE FROM audit_about")
        cursor.execute(statement)


def test_an_untouched_log_is_proven(opened: Installation) -> None:
    assert verify().entries == 0
    _some()
    proven = verify()
    assert proven.entries == _ENTRIES
    record("account.signed_in")
    assert verify(noted=proven.digest).entries == _ENTRIES + 1
    assert opened


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"])
def test_the_database_refuses_to_change_or_delete_an_entry(opened: Installation, statement: str) -> None:
    _some()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert verify().entries == _ENTRIES
    assert opened


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE audit_entry SET actor = 'x' WHERE id = 3", "audit.changed"),
        ("UPDATE audit_entry SET about = 'user:3:S-9' WHERE id = 5", "audit.changed"),
        ("DELETE FROM audit_entry WHERE id = 3", "audit.missing"),
        ("DELETE FROM audit_entry WHERE id = 5", "audit.cut"),
        ("DELETE FROM audit_entry", "audit.cut"),
    ],
)
def test_an_edited_file_is_found_out(opened: Installation, statement: str, code: str) -> None:
    _some()
    _untied(statement)
    with pytest.raises(RosterkeeperError) as fault:
        verify()
    assert fault.value.code == code
    assert opened


def test_a_chain_that_was_written_anew_lacks_the_digest_that_was_noted(opened: Installation) -> None:
    _some()
    noted = verify().digest
    _untied("DELETE FROM audit_entry")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_head")
    _some()
    assert verify().entries == _ENTRIES
    with pytest.raises(RosterkeeperError):
        verify(noted=noted)
    assert opened


def test_entries_written_at_once_make_one_chain(opened: Installation) -> None:
    def write(number: int) -> None:
        try:
            record("account.signed_in", details={"number": number})
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(24)))
    assert verify().entries == 24
    assert opened


def test_who_received_a_record_is_found_quickly_among_many(opened: Installation) -> None:
    record("roster.exported", about="connection:3")
    record("roster.exported", about="connection:4")
    with calling(lambda: Caller(7, "ada@example.org", "203.0.113.9")):
        record("roster.seen", keys=[f"user:3:S-{number}" for number in range(2000)])
    begun = time.perf_counter()
    found = list(finding.entries(finding.Wanted(key="user:3:S-17")))
    assert time.perf_counter() - begun < 1
    assert [(each.action, each.actor, each.origin) for each in found] == [
        ("roster.seen", "ada@example.org", "203.0.113.9"),
        ("roster.exported", "", ""),
    ]
    assert opened


def test_a_kind_of_action_and_an_account_narrow_the_log(opened: Installation) -> None:
    record("account.signed_in", account=7)
    record("account.signed_out", account=8)
    record("run.ordered", account=7)
    assert finding.entries(finding.Wanted(action="account.")).count() == 2
    assert finding.entries(finding.Wanted(action="account.", account=7)).count() == 1
    assert finding.actions(Entry.objects.all()) == ["account.signed_in", "account.signed_out", "run.ordered"]
    assert Entry.objects.count() == 3
    assert opened


def test_the_command_proves_the_log_and_says_where_it_was_changed(
    database: Installation, rosterkeeper: Callable[..., Answer]
) -> None:
    with database.in_process():
        _some()
    assert rosterkeeper("audit", "verify", "--json").ok().object["entries"] == _ENTRIES
    assert '"about": "connection:3"' in rosterkeeper("audit", "show", "--about", "user:3:S-2").ok().out
    with database.in_process():
        _untied("UPDATE audit_entry SET origin = 'x' WHERE id = 2")
    refused = rosterkeeper("audit", "verify")
    assert (refused.code, "Entry 2" in refused.err) == (1, True)
