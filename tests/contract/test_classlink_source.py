"""ClassLink against real servers: the district found and read, and each reason why it is not, told by itself."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from oauthlib import oauth1

from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError
from rosterkeeper.oneroster.fields import ENTITIES
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.classlink.source import ClassLinkServer
from rosterkeeper.sources.contract import Fetched, Probe
from rosterkeeper.sources.http.retry import Patience
from rosterkeeper.sources.oneroster.service import Setup
from rosterkeeper.sources.spec import ClassLinkSpec
from tests.unit.sources.http.servers import HERE, Asked, HeldClock, Reply, Server, serving
from tests.unit.sources.oneroster.proxies import BEARER, KEY, SEGMENT, TENANT, WORDS, Proxy, row
from tests.unit.sources.oneroster.services import BASES, OneRoster, district

_PLAIN = tuple(entity.name for entity in ENTITIES if not entity.nested)


class _Watch:
    """Follows a fetch."""

    def progress(self, step: str, what: str, done: int, total: int | None) -> None:
        """Nothing to note."""

    def check(self) -> None:
        """Never stops."""


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    with Scratch(tmp_path / "scratch") as made:
        yield made


def _source(server: Server, **more: str) -> ClassLinkServer:
    """A source that never really waits."""
    spec = ClassLinkSpec(tenant_id=TENANT, secret=KEY, proxy=server.url, page_size=2)
    return ClassLinkServer(
        msgspec.structs.replace(spec, **more), Setup(patience=Patience(), pace=HeldClock().pace(), reach=HERE)
    )


def _fetched(proxy: Proxy, scratch: Scratch, **more: str) -> tuple[Fetched, Server]:
    with serving(proxy) as server:
        return _source(server, **more).fetch(scratch, _Watch()), server


def _refused(proxy: Proxy, scratch: Scratch, **more: str) -> RosterkeeperError:
    with pytest.raises(RosterkeeperError) as caught:
        _fetched(proxy, scratch, **more)
    fault = caught.value
    for secret in (KEY, BEARER, "words of the server", "Elm County", TENANT):
        assert secret not in f"{fault} {fault.what} {fault.todo} {fault.code}"
    return fault


# The district is found.


@pytest.mark.covers("N01", "N02", "N03", "M07", "M10")
def test_tenant_and_key_are_enough_to_read_a_whole_district(scratch: Scratch) -> None:
    fetched, server = _fetched(Proxy([row(17), row(), row(18)]), scratch)
    assert (fetched.version, fetched.form, set(fetched.collections)) == ("1.1", "rest", {*_PLAIN})
    assert fetched.collections["users"].rows == 3
    keys = {asked.headers["Authorization"] for asked in server.asked if asked.path == "/applications"}
    assert keys == {f"Bearer {KEY}"}
    bearers = {asked.headers["Authorization"] for asked in server.asked if "/ims/" in asked.path}
    assert bearers == {f"Bearer {BEARER}"}


def test_the_escaped_id_is_used_as_it_is_and_no_other_id_is(scratch: Scratch) -> None:
    _, server = _fetched(Proxy([row()]), scratch)
    paths = {asked.path for asked in server.asked if asked.path != "/applications"}
    assert paths == {f"/{SEGMENT}{BASES['1.1']}/{name}" for name in _PLAIN}


@pytest.mark.parametrize("cap", [1000, 3, 1])
def test_the_list_is_read_to_its_end_however_small_its_pages_are(cap: int, scratch: Scratch) -> None:
    rows = [row(100 + number, id=number) for number in range(7)]
    fetched, server = _fetched(Proxy([*rows, row()], cap=cap), scratch)
    assert fetched.collections["orgs"].rows == 3
    offsets = [asked.number("offset") for asked in server.asked if asked.path == "/applications"]
    assert offsets[-1] == 8


def test_a_list_that_ignores_the_offset_ends_all_the_same(scratch: Scratch) -> None:
    proxy = Proxy([row()])

    def answer(asked: Asked) -> Reply:
        again = asked.path == "/applications"
        return proxy(replace(asked, target="/applications?limit=1000&offset=0") if again else asked)

    with serving(answer) as server:
        assert _source(server).fetch(scratch, _Watch()).collections["users"].rows == 3
    assert proxy.listed == 2


@pytest.mark.parametrize(
    "own",
    [
        {"tenant_id": TENANT},
        {"enabled": True},
        {"enabled": "TRUE", "tenant_status": "active"},
        {"oneroster_application_id": None, "oneroster_applications_id": SEGMENT},
    ],
)
def test_the_forms_that_a_row_comes_in_mean_the_same(own: dict[str, object], scratch: Scratch) -> None:
    assert _fetched(Proxy([row(**own)]), scratch)[0].collections["users"].rows == 3


def test_a_district_without_a_bearer_is_opened_by_the_key(scratch: Scratch) -> None:
    proxy = Proxy([row(bearer=None)], OneRoster("1.1", district("1.1"), bearer=KEY))
    assert _fetched(proxy, scratch)[0].collections["users"].rows == 3


def test_the_older_path_of_the_data_is_found_by_asking_once(scratch: Scratch) -> None:
    fetched, server = _fetched(Proxy([row()], path=f"/proxy/v1p0/{SEGMENT}"), scratch)
    assert fetched.collections["users"].rows == 3
    assert sum(asked.path.startswith(f"/{SEGMENT}") for asked in server.asked) == 1


# It is not, and each reason has its own words.


@pytest.mark.covers("N37", "N44", "M13")
def test_a_wrong_key_is_told_in_the_words_of_the_console(scratch: Scratch) -> None:
    fault = _refused(Proxy([row()]), scratch, secret="mistyped")
    assert (fault.code, "invalid Tenant ID or Key" in fault.what) == ("classlink.wrong_key", True)
    assert "ask your ClassLink administrator" in fault.todo


@pytest.mark.covers("N37", "N44", "M13", "L41", "S17")
@pytest.mark.parametrize(
    ("own", "code"),
    [
        ({"tenant_id": 4712}, "classlink.unknown_tenant"),
        ({"tenant_id": 17, "id": 4711, "application_id": 4711}, "classlink.unknown_tenant"),
        ({"enabled": "false"}, "classlink.not_enabled"),
        ({"enabled": None}, "classlink.not_enabled"),
        ({"tenant_status": "Inactive"}, "classlink.tenant_inactive"),
        ({"oneroster_application_id": "../applications"}, "classlink.no_list"),
        ({"oneroster_application_id": ".."}, "classlink.no_list"),
        ({"oneroster_application_id": "a?b"}, "classlink.no_list"),
        ({"oneroster_application_id": "gone"}, "classlink.no_data_path"),
        ({"bearer": "a\r\nb"}, "classlink.no_list"),
    ],
)
def test_each_reason_why_a_district_cannot_be_read_has_its_code(
    own: dict[str, object], code: str, scratch: Scratch
) -> None:
    fault = _refused(Proxy([row(17), row(**own)]), scratch)
    assert fault.code == code
    assert "ClassLink" in fault.todo or "PROXY" in fault.todo


def test_two_applications_of_one_district_are_not_guessed_between(scratch: Scratch) -> None:
    twice = [row(), row(oneroster_application_id="other")]
    assert _refused(Proxy(twice), scratch).code == "classlink.two_applications"
    assert _fetched(Proxy([row(), row(enabled="false", oneroster_application_id="other")]), scratch)[0].proof


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"status": 1}', "classlink.no_list"),
        (b'{"status": 1, "applications": null}', "classlink.no_list"),
        (b"<html>words of the server</html>", "classlink.no_list"),
        (b'{"status": 0, "applications": []}', "classlink.empty_list"),
    ],
)
def test_an_answer_that_is_no_list_of_districts_says_so(body: bytes, code: str, scratch: Scratch) -> None:
    with serving(lambda _: Reply(200, body)) as server, pytest.raises(RosterkeeperError) as caught:
        _source(server).fetch(scratch, _Watch())
    assert (caught.value.code, "words" in caught.value.what) == (code, False)


def test_a_connection_without_tenant_or_key_asks_nobody(scratch: Scratch) -> None:
    with serving(lambda _: Reply()) as server:
        for wrong in ({"tenant_id": " "}, {"secret": ""}):
            with pytest.raises(SettingsError):
                _source(server, **wrong).fetch(scratch, _Watch())
        assert server.asked == []


# The bearer changes, or the sharing ends.


class _Turn:
    """Refuses the district's bearer from its ``after``-th page on; the list then has the row ``then``."""

    def __init__(self, after: int, then: list[dict[str, object]]) -> None:
        self.proxy = Proxy([row()])
        self.after, self.then, self.pages = after, then, 0

    def __call__(self, asked: Asked) -> Reply:
        if "/ims/" in asked.path:
            self.pages += 1
            if self.pages == self.after:
                self.proxy.rows = self.then
                self.proxy.service.bearer = "district-bearer-2"
        return self.proxy(asked)


