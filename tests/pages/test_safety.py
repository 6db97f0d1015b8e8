"""What no page does: change something on a GET, take a foreign form, tell a secret in an error."""

import hashlib
import io
import logging
import re

import pytest
from django.db import connection
from django.test import Client

from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.service.access import routes
from rosterkeeper.service.logs import PlacesFormatter
from tests.pages.site import HOST, PASSWORD, Site, text_of

_CANARY = "Canary Birdsong"
# What signing in and looking leave behind; the roster's catalog is only another form of it, made when it is asked for.
_MOVES = re.compile(r"django_session|audit_|roster_(catalog|health)|sqlite_|.*_words|runs_progress")


def _hash() -> str:
    """A hash of all that the pages could change."""
    told = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if not _MOVES.match(table):
                cursor.execute(f'SELECT * FROM "{table}"')
                told.update(f"{table}{sorted(map(repr, cursor.fetchall()))}".encode())
    return told.hexdigest()


def _addresses(number: int) -> list[str]:
    pages = [route.address for route in routes() if not route.method]
    return [re.sub(r"<(str|slug|path):\w+>", "x", re.sub(r"<int:\w+>", str(number), each)) for each in pages]


def test_no_page_changes_anything_when_it_is_only_looked_at(synced: Site) -> None:
    client = synced.administrator
    before = _hash()
    answered = [client.get(address).status_code for address in _addresses(synced.connection().pk)]
    assert answered.count(200) > 20
    assert max(answered) < 500
    assert _hash() == before


def test_every_form_without_its_token_or_from_a_foreign_page_is_refused(site: Site) -> None:
    client = Client(headers={"host": HOST}, enforce_csrf_checks=True)
    client.force_login(site.account(Role.ADMINISTRATOR))
    client.get("/account/")
    token = client.cookies["csrf"].value
    taken = []
    for address in _addresses(1):
        bare = client.post(address, {})
        foreign = client.post(address, {"csrfmiddlewaretoken": token}, headers={"origin": "https://evil.example"})
        # An identity provider comes by a token alone, a console by a signature; a session opens nothing there.
        refused = (400, 403) if address == "/console/launch" else (403, 403)
        refused = (401, 403) if address.startswith("/scim/v2/") else refused
        if (bare.status_code, foreign.status_code) != refused and not address.startswith("/api/"):
            taken.append((address, bare.status_code, foreign.status_code))
    assert taken == []


def test_cookies_are_the_servers_alone_and_pages_forbid_inline_scripts(site: Site) -> None:
    client = Client(headers={"host": HOST})
    client.post("/sign-in/login/", {"login": site.account(Role.VIEWER).email, "password": PASSWORD})
    answer = client.get("/account/")
    session = client.cookies["session"]
    assert (session["httponly"], session["samesite"]) == (True, "Lax")
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("address", ["/connections/987654/", "/runs/987654/", "/nothing/at/all", "/welcome/wrong/"])
def test_what_is_not_there_is_a_page_with_a_next_step(site: Site, address: str) -> None:
    answer = site.administrator.get(address)
    assert answer.status_code == 404
    assert "Next step:" in text_of(answer)


def test_an_error_of_our_own_is_a_page_with_a_reference_that_stands_in_the_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    client = site.administrator
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE connections_connection RENAME TO elsewhere")

    answer = client.get("/connections/")

    shown = re.search(r"<code>([0-9a-f]{8})</code>", text_of(answer))
    assert answer.status_code == 500
    assert shown
    assert shown[1] in caplog.text
    assert "OperationalError" in caplog.text
    assert "Traceback" not in text_of(answer)


def test_a_log_line_tells_where_an_error_came_from_and_none_of_its_words() -> None:
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(PlacesFormatter())
    log = logging.Logger("canary")
    log.addHandler(handler)
    try:
        try:
            raise ValueError(_CANARY)
        except ValueError as fault:
            raise RuntimeError(_CANARY) from fault
    except RuntimeError:
        log.exception("It broke.")
    assert "builtins.ValueError" in said.getvalue()
    assert "test_safety.py" in said.getvalue()
    assert _CANARY not in said.getvalue()


def test_a_one_time_link_does_not_get_into_the_log(site: Site) -> None:
    said = io.StringIO()
    # As the handler that writes to standard error: on the root, where what does not propagate never comes.
    handler = logging.StreamHandler(said)
    logging.getLogger().addHandler(handler)
    try:
        assert site.nobody.get("/welcome/a-secret-link/").status_code == 404
        assert site.nobody.get("/first/a-secret-link/").status_code == 404
    finally:
        logging.getLogger().removeHandler(handler)
    assert "a-secret-link" not in said.getvalue()


def test_a_host_name_that_is_not_ours_is_refused_with_a_next_step(site: Site) -> None:
    answer = Client(headers={"host": "evil.example"}).get("/account/")
    assert site.installation
    assert answer.status_code == 400
    assert "ROSTERKEEPER_WEB_HOSTS" in text_of(answer)
