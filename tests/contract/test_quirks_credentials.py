"""Quirks of signing in and of addresses: the true roster comes, or none and the code that says why."""

import pytest
from oauthlib import oauth1

from rosterkeeper.sample import SampleServer, Service, Wanted
from rosterkeeper.sources.http.client import Client, Limits
from rosterkeeper.sources.http.oauth1 import OAuth1
from rosterkeeper.sources.http.sockets import Deadline
from rosterkeeper.sources.oneroster.presets import BY_NAME
from tests.contract.quirks import SECRET, Ask, Lab, Pulled, classlink, of_quirks, some
from tests.unit.sources.http.servers import HERE

_ROOT = "https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly"
_AT_THE_ROOT = {"url": "{url}", "client_id": "sample", "auth": "oauth2"}
TRUE = {
    "cl-three-auth-modes": [
        classlink(),
        classlink(direct=True),
        Ask("token-basic", kind="classlink", spec=_AT_THE_ROOT, auth="oauth2"),
    ],
    "cl-oauth1-hash": [classlink(direct=True), classlink(direct=True, auth="oauth1-sha1")],
    "cl-oauth1-query-signed": [Ask(auth="oauth1"), Ask("clamp=30,no-total", auth="oauth1")],
    "cl-lib-param-bug": [Ask("cursor=40", auth="oauth1")],
    "cl-host-root-token": [Ask("token-basic", kind="classlink", spec=_AT_THE_ROOT, auth="oauth2")],
    "token-both-channels": [Ask("token-basic", auth="oauth2"), Ask("token-body", auth="oauth2")],
    "token-form-vs-query": [
        Ask("token-query", spec={"auth_style": "query"}, auth="oauth2"),
        Ask("token-unasked", auth="oauth2"),
    ],
    "token-scope-mandatory": [Ask("token-scope", auth="oauth2")],
    "token-scope-http-https": [
        Ask("token-scope-begins=http://", auth="oauth2"),
        Ask("token-no-scope", auth="oauth2"),
        Ask("token-scope-begins=http://,token-scope", spec={"scope": _ROOT.replace("https", "http")}, auth="oauth2"),
    ],
    "token-missing-scope-expiry": [
        Ask("token-bare", auth="oauth2"),
        Ask("token-short=2", auth="oauth2"),
        Ask("token-dies=5", auth="oauth2"),
    ],
    "token-url-not-derivable": [Ask("token-at=/x/y", spec={"token_url": "{url}/x/y"}, auth="oauth2")],
    "token-under-base": [Ask("token-at=/ims/oneroster/v1p1/token", auth="oauth2")],
    "token-password-grant": [
        Ask("token-password", spec={"grant": "password", "username": "vendor", "password": "vendor"}, auth="oauth2")
    ],
    "token-session-cookie": [Ask("token-cookie", auth="oauth2")],
    "ic-appname": [Ask("token-app", spec={"token_url": "{url}/token?appName=roster"}, auth="oauth2")],
    "blackbaud-two-bases": [
        Ask("prefix=/afe-rostr", auth="oauth2", spec={"url": "{url}/afe-rostr", "token_url": "{url}/afe-rostr/token"}),
        Ask(auth="oauth1", spec={"url": "{url}/ims/oneroster/v1p1"}),
    ],
    "url-normalise": [
        Ask(spec={"url": url})
        for url in (
            "{url}",
            "{url}/",
            "{url}/ims/oneroster/v1p1/",
            "{url}//ims/oneroster",
            " {url}/ims/oneroster/v1p1/users ",
        )
    ],
    "ic-two-base-forms": [
        Ask("prefix=/campus/api", spec={"url": "{url}/campus/api"}),
        Ask("prefix=/campus/api/oneroster/app", spec={"url": "{url}/campus/api/oneroster/app/ims/oneroster/v1p1"}),
    ],
}
REFUSED = {
    "token-url-not-derivable": (Ask("token-at=/x/y", auth="oauth2"), "source.not_found"),
    "token-login-form": (Ask("token-login", auth="oauth2"), "source.not_found"),
    "token-password-grant": (Ask("token-password", auth="oauth2"), "source.refused_credentials"),
    "token-scope-mandatory": (Ask("token-scope", spec={"scope": "none"}, auth="oauth2"), "source.scope_refused"),
    "ic-appname": (Ask("token-app", auth="oauth2"), "source.refused_credentials"),
    "ic-oauth1-ended": (Ask("status=401", auth="oauth1"), "source.refused_credentials"),
    "aspen-tls": (Ask(spec={"url": "https://127.0.0.1:{port}"}), "source.tls"),
}