@pytest.mark.parametrize("after", [1, 2, 6])
def test_a_changed_bearer_is_fetched_in_the_middle_of_a_pull(after: int, scratch: Scratch) -> None:
    turn = _Turn(after, [row(bearer="district-bearer-2")])
    with serving(turn) as server:
        fetched = _source(server).fetch(scratch, _Watch())
    assert (fetched.collections["users"].rows, fetched.collections["enrollments"].rows) == (3, 2)
    assert turn.proxy.listed == 4


@pytest.mark.covers("M26")
@pytest.mark.parametrize("after", [1, 6])
@pytest.mark.parametrize(
    ("then", "code"),
    [
        ([row()], "classlink.withdrawn"),
        ([row(17)], "classlink.withdrawn"),
        ([row(enabled="false")], "classlink.not_enabled"),
    ],
)
def test_withdrawn_sharing_is_told_from_a_wrong_key(
    after: int, then: list[dict[str, object]], code: str, scratch: Scratch
) -> None:
    with serving(_Turn(after, then)) as server, pytest.raises(RosterkeeperError) as caught:
        _source(server).fetch(scratch, _Watch())
    assert caught.value.code == code
    assert "invalid Tenant ID or Key" not in caught.value.what
    assert "ClassLink administrator" in caught.value.todo


