"""ClassLink against real servers: the district found and read, and each reason why it is not, told by itself."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rosterkeeper.oneroster.errors import RosterkeeperError, SettingsError
from rosterkeeper.oneroster.fields import ENTITIES
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Fetched
from tests.unit.sources.http.servers import Asked, Reply, Server, serving
from tests.unit.sources.oneroster.proxies import BEARER, KEY, SEGMENT, TENANT, Proxy, Quiet, row, source
from tests.unit.sources.oneroster.services import BASES, OneRoster, district

_PLAIN = tuple(entity.name for entity in ENTITIES if not entity.nested)


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    with Scratch(tmp_path / "scratch") as made:
        yield made


def _fetched(proxy: Proxy, scratch: Scratch, **more: str) -> tuple[Fetched, Server]:
    with serving(proxy) as server:
        return source(server, **more).fetch(scratch, Quiet()), server


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
        assert source(server).fetch(scratch, Quiet()).collections["users"].rows == 3
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
        source(server).fetch(scratch, Quiet())
    assert (caught.value.code, "words" in caught.value.what) == (code, False)


def test_a_connection_without_tenant_or_key_asks_nobody(scratch: Scratch) -> None:
    with serving(lambda _: Reply()) as server:
        for wrong in ({"tenant_id": " "}, {"secret": ""}):
            with pytest.raises(SettingsError):
                source(server, **wrong).fetch(scratch, Quiet())
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
        fetched = source(server).fetch(scratch, Quiet())
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
        source(server).fetch(scratch, Quiet())
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
        fetched = source(server).fetch(scratch, Quiet())
    assert fetched.collections["users"].rows == scratch.count("SELECT count(*) FROM raw_users") == 3
    assert sum(asked.path.endswith("/orgs") for asked in server.asked) > 3


def test_permissions_that_never_stand_still_fail_the_pull(scratch: Scratch) -> None:
    headed = _Headed({number: {"x-perm-rev": str(number)} for number in range(1, 100)})
    with serving(headed) as server, pytest.raises(RosterkeeperError) as caught:
        source(server).fetch(scratch, Quiet())
    assert caught.value.code == "source.incomplete"
    assert sum("limit=2&offset=0" in asked.target for asked in server.asked if "orgs" in asked.path) == 4


def test_a_page_that_is_shorter_than_its_count_is_not_taken(scratch: Scratch) -> None:
    with serving(Proxy([row()], headers={"x-count": "2"})) as server, pytest.raises(RosterkeeperError) as caught:
        source(server).fetch(scratch, Quiet())
    assert caught.value.code == "source.incomplete"


@pytest.mark.covers("L02")
@pytest.mark.parametrize(("said", "found"), [("email,sms", True), ("", False), ("false", False)])
def test_a_server_that_says_it_masks_fields_is_believed(said: str, found: bool, scratch: Scratch) -> None:
    _fetched(Proxy([row()], headers={"x-obfuscated": said}), scratch)
    told = scratch.rows("SELECT DISTINCT entity FROM finding WHERE code = 'vendor.masked_fields'")
    assert (len(told) == len(_PLAIN)) == found
    assert bool(told) == found
