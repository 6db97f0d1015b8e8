"""What every kind of source must do, asked of each of them over the same district."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from rosterkeeper.engine.normalize import norm_table, normalize
from rosterkeeper.oneroster.errors import SourceFailed, SourceRefused
from rosterkeeper.oneroster.fields import BY_NAME, CORE, PASSWORD_FIELDS
from rosterkeeper.sample import SampleServer, write_sample
from rosterkeeper.scratch import Scratch
from rosterkeeper.sources.contract import Source, raw_fields, raw_table
from rosterkeeper.sources.registry import open_source
from rosterkeeper.sources.spec import KINDS, ClassLinkSpec, CsvSpec, OneRosterSpec, SourceSpec
from tests.unit.sources.csvzip.zips import QuietWatch

CANARY = "canary-4711"


@contextmanager
def _csv(package: Path) -> Iterator[SourceSpec]:
    yield CsvSpec(path=str(package))


@contextmanager
def _broken_csv(package: Path) -> Iterator[SourceSpec]:
    cut = package.with_name("cut.zip")
    cut.write_bytes(package.read_bytes()[:-200])
    yield CsvSpec(path=str(cut))


@contextmanager
def _oneroster(package: Path) -> Iterator[SourceSpec]:
    with SampleServer(package) as server:
        yield OneRosterSpec(url=server.url, client_id="sample", secret="sample-secret")


@contextmanager
def _broken_oneroster(package: Path) -> Iterator[SourceSpec]:
    with SampleServer(package) as server:
        yield OneRosterSpec(url=server.url, client_id="sample", secret=CANARY)


@contextmanager
def _classlink(package: Path) -> Iterator[SourceSpec]:
    with SampleServer(package, auth="classlink") as server:
        yield ClassLinkSpec(tenant_id=server.tenant_id, secret="sample-secret", proxy=server.url)


@contextmanager
def _broken_classlink(package: Path) -> Iterator[SourceSpec]:
    with SampleServer(package, auth="classlink") as server:
        yield ClassLinkSpec(tenant_id=server.tenant_id, secret=CANARY, proxy=server.url)


@dataclass(frozen=True)
class Kind:
    """How a kind of source is stood up over a package: well, and so that it cannot be read."""

    well: Callable[[Path], AbstractContextManager[SourceSpec]]
    broken: Callable[[Path], AbstractContextManager[SourceSpec]]


# The one place in the tests that a new kind of source must be given.
KNOWN = {
    "csv": Kind(_csv, _broken_csv),
    "oneroster": Kind(_oneroster, _broken_oneroster),
    "classlink": Kind(_classlink, _broken_classlink),
}

each_kind = pytest.mark.parametrize("kind", KNOWN.values(), ids=KNOWN)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small made-up district."""
    path = tmp_path_factory.mktemp("district") / "district.zip"
    write_sample(path, users=100, seed=5, version="1.1")
    return path


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    with Scratch(tmp_path / "scratch") as made:
        yield made


def _open(spec: SourceSpec) -> Source:
    return open_source(spec, allowed=("127.0.0.1",))


@pytest.mark.covers("N42")
def test_every_kind_of_source_has_its_place_here() -> None:
    assert set(KNOWN) == set(KINDS)


@each_kind
def test_a_spec_comes_through_a_job_description_unchanged(kind: Kind, package: Path) -> None:
    with kind.well(package) as spec:
        assert msgspec.json.decode(msgspec.json.encode(spec), type=SourceSpec) == spec


@each_kind
@pytest.mark.covers("N42", "R01", "R02")
def test_a_source_lands_the_whole_district_with_a_proof(kind: Kind, package: Path, scratch: Scratch) -> None:
    with kind.well(package) as spec:
        fetched = _open(spec).fetch(scratch, QuietWatch())
    assert fetched.proof
    assert {entity.name for entity in CORE} <= set(fetched.collections)
    for name, collection in fetched.collections.items():
        columns = {
            str(row[0]) for row in scratch.rows(f"SELECT name FROM pragma_table_info('{raw_table(BY_NAME[name])}')")
        }
        assert columns == {"row", "metadata", *(field.column for field in raw_fields(BY_NAME[name]))}
        assert not columns & set(PASSWORD_FIELDS)
        assert scratch.count(f"SELECT count(*) FROM {raw_table(BY_NAME[name])}") == collection.rows
        assert (collection.entity, bool(collection.place)) == (name, True)


def test_every_kind_gives_the_same_roster(package: Path, tmp_path: Path) -> None:
    hashes = {}
    for name, kind in KNOWN.items():
        with kind.well(package) as spec, Scratch(tmp_path / name) as scratch:
            normalize(scratch, _open(spec).fetch(scratch, QuietWatch()))
            hashes[name] = [
                scratch.rows(f"SELECT count(*), sum(hash(sourced_id)) FROM {norm_table(entity)}") for entity in CORE
            ]
    assert all(each == hashes["csv"] for each in hashes.values())


@each_kind
def test_a_digest_is_the_same_for_the_same_source_or_blank(kind: Kind, package: Path, tmp_path: Path) -> None:
    with kind.well(package) as spec:
        digests = []
        for number in (1, 2):
            with Scratch(tmp_path / str(number)) as scratch:
                digests.append(_open(spec).digest(scratch, QuietWatch()))
    assert digests[0] == digests[1]


@each_kind
def test_a_test_tries_what_a_fetch_needs_and_finds_it_good(kind: Kind, package: Path) -> None:
    with kind.well(package) as spec:
        probes = _open(spec).test()
    assert probes
    assert [each.what for each in probes if not each.ok] == []


@each_kind
@pytest.mark.covers("L27", "L28")
def test_a_broken_source_is_told_with_a_code_and_a_next_step_and_no_secret(
    kind: Kind, package: Path, scratch: Scratch
) -> None:
    with kind.broken(package) as spec:
        with pytest.raises((SourceRefused, SourceFailed)) as caught:
            _open(spec).fetch(scratch, QuietWatch())
        bad = [each for each in _open(spec).test() if not each.ok]
    error = caught.value
    assert all((error.code, error.what, error.todo))
    assert bad
    assert all(each.code and each.says and each.todo for each in bad)
    assert CANARY not in f"{error.what}{error.todo}{bad}"