# What ClassLink says beside its pages.


class _Headed:
    """A proxy whose n-th page of data has the headers ``of(n)``."""

    def __init__(self, headers: dict[int, dict[str, str]]) -> None:
        self.proxy, self.headers, self.pages = Proxy([row()]), headers, 0

    def __call__(self, asked: Asked) -> Reply:
        if "/ims/" in asked.path:
            self.pages += 1
            self.proxy.headers = self.headers.get(self.pages, self.headers.get(0, {}))
        return self.proxy(asked)


def test_permissions_that_move_in_the_middle_begin_the_pull_anew(scratch: Scratch) -> None:
    headed = _Headed({0: {"x-perm-rev": "8"}, 1: {"x-perm-rev": "7"}, 2: {"x-perm-rev": "7"}, 3: {"x-perm-rev": "7"}})
    with serving(headed) as server:
        fetched = _source(server).fetch(scratch, _Watch())
    assert fetched.collections["users"].rows == scratch.count("SELECT count(*) FROM raw_users") == 3
    assert sum(asked.path.endswith("/orgs") for asked in server.asked) > 3


def test_permissions_that_never_stand_still_fail_the_pull(scratch: Scratch) -> None:
    headed = _Headed({number: {"x-perm-rev": str(number)} for number in range(1, 100)})
    with serving(headed) as server, pytest.raises(RosterkeeperError) as caught:
        _source(server).fetch(scratch, _Watch())
    assert caught.value.code == "source.incomplete"
    assert sum("limit=2&offset=0" in asked.target for asked in server.asked if "orgs" in asked.path) == 4


