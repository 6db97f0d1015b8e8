"""Families: parents of students, from either record, over connections, and never on a guess."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rosterkeeper.matching.families import make_families
from rosterkeeper.scratch import Cell, Scratch

SERVER, GUARDIANS, OTHER = 1, 2, 3


@dataclass(frozen=True)
class Told:
    """A record: whose person it is of, its roles, and the ids that it names as agents."""

    sourced_id: str
    roles: tuple[str, ...]
    agents: tuple[str, ...] = ()
    person: int = 0
    connection: int = SERVER
    status: str = "active"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    """One scratch database for all: each test makes its tables anew."""
    with Scratch(Path(tmp_path_factory.mktemp("families")) / "scratch", threads=1) as opened:
        yield opened


def families(scratch: Scratch, *records: Told) -> set[tuple[str, str, str]]:
    """(student, parent, relationship), each by the sourcedId of the person's first record."""
    scratch.run(
        "CREATE OR REPLACE TABLE record (connection_id BIGINT, sourced_id VARCHAR, status VARCHAR, roles VARCHAR[],"
        " agent_sourced_ids VARCHAR);"
        "CREATE OR REPLACE TABLE person_record (connection_id BIGINT, sourced_id VARCHAR, person_id BIGINT)"
    )
    scratch.run("DROP TABLE IF EXISTS family")
    named: dict[int, str] = {}
    for number, each in zip(itertools.count(100), records, strict=False):
        person = each.person or number
        named.setdefault(person, each.sourced_id)
        agents = json.dumps(list(each.agents)) if each.agents else ""
        roles = f"[{', '.join(each.roles)}]"
        cells: list[Cell] = [each.connection, each.sourced_id, each.status, roles, agents]
        scratch.run("INSERT INTO record VALUES (?, ?, ?, ?, ?)", cells)
        scratch.run("INSERT INTO person_record VALUES (?, ?, ?)", [each.connection, each.sourced_id, person])
    make_families(scratch)
    rows = scratch.rows("SELECT student_id, parent_id, relationship FROM family")
    return {(named[int(one or 0)], named[int(other or 0)], str(word)) for one, other, word in rows}


@pytest.mark.covers("L20")
@pytest.mark.parametrize("by_student", [True, False])
def test_it_does_not_matter_which_of_the_two_names_the_other(scratch: Scratch, by_student: bool) -> None:
    child = Told("S", ("student",), ("P",) if by_student else ())
    parent = Told("P", ("parent",), () if by_student else ("S",))
    assert families(scratch, child, parent) == {("S", "P", "parent")}


def test_what_both_say_is_said_once(scratch: Scratch) -> None:
    made = families(scratch, Told("S", ("student",), ("P",)), Told("P", ("guardian",), ("S",)))
    assert made == {("S", "P", "guardian")}


@pytest.mark.covers("L03", "R12")
@pytest.mark.parametrize("role", ["parent", "guardian", "relative"])
def test_the_family_role_is_the_relationship(scratch: Scratch, role: str) -> None:
    assert families(scratch, Told("S", ("student",), ("P",)), Told("P", (role,))) == {("S", "P", role)}


def test_one_parent_has_several_children_and_a_child_four_guardians(scratch: Scratch) -> None:
    children = [Told("S1", ("student",), ("G1", "G2", "G3", "G4")), Told("S2", ("student",), ("G1",))]
    made = families(scratch, *children, *(Told(f"G{number}", ("guardian",)) for number in (1, 2, 3, 4)))
    assert made == {("S1", f"G{number}", "guardian") for number in (1, 2, 3, 4)} | {("S2", "G1", "guardian")}


def test_a_teacher_who_is_also_a_parent_is_one_in_either_record(scratch: Scratch) -> None:
    one = families(scratch, Told("S", ("student",), ("T",)), Told("T", ("teacher", "parent")))
    two = families(
        scratch, Told("S", ("student",), ("T",)), Told("T", ("teacher",), person=7), Told("P", ("parent",), person=7)
    )
    assert one == two == {("S", "T", "parent")}


@pytest.mark.covers("R05")
def test_whoever_has_no_family_role_is_nobodys_parent(scratch: Scratch) -> None:
    records = [
        Told("S", ("student",), ("T", "A", "F")),
        Told("T", ("teacher",)),
        Told("A", ()),
        Told("F", ("student",)),
    ]
    assert families(scratch, *records) == set()


@pytest.mark.covers("M27", "L20")
@pytest.mark.parametrize("by_student", [True, False])
def test_a_csv_of_guardians_names_students_of_another_connection(scratch: Scratch, by_student: bool) -> None:
    child = Told("S", ("student",), ("P",) if by_student else ())
    guardian = Told("P", ("guardian",), () if by_student else ("S",), connection=GUARDIANS)
    assert families(scratch, child, guardian) == {("S", "P", "guardian")}


def test_the_connections_own_record_is_meant_first(scratch: Scratch) -> None:
    own, other = Told("S", ("student",)), Told("S", ("student",), connection=OTHER)
    made = families(scratch, Told("P", ("parent",), ("S",)), Told("X", ("student",), person=8), other, own)
    assert made == {("S", "P", "parent")}
    assert scratch.count("SELECT min(student_id) FROM family") == 103


def test_an_own_record_that_left_is_not_replaced_by_a_strangers_of_the_same_id(scratch: Scratch) -> None:
    gone = Told("S", ("student",), status="left")
    assert families(scratch, Told("P", ("parent",), ("S",)), gone, Told("S", ("student",), connection=OTHER)) == set()


def test_an_id_that_two_other_connections_have_shows_nobody_a_child(scratch: Scratch) -> None:
    guardian = Told("P", ("parent",), ("S",), connection=GUARDIANS)
    apart = [Told("S", ("student",)), Told("S", ("student",), connection=OTHER)]
    assert families(scratch, guardian, *apart) == set()
    same = [Told("S", ("student",), person=9), Told("S", ("student",), connection=OTHER, person=9)]
    assert families(scratch, guardian, *same) == {("S", "P", "parent")}


@pytest.mark.parametrize("who", ["student", "parent"])
def test_whoever_left_has_no_family(scratch: Scratch, who: str) -> None:
    child = Told("S", ("student",), ("P",), status="left" if who == "student" else "active")
    assert families(scratch, child, Told("P", ("parent",), status="left" if who == "parent" else "active")) == set()


def test_a_student_who_is_a_parent_is_one_of_their_child_alone(scratch: Scratch) -> None:
    young = Told("Y", ("student", "parent"), ("C",))
    assert families(scratch, young, Told("C", ("student",))) == {("C", "Y", "parent")}
    both = [Told("A", ("student", "parent"), ("B",)), Told("B", ("student", "parent"))]
    assert families(scratch, *both) == set()


def test_nobody_is_the_own_parent(scratch: Scratch) -> None:
    assert families(scratch, Told("S", ("student", "parent"), ("S",))) == set()
