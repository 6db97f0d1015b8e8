"""What watches the service learns whether it lives and whether it can work, and nothing else."""

from datetime import timedelta

from django.db import connection
from django.test import Client
from django.utils import timezone

from rosterkeeper.features.runs import heartbeat
from tests.pages.site import Site


def _told(path: str) -> tuple[int, dict[str, bool]]:
    # By an address that the pages themselves are not served under, as a load balancer comes.
    answer = Client(headers={"host": "10.0.0.7:8000"}).get(path)
    assert answer["Cache-Control"] == "no-store"
    return answer.status_code, answer.json()


def test_a_process_that_answers_is_alive(site: Site) -> None:
    assert site.installation
    assert _told("/healthz") == (200, {"alive": True})


def test_pages_are_ready_once_a_worker_was_seen(site: Site) -> None:
    assert site.installation
    assert _told("/readyz") == (503, {"ready": False, "database": True, "migrations": True, "worker": False})
    heartbeat.beat("here-1")
    assert _told("/readyz") == (200, {"ready": True, "database": True, "migrations": True, "worker": True})
    assert not heartbeat.alive(timezone.now() + heartbeat.ALIVE + timedelta(seconds=1))


def test_a_database_that_waits_for_its_upgrade_is_not_ready(site: Site) -> None:
    heartbeat.beat("here-1")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'runs' AND name LIKE '0004%%'")
    assert site.installation
    assert _told("/readyz") == (503, {"ready": False, "database": True, "migrations": False, "worker": False})


def test_a_database_that_is_gone_is_told_without_an_error(site: Site) -> None:
    path = site.installation.configuration.sqlite_path
    assert path
    connection.close()
    path.unlink()
    path.mkdir()
    assert _told("/readyz") == (503, {"ready": False, "database": False, "migrations": False, "worker": False})
    assert _told("/healthz")[0] == 200
