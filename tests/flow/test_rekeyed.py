"""A source gives everything a new id: held, recognised, confirmed, and nobody was added or removed."""

import csv
from dataclasses import dataclass
from pathlib import Path

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.models import Account, AccountSchool, ApiToken
from rosterkeeper.features.accounts.rights import Right, Role
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.fresh import refresh
from rosterkeeper.features.people.models import DirectoryAccount, Person, Record, Ruling
from rosterkeeper.features.people.saving import save
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


def _one(entity: str, connection: Connection) -> str:
    """The first id of an entity."""
    rows = LIVE[entity]._default_manager.filter(connection_id=connection.pk).order_by("sourced_id")
    key: str = rows.values_list("sourced_id", flat=True)[0]
    return key


@dataclass(frozen=True)
class Hanging:
    """What hangs on the ids of somebody, a class and a school."""

    connection: Connection
    user: str
    room: str
    school: str

    def make(self) -> None:
        """Make one of each."""
        mine = {"district_id": self.connection.district_id, "connection_id": self.connection.pk}
        account = DirectoryAccount.objects.create(
            district_id=self.connection.district_id, origin=Origin.CSV, username="a", sourced_id=self.user
        )
        person = Person.objects.create(kind=Kind.STUDENT, sourced_id=self.user, account_id=account.pk, **mine)
        Record.objects.create(sourced_id=self.user, person_id=person.pk, **mine)
        Ruling.objects.create(sourced_id=self.user, word=Word.IGNORE, **mine)
        Group.objects.create(kind=GroupKind.CLASS, class_sourced_id=self.room, name="7A", **mine)
        reader = Account.objects.make("reader@north.example", role=Role.SCHOOL)
        AccountSchool.objects.create(account=reader, connection_id=self.connection.pk, org=self.school)
        schools = [(self.connection.pk, self.school), (99, self.school)]
        tokens.make(reader, "script", [Right.ROSTER], schools=schools)
        Connection.objects.filter(pk=self.connection.pk).update(options={"excluded_schools": [self.school, "other"]})

    def assert_followed(self) -> None:
        """All of it has the new ids."""
        people = (Record.objects.get(), Person.objects.get(), DirectoryAccount.objects.get(), Ruling.objects.get())
        assert {each.sourced_id for each in people} == {renamed(self.user)}
        assert Group.objects.get().class_sourced_id == renamed(self.room)
        assert AccountSchool.objects.get().org == renamed(self.school)
        assert ApiToken.objects.get().schools == [[self.connection.pk, renamed(self.school)], [99, self.school]]
        kept = Connection.objects.get(pk=self.connection.pk)
        assert kept.options == {"excluded_schools": [renamed(self.school), "other"]}


def test_the_same_district_under_new_ids_is_recognised_and_keeps_its_people(
    north: District, days: Days, tmp_path: Path
) -> None:
    with north.installation.in_process():
        connection = Connection.objects.get(name="north")
        workflow.sync(connection, on_progress=_unseen)
        before = _people(connection)
        held = _held(north, connection, rekey(days.first, tmp_path / "new.zip"))
        assert "hold.rekeyed" in {each["code"] for each in held.reasons}
        hanging = Hanging(connection, *(_one(entity, connection) for entity in ("users", "classes", "orgs")))
        hanging.make()
        looked = rekeying.look(held, on_progress=_unseen).result
        assert looked.code == "", (looked.code, looked.what)
        assert [name for name, each in looked.rekeyed.items() if each.same < each.gone] == []
        done = rekeying.rekey(held, on_progress=_unseen).result
        assert done.outcome == "applied"
        assert {(each.add, each.remove) for each in done.counts.values()} == {(0, 0)}
        assert _people(connection) == {username: renamed(key) for username, key in before.items()}
        hanging.assert_followed()
        Connection.objects.filter(pk=connection.pk).update(options={})
        connection.refresh_from_db()
        held.refresh_from_db()
        assert held.held_state == HeldState.SUPERSEDED
        after = workflow.sync(connection, on_progress=_unseen).result
        assert after.outcome == "unchanged", after.counts
        assert workflow.undo(connection, on_progress=_unseen).result.code == "undo.rekeyed"


def test_matching_knows_nothing_of_the_old_ids_afterwards(north: District, days: Days, tmp_path: Path) -> None:
    def persons() -> dict[str, tuple[int, int]]:
        rows = Record.objects.values_list("sourced_id", "person_id")
        accounts = dict(Person.objects.values_list("pk", "account_id"))
        return {key: (person, accounts[person]) for key, person in rows}

    with north.installation.in_process():
        connection = Connection.objects.get(name="north")
        workflow.sync(connection, on_progress=_unseen)
        save(connection.district_id, mode="create", rules={}, options={})
        assert refresh(connection.district_id).code == ""
        before = persons()
        held = _held(north, connection, rekey(days.first, tmp_path / "new.zip"))
        assert rekeying.look(held, on_progress=_unseen).result.code == ""
        assert rekeying.rekey(held, on_progress=_unseen).result.outcome == "applied"
        assert refresh(connection.district_id).code == ""
        assert persons() == {renamed(key): one for key, one in before.items()}
        assert set(Person.objects.values_list("status", flat=True)) == {"active"}


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
