"""The names of class groups: the template, and how equal ones are told apart."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rosterkeeper.matching.group_names import PLACEHOLDERS, filled, filled_sql, parsed
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.scratch import Scratch
from tests.unit.matching.school import School


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    """A district without classes."""
    with Scratch(tmp_path / "scratch", threads=1) as scratch:
        yield School(scratch)


def test_a_template_takes_everything_a_class_has(school: School) -> None:
    school.people([1], "O'Brien")
    school.people([2], "Abbott")
    school.klass("k1", code="M-1", period='["3","4"]', grades='["09"]')
    school.seat("k1", 1, "teacher")
    school.seat("k1", 2, "teacher")
    school.make(template="{course} {title} [{code}] {teacher} ({period}), {term} {grade} @ {school}")
    assert school.names("k1") == ["Mathematics Algebra [M-1] Abbott (3, 4), 2026-27 09 @ North High"]


def test_the_primary_teacher_gives_the_name(school: School) -> None:
    school.people([1], "Young")
    school.people([2], "Abbott")
    school.klass("k1")
    school.seat("k1", 2, "teacher")
    school.scratch.run("INSERT INTO seat_in VALUES (1, 'k1', 'p1', 'teacher', 'true', '', '')")
    school.make(template="{teacher}: {title}")
    assert school.names("k1") == ["Young: Algebra"]


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{title} ({period})", "Algebra"),
        ("{period} - {title}", "Algebra"),
        ("{code}{period}", "Algebra"),
        ("{title} [{code}] / {term}!", "Algebra / 2026-27!"),
        ("", "Algebra"),
    ],
)
def test_what_a_class_lacks_leaves_no_trace_in_its_name(school: School, template: str, name: str) -> None:
    school.klass("k1")
    school.make(template=template)
    assert school.names("k1") == [name]


@pytest.mark.parametrize("template", ["Class", "{title", "{nobody}", "{title} {", "{}", "{title}" + "x" * 200])
def test_a_template_that_cannot_be_filled_in_is_refused(template: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parsed(template)
    assert refused.value.code == "groups.template"


def test_equal_titles_are_told_apart_by_period_then_term_then_code_then_a_number(school: School) -> None:
    school.session("q1", "Q1", "2026-08-01", "2026-10-30")
    school.session("q2", "Q2", "2026-10-31", "2026-12-30")
    for sourced_id, period, terms, code in (
        ("a", '["1"]', '["q1"]', ""),
        ("b", '["2"]', '["q1"]', ""),
        ("c", '["2"]', '["q2"]', ""),
        ("d", '["3"]', '["q1"]', "X"),
        ("e", '["3"]', '["q1"]', "Y"),
        ("f", '["4"]', '["q1"]', ""),
        ("g", '["4"]', '["q1"]', ""),
    ):
        school.klass(sourced_id, period=period, terms=terms, code=code)
    school.klass("h", school="s2", period='["1"]')
    school.make()
    assert school.names(*"abcdefgh") == [
        "Algebra - 1",
        "Algebra - 2 - Q1",
        "Algebra - 2 - Q2",
        "Algebra - 3 - X",
        "Algebra - 3 - Y",
        "Algebra - 4",
        "Algebra - 4 (2)",
        "Algebra",
    ]


def test_a_number_stays_with_its_group_whoever_comes_and_goes(school: School) -> None:
    for each in ("b", "c", "d"):
        school.klass(each)
    school.make()
    school.keep()
    assert school.names("b", "c", "d") == ["Algebra", "Algebra (2)", "Algebra (3)"]
    school.scratch.run("DELETE FROM class_in WHERE sourced_id = 'c'")
    school.klass("a")
    school.make()
    school.keep()
    assert school.names("a", "b", "d") == ["Algebra (4)", "Algebra", "Algebra (3)"]
    school.klass("c")
    school.make()
    assert school.names("a", "b", "c", "d") == ["Algebra (4)", "Algebra", "Algebra (2)", "Algebra (3)"]


def test_a_name_set_by_hand_stays_and_others_keep_clear_of_it(school: School) -> None:
    school.klass("k1")
    school.make()
    school.keep()
    school.scratch.run("UPDATE known_group SET name = 'History', name_by = 'hand'")
    school.klass("k2", "History")
    school.make(template="{title} {code}")
    assert school.names("k1", "k2") == ["History", "History (2)"]


def test_titles_in_any_alphabet_and_case_are_told_apart(school: School) -> None:
    titles = ("Álgebra", "álgebra", "代数", "代数", "الجبر", "Алгебра", "Algebra (2)", "Algebra", "Algebra")
    for number, title in enumerate(titles):
        school.klass(f"k{number}", title)
    school.make()
    names = school.names(*(f"k{number}" for number in range(len(titles))))
    assert len({each.lower() for each in names}) == len(titles)
    assert names[:4] == ["Álgebra", "álgebra (2)", "代数", "代数 (2)"]


_TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")) | st.just(" "), max_size=12)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    """One database for all of the examples."""
    with Scratch(tmp_path_factory.mktemp("named"), threads=1) as made:
        yield made


@settings(max_examples=60, deadline=None)
@given(
    values=st.fixed_dictionaries({name: _TEXT.map(str.strip) for name in PLACEHOLDERS}),
    template=st.sampled_from(["{title}", "{course} - {title} ({period})", "[{code}] {teacher}, {term}.", "{grade}"]),
)
def test_one_class_is_called_as_all_of_them_are(scratch: Scratch, values: dict[str, str], template: str) -> None:
    stated = parsed(template)
    columns = ", ".join(f"? AS {name}" for name in PLACEHOLDERS)
    sql = f"SELECT {filled_sql(stated)} FROM (SELECT {columns}, 'k1' AS class_sourced_id)"
    (row,) = scratch.rows(sql, [values[name] for name in PLACEHOLDERS])
    assert row[0] == filled(stated, values, values["title"] or "k1")
