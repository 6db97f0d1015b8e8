"""What a restored installation begins with, and which backups are refused."""

from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.connections.workflow import add, prepare
from rosterkeeper.features.runs.models import Order
from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.service.backup.archive import Manifest
from rosterkeeper.service.backup.restoring import restore
from rosterkeeper.service.backup.taking import take
from rosterkeeper.sources.spec import CsvSpec
from tests.conftest import postgresql_copy
from tests.installation import Installation


def _backup(installation: Installation, file: Path) -> Path:
    with installation.in_process():
        take(installation.configuration, file)
    return file


def _restored(file: Path, folder: Path) -> Installation:
    made = Installation(folder)
    with made.in_process():
        restore(made.configuration, file)
    return made


def _refusal(file: Path, installation: Installation) -> str:
    with installation.in_process(), pytest.raises(RosterkeeperError) as caught:
        restore(installation.configuration, file)
    return caught.value.code


def test_nobody_is_signed_in_and_open_orders_are_taken_up_anew(sqlite: Installation, tmp_path: Path) -> None:
    now = timezone.now()
    with sqlite.in_process():
        Session.objects.create(session_key="k", session_data="", expire_date=now)
        Order.objects.create(connection_id=1, action="sync", begun_at=now)
        Order.objects.create(connection_id=2, action="sync", begun_at=now, ended_at=now)
        record("tried")
    made = _restored(_backup(sqlite, tmp_path / "all.backup"), tmp_path / "elsewhere")
    with made.in_process():
        assert Session.objects.count() == 0
        assert list(Order.objects.order_by("id").values_list("begun_at", flat=True)) == [None, now]
        assert list(Entry.objects.values_list("action", flat=True)) == ["tried"]


def test_settings_come_along_and_secrets_among_them_do_not(
    sqlite: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROSTERKEEPER_WEB_HOSTS", "roster.example.org")
    monkeypatch.setenv("ROSTERKEEPER_SMTP_PASSWORD", "canary")
    monkeypatch.setenv("ROSTERKEEPER_SECRET_KEY", "canary")
    with sqlite.in_process():
        manifest: Manifest = take(sqlite.configuration, tmp_path / "set.backup").manifest
    assert manifest.settings == {"ROSTERKEEPER_WEB_HOSTS": "roster.example.org"}


def test_a_backup_of_a_newer_version_is_refused(sqlite: Installation, tmp_path: Path) -> None:
    with sqlite.in_process(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('runs', '9999_later', '2030-01-01 00:00:00')"
        )
    file = _backup(sqlite, tmp_path / "newer.backup")
    assert _refusal(file, Installation(tmp_path / "elsewhere")) == "backup.newer"


def test_an_installation_that_was_set_up_and_not_used_is_empty(sqlite: Installation, tmp_path: Path) -> None:
    file = _backup(sqlite, tmp_path / "all.backup")
    with sqlite.in_process():
        restore(sqlite.configuration, file)
        prepare()
        add("north", CsvSpec(path="north.zip"))
    assert _refusal(file, sqlite) == "restore.not_empty"


def test_files_of_another_installation_are_not_mixed_in(sqlite: Installation, tmp_path: Path) -> None:
    file = _backup(sqlite, tmp_path / "all.backup")
    other = Installation(tmp_path / "other")
    (other.configuration.artifacts / "snapshots").mkdir(parents=True)
    (other.configuration.artifacts / "snapshots" / "users.parquet").write_text("of others")
    assert _refusal(file, other) == "restore.not_empty"


@pytest.mark.postgresql
def test_an_audit_log_that_was_begun_is_not_overwritten(
    postgresql: Installation, postgresql_server: str, postgresql_template: Installation, tmp_path: Path
) -> None:
    file = _backup(postgresql, tmp_path / "all.backup")
    with postgresql_copy(postgresql_server, postgresql_template, tmp_path / "used") as used:
        with used.in_process():
            restore(used.configuration, file)
            record("tried")
        assert _refusal(file, used) == "restore.other_tables"
