"""Quirks of ClassLink's proxy: the true roster of the one right district comes, or none and the code that says why."""

import pytest

from rosterkeeper.sample import Wanted
from rosterkeeper.sample.classlink import APPLICATION
from tests.contract.quirks import Ask, Lab, Pulled, classlink, of_quirks, some

CLAMPED = some(Wanted("clamp", value=60, on=("applications",)))
TRUE = {
    "cl-applications-no-count": [classlink(), classlink(CLAMPED)],
    "cl-three-ids": [classlink("plural-id")],
    "cl-appid-preescaped": [classlink()],
    "cl-proxy-path-variants": [classlink("old-path")],
    "cl-bearer-null": [classlink("bearer-null")],
    "cl-401-two-meanings": [classlink(some(Wanted("rotated", after=12)))],
    "cl-undocumented-headers": [classlink("headers")],
}

REFUSED = {
    "cl-applications-no-count": {"classlink.empty_list": classlink("no-applications")},
    "cl-401-two-meanings": {
        "classlink.unknown_tenant": classlink("withdrawn"),
        "classlink.withdrawn": classlink(some(Wanted("withdrawn", after=12))),
        "classlink.wrong_key": classlink(secret="of somebody else"),
    },
    "cl-enabled-strings": {"classlink.not_enabled": classlink("disabled")},
    "cl-tenant-key": {"classlink.unknown_tenant": classlink(tenant_id="47")},
}


@of_quirks("quirk", TRUE)
@pytest.mark.covers("N01", "N02", "M11")
def test_the_one_district_is_found_and_read(quirk: str, lab: Lab, truth: Pulled) -> None:
    for ask in TRUE[quirk]:
        pulled = lab.pull(ask)
        assert (ask.faults, pulled.code, pulled.digests) == (ask.faults, "", truth.digests)
        paths = {each.path for each in pulled.asked if "/ims/" in each.path}
        assert all(f"/{APPLICATION}/ims/oneroster/" in path for path in paths)


@of_quirks("quirk", REFUSED)
@pytest.mark.covers("N02", "N37", "M13")
def test_a_district_that_is_not_shared_brings_nothing(quirk: str, lab: Lab) -> None:
    for code, ask in REFUSED[quirk].items():
        pulled = lab.pull(ask)
        assert (pulled.code, pulled.rows) == (code, {})


@of_quirks("quirk", ["cl-tenant-key"])
def test_the_same_ids_of_two_districts_stay_apart(quirk: str, lab: Lab, truth: Pulled) -> None:
    people = truth.digests["users"][0]
    other = lab.run(Ask("dangling=20"), first=True)
    assert 0 < other.count("add")["users"] < people
    ours = lab.run()
    assert ours.count("unchanged")["users"] == people
    assert ours.count("update") == ours.count("remove") == {}