@of_quirks("quirk", TRUE)
@pytest.mark.covers("R01", "R02", "L10", "L14")
def test_the_roster_comes_by_every_way_in(quirk: str, lab: Lab, truth: Pulled) -> None:
    for ask in TRUE[quirk]:
        pulled = lab.pull(ask)
        assert (ask.faults, pulled.code, pulled.digests) == (ask.faults, "", truth.digests)


@of_quirks("quirk", REFUSED)
@pytest.mark.covers("R02", "N37")
def test_a_closed_way_in_says_so_and_gives_no_secret_away(quirk: str, lab: Lab) -> None:
    ask, code = REFUSED[quirk]
    pulled = lab.pull(ask)
    assert (pulled.code, pulled.rows) == (code, {})
    assert pulled.error is not None
    assert SECRET not in f"{pulled.error} {pulled.error.what} {pulled.error.todo}"
    assert sum(each.method == "POST" for each in pulled.asked) <= 3


@of_quirks("quirk", ["cl-oauth1-apostrophe"])
@pytest.mark.covers("L10")
def test_quotes_and_blanks_are_signed_as_they_are_sent(quirk: str, lab: Lab) -> None:
    with SampleServer(lab.packages["1.1"], auth="oauth1", service=Service(secret=SECRET)) as server:
        client = Client(server.url, Limits(), Deadline(), reach=HERE)
        auth = OAuth1("sample", SECRET, oauth1.SIGNATURE_HMAC_SHA256)
        text = "filter=role%3D%27student%27%20AND%20familyName%21%3D%27O%27%27Neil%27&limit=1"
        answer = client.get(f"{server.base_url}/users?{text}", auth.headers)
        client.close()
    assert answer.status == 200
    assert int(answer.headers["X-Total-Count"]) > 50


@of_quirks("quirk", ["version-path-mix"])
@pytest.mark.covers("R01")
def test_the_version_is_that_of_the_path_which_answers(quirk: str, lab: Lab) -> None:
    for version in ("1.1", "1.2"):
        found = lab.pull(Ask(version=version, spec={"url": "{url}"}))
        assert (found.code, found.version) == ("", version)
    label = lab.pull(Ask(version="1.1", spec={"url": "{url}", "version": "1.2"}))
    assert (label.code, label.rows) == ("source.not_found", {})


@of_quirks("quirk", ["blackbaud-two-bases", "ic-appname", "token-scope-mandatory"])
@pytest.mark.covers("L12", "R03")
def test_the_preset_knows_what_is_peculiar(quirk: str) -> None:
    known = {"blackbaud-two-bases": "blackbaud", "ic-appname": "infinite-campus", "token-scope-mandatory": "aeries"}
    assert BY_NAME[known[quirk]].auth == "oauth2"
    assert BY_NAME["blackbaud-myschoolapp"].auth == "oauth1"
    assert BY_NAME["infinite-campus"].must_name.startswith("appName")


def test_a_token_that_dies_again_and_again_ends_the_pull(lab: Lab) -> None:
    pulled = lab.pull(Ask(some(Wanted("token-dies", value=1, after=3)), auth="oauth2"))
    assert (pulled.code, pulled.rows) == ("source.refused_credentials", {})
