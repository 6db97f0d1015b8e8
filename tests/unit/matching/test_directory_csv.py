"""A directory's CSV: what it would change of the accounts, in which forms it may come, and what is told of it."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rosterkeeper.job.directory import take_listing
from rosterkeeper.job.words import Action, Counts, Job, Listing, Result
from rosterkeeper.matching.directory.headings import recognised
from rosterkeeper.matching.directory.landing import land
from rosterkeeper.matching.directory.text import shape_of
from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.scratch import Cell, Scratch
from rosterkeeper.store.database import Database
from tests.installation import Installation

DISTRICT = 3
PLAIN = "id,username,email,first name,last name,role\n"
ADA = "1,ada,ada@north.example,Ada,Lovelace,Teacher\n"
BOB = "2,bob,bob@north.example,Bob,Moss,Student\n"


@dataclass
class Directory:
    """One district's accounts in a real database, and files that are taken over."""

    database: Database
    folder: Path

    def takes(
        self, text: str | bytes, *, applies: bool = True, whole: bool = True, confirmed: bool = False, now: str = "t1"
    ) -> Result:
        """Take a file over, its columns as they are recognised."""
        path = self.folder / "directory.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        columns = recognised(shape_of(path).headings)
        listing = Listing(path=str(path), columns=columns, whole=whole, applies=applies, confirmed=confirmed)
        job = Job(action=Action.DIRECTORY, now=now, today="2026-09-01", scratch="", district=DISTRICT, listing=listing)
        with Scratch(self.folder / "scratch", threads=1) as scratch:
            return take_listing(job, scratch, self.database)

    def rows(self, columns: str, also: str = "true") -> list[tuple[Cell, ...]]:
        """What the accounts hold, in the order of names."""
        return self.database.rows(
            f"SELECT {columns} FROM people_account WHERE district_id = {DISTRICT} AND {also} ORDER BY sort_key, id"
        )

    @property
    def inputs(self) -> int:
        """How often what matching is made of has changed."""
        rows = self.database.rows(f"SELECT inputs FROM people_settings WHERE district_id = {DISTRICT}")
        return int(rows[0][0] or 0) if rows else 0


@pytest.fixture
def directory(database: Installation, tmp_path: Path) -> Iterator[Directory]:
    """A district without accounts: once in SQLite, once in PostgreSQL."""
    (tmp_path / "files").mkdir()
    with Database(database.configuration.database_url) as opened:
        yield Directory(opened, tmp_path / "files")


@pytest.fixture
def lone_directory(sqlite: Installation, tmp_path: Path) -> Iterator[Directory]:
    """The same in SQLite alone, for what a database has no part in."""
    (tmp_path / "files").mkdir()
    with Database(sqlite.configuration.database_url) as opened:
        yield Directory(opened, tmp_path / "files")


def counts_of(result: Result) -> Counts:
    """The numbers of a result."""
    return result.counts["accounts"]


def test_a_list_makes_accounts_and_the_same_again_changes_nothing(directory: Directory) -> None:
    assert counts_of(directory.takes(PLAIN + ADA + BOB)) == Counts(add=2)
    told = directory.rows("external_id, username, email, email_key, kind, status, origin")
    assert told == [
        ("1", "ada", "ada@north.example", "ada@north.example", "staff", "active", "csv"),
        ("2", "bob", "bob@north.example", "bob@north.example", "student", "active", "csv"),
    ]
    assert directory.inputs == 1
    again = directory.takes(PLAIN + BOB + ADA, now="t2")
    assert (again.outcome, counts_of(again)) == ("unchanged", Counts(unchanged=2))
    assert directory.inputs == 1
    assert directory.rows("changed_at") == [("t1",), ("t1",)]


def test_a_preview_tells_the_numbers_and_writes_nothing(directory: Directory) -> None:
    assert counts_of(directory.takes(PLAIN + ADA, applies=False)) == Counts(add=1)
    assert directory.rows("username") == []
    assert directory.inputs == 0


def test_changes_are_taken_over_and_whoever_is_gone_is_suspended_and_comes_back(directory: Directory) -> None:
    directory.takes(PLAIN + ADA + BOB)
    changed = directory.takes(PLAIN + ADA.replace("Lovelace", "King"), now="t2")
    assert counts_of(changed) == Counts(update=1, remove=1)
    assert directory.rows("family_name, status, suspended_by, suspended_at") == [
        ("King", "active", "", ""),
        ("Moss", "suspended", "directory", "t2"),
    ]
    assert counts_of(directory.takes(PLAIN + ADA + BOB, now="t3")) == Counts(update=1, restore=1)
    assert directory.rows("status, suspended_by") == [("active", ""), ("active", "")]


