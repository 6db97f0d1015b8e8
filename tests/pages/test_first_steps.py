"""The way from an empty installation to a first synced roster, page by page."""

import pytest
from django.test import Client

from rosterkeeper.features.accounts import first
from rosterkeeper.features.accounts.models import Account
from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.features.runs.models import Order, Run
from tests.pages.site import HOST, PASSWORD, Site, text_of


def test_who_has_the_one_time_link_becomes_the_administrator_and_the_link_is_spent(site: Site) -> None:
    link = f"/first/{first.new_secret()}/"
    stated = {"email": "Ada@Example.org", "password": PASSWORD}

    made = Client(headers={"host": HOST}).post(link, stated)

    assert made.status_code == 302
    assert Account.objects.get().email == "ada@example.org"
    assert Account.objects.get().role == Role.ADMINISTRATOR
    spent = site.nobody.get(link)
    assert spent.status_code == 404
    assert "There is an administrator already" in text_of(spent)


def test_a_first_link_that_is_not_good_any_more_says_how_to_get_another(site: Site) -> None:
    answer = site.nobody.get("/first/too-old/")

    assert answer.status_code == 404
    assert "rosterkeeper first-link" in text_of(answer)


def test_a_form_sent_after_the_session_ended_is_told_to_be_lost_and_leads_back(site: Site) -> None:
    site.account(Role.ADMINISTRATOR)
    page = "/connections/add/csv/"
    sent = site.nobody.post(page, {"name": "north"}, follow=True)
    strict = Client(headers={"host": HOST}, enforce_csrf_checks=True)
    forged = strict.post("/connections/1/sync/", headers={"referer": f"http://{HOST}{page}"})

    assert sent.redirect_chain[0][0] == f"/sign-in/login/?next={page}"
    assert "You were signed out before this was saved" in text_of(sent)
    assert forged.status_code == 403
    assert "You were signed out before this was saved" in text_of(forged)
    assert f'href="/sign-in/login/?next={page}"' in text_of(forged)


def test_a_password_that_is_easily_guessed_is_refused_at_its_field(site: Site) -> None:
    link = f"/first/{first.new_secret()}/"

    answer = site.nobody.post(link, {"email": "ada@example.org", "password": "password1234"})

    assert 'aria-invalid="true"' in text_of(answer)
    assert not Account.objects.exists()


def test_before_there_is_an_administrator_every_page_says_how_one_is_made(site: Site) -> None:
    answer = site.nobody.get("/")

    assert answer.status_code == 503
    assert "rosterkeeper first-link" in text_of(answer)


def test_who_has_not_signed_in_is_asked_to(site: Site) -> None:
    site.account(Role.ADMINISTRATOR)

    answer = site.nobody.get("/connections/add/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/login/")


@pytest.mark.covers("L42", "M01")
def test_without_manage_settings_nobody_adds_a_connection(site: Site) -> None:
    assert site.signed_in(Role.VIEWER).get("/connections/add/").status_code == 403


@pytest.mark.covers("N09", "L22")
def test_sync_now_twice_gives_one_run(synced: Site) -> None:
    number = synced.connection().pk
    before = Run.objects.count()

    for _ in range(2):
        assert synced.administrator.post(f"/connections/{number}/sync/").status_code == 302

    assert Order.objects.filter(ended_at=None).count() == 1
    assert synced.work() == 1
    assert Run.objects.count() == before + 1
    assert Order.objects.get().result["outcome"] == "unchanged"
