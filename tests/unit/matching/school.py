"""A district of classes in a scratch database, as the matching leaves it when class groups are made."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from rosterkeeper.engine.forms import literal
from rosterkeeper.matching.groups import GroupCounts, make_groups
from rosterkeeper.scratch import Scratch

TODAY = "2026-10-01"
YEAR = ("year", "2026-27", "2026-08-01", "2027-06-30")


@dataclass(frozen=True)
class Made:
    """A class group as it was made."""

    name: str
    owners: list[int]
    students: list[int]
    next_on: str
    print: int


@dataclass
class School:
    """Classes, seats and sessions of connection 1; person 7 is the record ``p7``."""

    scratch: Scratch

    def __post_init__(self) -> None:
        """Everything that a matching has landed before, empty."""
        text = "VARCHAR"
        tables = {
            "class_in": (
                *("title", "class_code", "course_sourced_id", "school_sourced_id"),
                *("term_sourced_ids", "periods", "grades"),
            ),
            "session_in": ("title", "start_date", "end_date"),
            "course_in": ("title",),
            "school_in": ("name",),
            "record": ("status", "family_name"),
        }
        for name, columns in tables.items():
            listed = ", ".join(f"{each} {text}" for each in columns)
            self.scratch.run(f"CREATE TABLE {name} (connection_id BIGINT, sourced_id VARCHAR, {listed})")
        self.scratch.run(
            "CREATE TABLE seat_in (connection_id BIGINT, class_sourced_id VARCHAR, user_sourced_id VARCHAR,"
            ' role VARCHAR, "primary" VARCHAR, begin_date VARCHAR, end_date VARCHAR)'
        )
        self.scratch.run("CREATE TABLE person_record (connection_id BIGINT, sourced_id VARCHAR, person_id BIGINT)")
        self.scratch.run(
            "CREATE TABLE person (person_id BIGINT, connection_id BIGINT, sourced_id VARCHAR, sort_key VARCHAR)"
        )
        self.scratch.run(
            "CREATE TABLE known_group (id BIGINT, connection_id BIGINT, class_sourced_id VARCHAR, name VARCHAR,"
            " name_by VARCHAR, status VARCHAR, print BIGINT)"
        )
        self.session(*YEAR)
        self.scratch.run("INSERT INTO school_in VALUES (1, 's1', 'North High'), (1, 's2', 'South High')")
        self.scratch.run("INSERT INTO course_in VALUES (1, 'c1', 'Mathematics')")

    def session(self, sourced_id: str, title: str, begins: str, ends: str) -> None:
        """A session of the connection."""
        self.scratch.run("INSERT INTO session_in VALUES (1, ?, ?, ?, ?)", [sourced_id, title, begins, ends])

    def people(self, numbers: Iterable[int], family: str = "Stone", status: str = "active") -> None:
        """Persons with one record each."""
        ids = list(numbers)
        table = pa.table({"id": pa.array(ids, pa.int64())})
        for statement in (
            f"INSERT INTO record SELECT 1, 'p' || id, '{status}', {literal(family)} FROM incoming",
            "INSERT INTO person_record SELECT 1, 'p' || id, id FROM incoming",
            f"INSERT INTO person SELECT id, 1, 'p' || id, lower({literal(family)}) FROM incoming",
        ):
            self.scratch.land(statement, table)

    def klass(self, sourced_id: str, title: str = "Algebra", *, school: str = "s1", **more: str) -> None:
        """A live class of the year; ``more`` are period, code, terms and grades."""
        told = [more.get("terms", '["year"]'), more.get("period", ""), more.get("grades", "")]
        row = [sourced_id, title, more.get("code", ""), school, *told]
        self.scratch.run("INSERT INTO class_in VALUES (1, ?, ?, ?, 'c1', ?, ?, ?, ?)", row)

    def seat(self, class_id: str, person: int, role: str = "student", *, begins: str = "", ends: str = "") -> None:
        """Somebody's enrollment."""
        row = [class_id, f"p{person}", role, begins, ends]
        self.scratch.run("INSERT INTO seat_in VALUES (1, ?, ?, ?, 'false', ?, ?)", row)

    def make(self, today: str = TODAY, template: str = "") -> GroupCounts:
        """Make the groups of the date."""
        return make_groups(self.scratch, template=template, today=today)

    def keep(self) -> None:
        """What a write does to the groups that are known, as far as the next making asks."""
        self.scratch.run("UPDATE known_group SET status = 'ended', print = 0 WHERE id IN (SELECT id FROM group_over)")
        self.scratch.run(
            "CREATE OR REPLACE TABLE known_group AS SELECT coalesce(k.id, 100 + row_number() OVER"
            " (ORDER BY g.sourced_id) + (SELECT count(*) FROM known_group)) AS id,"
            " coalesce(k.connection_id, g.connection_id) AS connection_id,"
            " coalesce(k.class_sourced_id, g.sourced_id) AS class_sourced_id, coalesce(g.name, k.name) AS name,"
            " coalesce(k.name_by, 'template') AS name_by, CASE WHEN g.name IS NULL THEN 'ended' ELSE 'active' END"
            " AS status, coalesce(g.print, 0) AS print FROM known_group k FULL JOIN class_group g"
            " ON g.connection_id = k.connection_id AND g.sourced_id = k.class_sourced_id"
        )

    @property
    def groups(self) -> dict[str, Made]:
        """The groups that are to be written, by class."""
        rows = self.scratch.rows("SELECT class_sourced_id, name, owners, students, next_on, print FROM group_fresh")
        return {
            str(each): Made(str(name), json.loads(str(owners)), json.loads(str(students)), str(next_on), int(told or 0))
            for each, name, owners, students, next_on, told in rows
        }

    def names(self, *ids: str) -> Sequence[str]:
        """The names of the live groups of these classes."""
        named = {str(each): str(name) for each, name in self.scratch.rows("SELECT sourced_id, name FROM class_group")}
        return [named[each] for each in ids]