def test_additions_alone_suspend_nobody(directory: Directory) -> None:
    directory.takes(PLAIN + ADA)
    assert counts_of(directory.takes(PLAIN + BOB, whole=False)) == Counts(add=1)
    assert directory.rows("status") == [("active",), ("active",)]


def test_a_list_from_which_many_are_gone_waits_until_somebody_agrees(directory: Directory) -> None:
    everybody = "".join(f"{n},u{n},u{n}@north.example,A,B{n},student\n" for n in range(30))
    directory.takes(PLAIN + everybody)
    held = directory.takes(PLAIN + ADA, now="t2")
    assert (held.outcome, held.code) == ("held", "hold.directory_gone")
    assert len(directory.rows("id", "status = 'active'")) == 30
    assert directory.takes(PLAIN + ADA, confirmed=True, now="t2").outcome == "applied"
    assert len(directory.rows("id", "status = 'suspended'")) == 29


def test_what_was_changed_by_hand_stays(directory: Directory) -> None:
    directory.takes(PLAIN + ADA + BOB)
    directory.database.run(
        "UPDATE people_account SET email = 'hand@north.example', sticky = '[\"email\"]' WHERE username = 'ada'"
    )
    directory.database.run("UPDATE people_account SET status='suspended', suspended_by='hand' WHERE username = 'bob'")
    directory.takes(PLAIN + ADA.replace("Ada,", "Augusta,") + BOB, now="t2")
    assert directory.rows("email, given_name, status, suspended_by") == [
        ("hand@north.example", "Augusta", "active", ""),
        ("bob@north.example", "Bob", "suspended", "hand"),
    ]


def test_accounts_that_came_another_way_are_recognised_and_stay(directory: Directory) -> None:
    directory.takes(PLAIN + ADA)
    directory.database.run("UPDATE people_account SET origin = 'scim', external_id = 'okta-7'")
    told = directory.takes(PLAIN + ADA.replace("Lovelace", "King"), now="t2")
    assert counts_of(told) == Counts(unchanged=1)
    assert told.findings == {"directory.other_way": 1}
    assert directory.rows("family_name") == [("Lovelace",)]
    assert counts_of(directory.takes(PLAIN + BOB, now="t3")) == Counts(add=1)


def test_another_id_is_another_account_though_the_email_is_the_same(directory: Directory) -> None:
    directory.takes(PLAIN + ADA)
    told = directory.takes(PLAIN + "9,ada2,ada@north.example,Ada,Lovelace,Teacher\n", whole=False)
    assert counts_of(told) == Counts(add=1)


def test_a_changed_username_is_known_again_by_a_unique_email(lone_directory: Directory) -> None:
    head = "username,email,last name\n"
    lone_directory.takes(head + "ada,ada@north.example,Lovelace\n")
    assert counts_of(lone_directory.takes(head + "ada.king,ada@north.example,King\n")) == Counts(update=1)
    assert lone_directory.rows("username, username_key") == [("ada.king", "ada.king")]


@pytest.mark.parametrize(
    "head",
    [
        "userPrincipalName,displayName,surname,mail,givenName,id,userType,jobTitle,department,accountEnabled",
        'First Name [Required],Last Name [Required],Email Address [Required],Org Unit Path [Required],"Employee ID"',
        "login,firstName,lastName,email,status,employeeNumber",
        "User Name;E-Mail;First Name;Last Name;Student ID",
    ],
)
def test_usual_headings_are_recognised(head: str) -> None:
    headings = head.replace('"', "").split(";" if ";" in head else ",")
    found = recognised(headings)
    assert {"given_name", "family_name", "email"} <= set(found)
    assert found.get("external_id", "id") == "id"
    assert {"identifier", "status"} & set(found)