def test_a_page_that_is_shorter_than_its_count_is_not_taken(scratch: Scratch) -> None:
    with serving(Proxy([row()], headers={"x-count": "2"})) as server, pytest.raises(RosterkeeperError) as caught:
        _source(server).fetch(scratch, _Watch())
    assert caught.value.code == "source.incomplete"


@pytest.mark.covers("L02")
@pytest.mark.parametrize(("said", "found"), [("email,sms", True), ("", False), ("false", False)])
def test_a_server_that_says_it_masks_fields_is_believed(said: str, found: bool, scratch: Scratch) -> None:
    _fetched(Proxy([row()], headers={"x-obfuscated": said}), scratch)
    told = scratch.rows("SELECT DISTINCT entity FROM finding WHERE code = 'vendor.masked_fields'")
    assert (len(told) == len(_PLAIN)) == found
    assert bool(told) == found


# Straight to the district's server.


class _Signed:
    """The district's own server: the OneRoster service for whoever signs with ``method``."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.service = OneRoster("1.1", district("1.1"))
        self.url = ""

    def __call__(self, asked: Asked) -> Reply:
        if not asked.path.startswith("/ims/"):
            return Reply(404, WORDS)
        uri = self.url + asked.target
        header = asked.headers.get("Authorization", "")
        found = dict(part.strip().split("=", 1) for part in header.removeprefix("OAuth ").split(",") if "=" in part)
        if found.get("oauth_signature_method", "").strip('"') != self.method:
            return Reply(401, WORDS)
        signed = oauth1.Client(
            "the-key",
            client_secret="the-secret",
            signature_method=self.method,
            nonce=found["oauth_nonce"].strip('"'),
            timestamp=found["oauth_timestamp"].strip('"'),
        ).sign(uri)[1]["Authorization"]
        if signed != header:
            return Reply(401, WORDS)
        return self.service(replace(asked, headers={"Authorization": "Bearer static-bearer"}))


def _direct(method: str, **more: str) -> tuple[_Signed, ClassLinkSpec]:
    spec = ClassLinkSpec(client_id="the-key", secret="the-secret", page_size=2)
    return _Signed(method), msgspec.structs.replace(spec, **more)


def _opened(spec: ClassLinkSpec, url: str) -> ClassLinkServer:
    setup = Setup(patience=Patience(), pace=HeldClock().pace(), reach=HERE)
    return ClassLinkServer(msgspec.structs.replace(spec, url=url), setup)


@pytest.mark.covers("L10", "L14", "L15", "L16", "S10", "S18")
@pytest.mark.parametrize("pasted", ["", "/", "/ims/oneroster/v1p1", "/ims/oneroster/v1p1/orgs/"])
@pytest.mark.parametrize(("auth", "method"), [("oauth1", "HMAC-SHA256"), ("oauth1-sha1", "HMAC-SHA1")])
def test_endpoint_key_and_secret_read_the_districts_own_server(
    auth: str, method: str, pasted: str, scratch: Scratch
) -> None:
    desk, spec = _direct(method, auth=auth)
    with serving(desk) as server:
        desk.url = server.url
        fetched = _opened(spec, server.url + pasted).fetch(scratch, _Watch())
    assert (fetched.version, fetched.collections["users"].rows) == ("1.1", 3)


@pytest.mark.covers("S13", "L10")
def test_a_wrong_secret_of_the_own_server_is_told(scratch: Scratch) -> None:
    desk, spec = _direct("HMAC-SHA256", secret="mistyped")
    with serving(desk) as server:
        desk.url = server.url
        with pytest.raises(RosterkeeperError) as caught:
            _opened(spec, server.url).fetch(scratch, _Watch())
    assert caught.value.code == "source.refused_credentials"


def test_a_token_at_the_hosts_root_is_asked_for_by_basic_alone(scratch: Scratch) -> None:
    service = OneRoster("1.1", district("1.1"), bearer="given")

    def answer(asked: Asked) -> Reply:
        if asked.method == "GET":
            return service(asked)
        by_basic = asked.headers.get("Authorization", "").startswith("Basic ")
        right = asked.path == "/token" and by_basic and "client_secret" not in asked.body
        return Reply(200, json.dumps({"access_token": "given"}).encode()) if right else Reply(401, WORDS)

    _, spec = _direct("", auth="oauth2")
    with serving(answer) as server:
        fetched = _opened(spec, server.url + "/ims/oneroster/v1p1").fetch(scratch, _Watch())
        assert fetched.collections["users"].rows == 3
        assert [asked.path for asked in server.asked if asked.method == "POST"] == ["/token"]


# The connection test.


def _told(probes: list[Probe]) -> dict[str, tuple[bool, str]]:
    assert all(probe.says for probe in probes)
    assert all(probe.todo for probe in probes if not probe.ok)
    for secret in ("words of the server", "never-land-this", "O'Neil", "Zoë", KEY, BEARER):
        assert secret not in str(probes)
    return {probe.what: (probe.ok, probe.code) for probe in probes}


@pytest.mark.covers("M11", "N03", "S11", "S12")
def test_a_good_connection_passes_with_totals_and_shapes() -> None:
    with serving(Proxy([row()])) as server:
        probes = _source(server).test()
    told = _told(probes)
    assert [what for what, (ok, _) in told.items() if not ok] == []
    assert set(told) == {"server", "encryption", "credentials", "service", *_PLAIN}
    says = {probe.what: probe.says for probe in probes}
    assert "3 records; the first has 6 of" in says["users"]
    assert "1.1" in says["service"]


@pytest.mark.covers("M11", "M13", "L41", "S13", "N37", "N44")
@pytest.mark.parametrize(
    ("rows", "key", "what", "code"),
    [
        ([row()], "mistyped", "credentials", "classlink.wrong_key"),
        ([row(17)], KEY, "sharing", "classlink.unknown_tenant"),
        ([row(enabled="false")], KEY, "sharing", "classlink.not_enabled"),
        ([row(bearer="no longer taken")], KEY, "sharing", "classlink.withdrawn"),
    ],
)
def test_each_failure_ends_the_test_with_its_own_code(
    rows: list[dict[str, object]], key: str, what: str, code: str
) -> None:
    with serving(Proxy(rows)) as server:
        told = _told(_source(server, secret=key).test())
    assert (list(told)[-1], told[what]) == (what, (False, code))
    assert told["server"] == (True, "")


@pytest.mark.covers("M11", "M13")
def test_a_missing_permission_is_told_by_its_collection() -> None:
    service = OneRoster("1.1", district("1.1"), bearer=BEARER, statuses={"classes": 403, "demographics": 403})
    with serving(Proxy([row()], service)) as server:
        told = _told(_source(server).test())
    assert (told["classes"], told["users"]) == ((False, "source.forbidden"), (True, ""))
    assert told["demographics"] == (True, "table.not_shared")


@pytest.mark.covers("L02")
def test_masked_fields_are_told_before_anything_is_synced() -> None:
    with serving(Proxy([row()], headers={"x-obfuscated": "true"})) as server:
        assert _told(_source(server).test())["users"] == (True, "vendor.masked_fields")


@pytest.mark.covers("S13")
def test_the_older_signature_is_tried_once_where_the_newer_is_refused() -> None:
    desk, spec = _direct("HMAC-SHA1")
    with serving(desk) as server:
        desk.url = server.url
        told = _told(_opened(spec, server.url).test())
        assert told["credentials"] == (False, "source.other_signature")
        assert len(server.asked) <= 4
    desk, spec = _direct("HMAC-SHA1", secret="mistyped")
    with serving(desk) as server:
        desk.url = server.url
        probes = _opened(spec, server.url).test()
        assert _told(probes)["credentials"] == (False, "source.refused_credentials")
        assert "HMAC-SHA1 was tried too" in probes[-1].says


@pytest.mark.covers("N36", "N03")
def test_a_proxy_that_cannot_be_reached_is_told_as_that() -> None:
    with serving(lambda _: Reply()) as server:
        pass
    assert _told(_source(server).test()) == {"server": (False, "source.unreachable")}
