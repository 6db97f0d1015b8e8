"""Settings come from the environment alone, and a wrong one is named."""

from pathlib import Path

import pytest

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.service.configuration import read
from rosterkeeper.service.settings import database_of


def test_nothing_set_means_sqlite_in_the_users_data_folder() -> None:
    stated = read({"XDG_DATA_HOME": "/srv/data"})
    assert stated.data_dir == Path("/srv/data/rosterkeeper")
    assert stated.sqlite_path == Path("/srv/data/rosterkeeper/rosterkeeper.sqlite3")


def test_a_sqlite_url_names_an_absolute_path() -> None:
    assert read({"ROSTERKEEPER_DATABASE_URL": "sqlite:////srv/a%20b.db"}).sqlite_path == Path("/srv/a b.db")
    assert read({"ROSTERKEEPER_DATABASE_URL": "sqlite:///here.db"}).sqlite_path == Path.cwd() / "here.db"


def test_the_database_url_that_a_job_gets_says_the_same_to_a_second_reader() -> None:
    once = read({"ROSTERKEEPER_DATABASE_URL": "sqlite:////srv/roster.db"}).database_url
    assert once == "sqlite:////srv/roster.db"
    assert read({"ROSTERKEEPER_DATABASE_URL": once}).database_url == once


def test_hosts_of_ones_own_network_are_listed_with_commas() -> None:
    stated = read({"ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS": " sis.local, 10.0.0.0/8:443 ,"})
    assert stated.allowed_hosts == ("sis.local", "10.0.0.0/8:443")
    assert read({}).allowed_hosts == ()


def test_a_host_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        read({"ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS": "https://sis.local"})
    assert caught.value.code == "settings.allowed_hosts"


def test_the_memory_of_a_run_is_bounded_and_may_be_stated() -> None:
    megabytes = int(read({}).memory_limit.removesuffix("MB"))
    assert 0 < megabytes <= 2_300
    assert read({"ROSTERKEEPER_MEMORY_LIMIT": "3GB"}).memory_limit == "3GB"


def test_postgresql_may_be_written_short() -> None:
    assert read({"ROSTERKEEPER_DATABASE_URL": "postgres://u@h/d"}).database_url == "postgresql://u@h/d"


def test_postgresql_options_reach_django() -> None:
    stated = read({"ROSTERKEEPER_DATABASE_URL": "postgresql://ann:pw@db.example:5433/roster?sslmode=require"})
    database = database_of(stated)
    assert (database["NAME"], database["HOST"], database["PORT"]) == ("roster", "db.example", "5433")
    assert database["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ROSTERKEEPER_DATABASE_URL", "mysql://ann:hidden@h/d", "settings.database_url"),
        ("ROSTERKEEPER_DATABASE_URL", "postgresql://ann:hidden@h", "settings.database_url"),
        ("ROSTERKEEPER_DATABASE_URL", "sqlite:///:memory:", "settings.database_url"),
        ("ROSTERKEEPER_MEMORY_LIMIT", "much", "settings.memory_limit"),
        ("ROSTERKEEPER_THREADS", "0", "settings.threads"),
        ("ROSTERKEEPER_RETENTION_DAYS", "0", "settings.retention_days"),
        ("ROSTERKEEPER_NOTICE_LANGUAGE", "Klingon", "settings.notice_language"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_repeated(name: str, value: str, code: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read({name: value})
    assert caught.value.code == code
    assert name in caught.value.what
    assert "hidden" not in caught.value.what + caught.value.todo


def test_a_url_that_libpq_does_not_understand_is_a_settings_error() -> None:
    stated = read({"ROSTERKEEPER_DATABASE_URL": "postgresql://ann:hidden@h/d?nonsense=1"})
    with pytest.raises(SettingsError) as caught:
        database_of(stated)
    assert "hidden" not in caught.value.what