@pytest.mark.parametrize(
    ("encoding", "before"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("cp1252", b""),
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators(tmp_path: Path, encoding: str, before: bytes, separator: str) -> None:
    lines = [["User name", "Mail", "Surname"], ["zoe", "zoe@north.example", '"Müller, geb. Ångström; \tx"']]
    text = "".join(separator.join(cells) + "\r\n" for cells in lines)
    path = tmp_path / "directory.csv"
    path.write_bytes(before + text.encode(encoding))
    with Scratch(tmp_path / "scratch", threads=1) as scratch:
        land(scratch, path, recognised(shape_of(path).headings))
        assert scratch.rows("SELECT username, family_name FROM listed") == [("zoe", "Müller, geb. Ångström; \tx")]
        told = scratch.rows("SELECT code FROM finding")
    assert told == ([("directory.windows_1252",)] if encoding == "cp1252" else [])


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_a_line_may_end_as_on_any_system(lone_directory: Directory, end: str) -> None:
    lone_directory.takes((PLAIN + ADA + BOB).replace("\n", end))
    assert lone_directory.rows("username, kind") == [("ada", "staff"), ("bob", "student")]


@pytest.mark.parametrize("quoted", ["", '"'])
@pytest.mark.parametrize("exactly", [False, True])
def test_a_hint_at_the_separator_for_excel_is_no_line_of_headings(
    lone_directory: Directory, quoted: str, *, exactly: bool
) -> None:
    # Only a line break within a cell has the file gone through record by record.
    name = '"Moss\nof Ashby"' if exactly else "Moss"
    text = f"\ufeff{quoted}sep=;{quoted}\r\nUser name;E-Mail;Surname\r\nada;ada@north.example;{name}\r\nbob;no;\r\n"
    told = lone_directory.takes(text)
    assert [(each.code, each.row) for each in told.lines] == [("directory.bad_email", 5 if exactly else 4)]
    assert lone_directory.rows("username") == [("bob",), ("ada",)]


def test_what_is_wrong_is_told_by_line_and_never_by_value(lone_directory: Directory) -> None:
    text = (
        "username,email,last name,status\n"
        "ada,not an address,Lovelace,active\n"
        "\n"
        ",NULL,Nobody,active\n"
        'bob,bob@north.example,"Moss\nof Ashby",on leave\n'
        "BOB,other@north.example,Moss,active\n"
        "eve,bob@north.example,Eve,active,too,much\n"
        "ivy,bob@north.example,Ivy,suspended\n"
    )
    told = lone_directory.takes(text)
    assert [(each.code, each.row) for each in told.lines] == [
        ("directory.no_key", 4),
        ("directory.listed_twice", 7),
        ("directory.too_many_cells", 8),
        ("directory.bad_email", 2),
        ("directory.shared_email", 5),
        ("directory.unknown_status", 5),
        ("directory.shared_email", 9),
    ]
    assert counts_of(told) == Counts(add=3, rejected=3)
    assert lone_directory.rows("username, email, status") == [
        ("ivy", "bob@north.example", "suspended"),
        ("ada", "", "active"),
        ("bob", "bob@north.example", "active"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04rest of a workbook", "directory.not_csv"),
        (b"", "directory.empty"),
        (b"just one heading\nada\n", "directory.empty"),
        (b"name,colour\nAda,green\n", "directory.columns"),
        (b'username,email\n"ada,ada@north.example\n' + b"x" * 2_000_000, "directory.unreadable"),
        (b'username,email\nada,"ada@north.example\nbob,bob@north.example\n', "directory.unreadable"),
        (b'username,"email\n' + b"ada,ada@north.example\n" * 10_000, "directory.unreadable"),
    ],
)
def test_what_is_no_list_of_accounts_is_refused(lone_directory: Directory, content: bytes, code: str) -> None:
    with pytest.raises(RosterkeeperError) as refused:
        lone_directory.takes(content)
    assert refused.value.code == code
    assert refused.value.todo
    assert lone_directory.rows("id") == []


@pytest.mark.parametrize(
    ("heading", "value"), [("suspended", "TRUE"), ("accountEnabled", "False"), ("status", "SUSPENDED")]
)
def test_a_status_is_read_as_its_heading_means_it(lone_directory: Directory, heading: str, value: str) -> None:
    lone_directory.takes(f"username,email,{heading}\nada,ada@north.example,{value}\n")
    assert lone_directory.rows("status, suspended_by") == [("suspended", "directory")]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Student", "student"),
        ("/Students/Grade 5", "student"),
        ("3rd grade TEACHER", "staff"),
        ("Guardian", "parent"),
        ("Student teacher", ""),
        ("Parent liaison", ""),
        ("Studentin", ""),
        ("Astronaut", ""),
    ],
)
def test_a_kind_is_read_where_it_is_one_and_clear(tmp_path: Path, said: str, kind: str) -> None:
    path = tmp_path / "directory.csv"
    path.write_text(f"username,role\nada,{said}\n")
    with Scratch(tmp_path / "scratch", threads=1) as scratch:
        land(scratch, path, recognised(shape_of(path).headings))
        assert scratch.rows("SELECT kind FROM listed") == [(kind,)]
