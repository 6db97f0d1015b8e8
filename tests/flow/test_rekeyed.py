"""A source gives everything a new id: held, recognised, confirmed, and nobody was added or removed."""

import csv
from pathlib import Path

import pytest

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import DirectoryAccount, Person, Record, Ruling
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.features.runs import rekeying, workflow
from rosterkeeper.features.runs.models import HeldState, Run
from rosterkeeper.matching.tables import GroupKind, Kind, Origin
from rosterkeeper.matching.tables import Ruling as Word
from tests.flow.conftest import Days, District
from tests.flow.rekeying import rekey, renamed


def _unseen(_: object) -> None:
    return None


def _held(district: District, connection: Connection, package: Path) -> Run:
    district.gets(package)
    ended = workflow.sync(connection, on_progress=_unseen)
    assert ended.result.outcome == "held"
    return workflow.find(ended.run)


def _people(connection: Connection) -> dict[str, str]:
    """The live people's ids, by username."""
    rows = LIVE["users"]._default_manager.filter(connection_id=connection.pk)
    return {username: key for key, username in rows.values_list("sourced_id", "username")}


@pytest.mark.covers("L20", "N17")
def test_the_same_district_under_new_ids_is_recognised_and_keeps_its_people(
    north: District, days: Days, tmp_path: Path
) -> None:
    with north.installation.in_process():
        connection = Connection.objects.get(name="north")
        workflow.sync(connection, on_progress=_unseen)
        before = _people(connection)
        someone = sorted(before.values())[0]
        room = (
            LIVE["classes"]._default_manager.filter(connection_id=connection.pk).values_list("sourced_id", flat=True)[0]
        )
        account = DirectoryAccount.objects.create(
            district_id=connection.district_id, origin=Origin.CSV, username="a", sourced_id=someone
        )
        person = Person.objects.create(
            district_id=connection.district_id,
            kind=Kind.STUDENT,
            connection_id=connection.pk,
            sourced_id=someone,
            account_id=account.pk,
        )
        Record.objects.create(
            connection_id=connection.pk, sourced_id=someone, district_id=connection.district_id, person_id=person.pk
        )
        Ruling.objects.create(
            district_id=connection.district_id, connection_id=connection.pk, sourced_id=someone, word=Word.IGNORE
        )
        Group.objects.create(
            district_id=connection.district_id,
            kind=GroupKind.CLASS,
            connection_id=connection.pk,
            class_sourced_id=room,
            name="7A",
        )
        held = _held(north, connection, rekey(days.first, tmp_path / "new.zip"))
        assert "hold.rekeyed" in {each["code"] for each in held.reasons}
        looked = rekeying.look(held, on_progress=_unseen).result
        assert looked.code == "", (looked.code, looked.what)
        assert {name: (each.gone, each.same) for name, each in looked.rekeyed.items()} == {
            name: (each.gone, each.gone) for name, each in looked.rekeyed.items()
        }
        done = rekeying.rekey(held, on_progress=_unseen).result
        assert done.outcome == "applied"
        assert {(each.add, each.remove) for each in done.counts.values()} == {(0, 0)}
        assert _people(connection) == {username: renamed(key) for username, key in before.items()}
        assert Record.objects.get(person_id=person.pk).sourced_id == renamed(someone)
        person.refresh_from_db()
        account.refresh_from_db()
        assert (person.sourced_id, account.sourced_id) == (renamed(someone), renamed(someone))
        assert (Ruling.objects.get().sourced_id, Group.objects.get().class_sourced_id) == (
            renamed(someone),
            renamed(room),
        )
        held.refresh_from_db()
        assert held.held_state == HeldState.SUPERSEDED
        after = workflow.sync(connection, on_progress=_unseen).result
        assert after.outcome == "unchanged", after.counts
        assert workflow.undo(connection, on_progress=_unseen).result.code == "undo.rekeyed"


@pytest.mark.covers("L20")
def test_whom_a_stronger_key_contradicts_waits_for_an_uploaded_mapping(
    north: District, days: Days, tmp_path: Path
) -> None:
    def other(name: str, row: dict[str, str]) -> None:
        if name == "users.csv" and row["sourcedId"] == renamed(odd):
            row["identifier"] = "somebody-else"
            row["userMasterIdentifier"] = "somebody-else"

    with north.installation.in_process():
        connection = Connection.objects.get(name="north")
        workflow.sync(connection, on_progress=_unseen)
        odd = sorted(_people(connection).values())[0]
        held = _held(north, connection, rekey(days.first, tmp_path / "new.zip", change=other))
        looked = rekeying.look(held, on_progress=_unseen).result
        assert looked.code == "", (looked.code, looked.what)
        users = looked.rekeyed["users"]
        assert (users.gone - users.same, users.unsure) == (1, 1)
        assert [each.old for each in looked.unsure if each.entity == "users"] == [odd]
        rows = list(csv.DictReader(rekeying.mapping_of(held).read_text().splitlines()))
        assert odd not in {row["old"] for row in rows if row["entity"] == "users"}
        rekeying.keep_upload(held, [b"entity,old,new\nusers,nobody,nobody\n"])
        assert rekeying.look(held, on_progress=_unseen).result.code == "rekey.does_not_fit"
        rekeying.keep_upload(held, [b"\x00\x01 no csv"])
        assert rekeying.look(held, on_progress=_unseen).result.code in ("rekey.not_csv", "rekey.does_not_fit")
        lines = [f"{row['entity']},{row['old']},{row['new']}\n" for row in rows]
        mended = "".join(["entity,old,new\n", *lines, f"users,{odd},{renamed(odd)}\n"])
        rekeying.keep_upload(held, [mended.encode()])
        assert rekeying.look(held, on_progress=_unseen).result.code == ""
        assert rekeying.rekey(held, on_progress=_unseen).result.outcome == "applied"
        assert odd not in _people(connection).values()
        after = workflow.sync(connection, on_progress=_unseen).result
        assert {(each.add, each.remove) for name, each in after.counts.items() if name == "users"} == {(0, 0)}
