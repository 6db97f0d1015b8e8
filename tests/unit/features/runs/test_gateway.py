"""The Gateway log names each format problem at its place, in numbered files."""

import re
from collections.abc import Callable

import pytest
from django.utils import timezone

from rosterkeeper.features.connections.workflow import add, prepare
from rosterkeeper.features.runs import gateway
from rosterkeeper.features.runs.models import Finding, Run
from rosterkeeper.oneroster.findings import CODES
from rosterkeeper.sources.spec import CsvSpec, OneRosterSpec, SourceSpec
from tests.installation import Installation

_CSV = CsvSpec(path="north.zip")


def _ended(spec: SourceSpec, *codes: str, **facts: object) -> Run:
    prepare()
    name = f"north-{Run.objects.count()}"
    run = Run.objects.create(
        connection_id=add(name, spec).pk,
        action="sync",
        outcome="partial",
        started_at=timezone.now(),
        finished_at=timezone.now(),
        **facts,
    )
    Finding.objects.bulk_create(
        Finding(
            run_id=run.pk,
            number=number,
            code=code,
            severity=CODES[code].severity,
            file="users.csv",
            row=number,
            sourced_id="a-person",
            field="email",
        )
        for number, code in enumerate(codes, 2)
    )
    return run


def _logged() -> list[str]:
    return [line for file in gateway.files(1) for line in file.read_text().splitlines()]


@pytest.mark.covers("N39")
def test_a_bad_row_is_logged_with_file_row_column_and_reason(sqlite: Installation) -> None:
    with sqlite.in_process():
        run = _ended(_CSV, "row.invalid_value")
        gateway.write_after(run)
        (line,) = _logged()
        assert [file.name for file in gateway.files(1)] == ["GW001.log"]
    expected = f"north-0 run {run.pk} users.csv row 2 column email: error: {CODES['row.invalid_value'].says}"
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ {re.escape(expected)} \(row.invalid_value\)", line)
    assert "a-person" not in line


@pytest.mark.covers("N39", "N38")
def test_a_refused_zip_is_logged_with_its_reason(sqlite: Installation) -> None:
    with sqlite.in_process():
        gateway.write_after(_ended(_CSV, code="package.damaged", what="The zip is damaged or cut short."))
        (line,) = _logged()
    assert line.endswith("refused: The zip is damaged or cut short. (package.damaged)")


def test_what_was_not_listed_is_counted(sqlite: Installation) -> None:
    with sqlite.in_process():
        gateway.write_after(_ended(_CSV, "row.invalid_value", findings={"row.invalid_value": 12_001}))
        assert "and 12000 more: " in _logged()[-1]


@pytest.mark.parametrize(
    "run",
    [
        lambda: _ended(_CSV),
        lambda: _ended(_CSV, "option.grade"),
        lambda: _ended(OneRosterSpec(url="https://sis.example", client_id="me", secret="s"), "row.invalid_value"),
    ],
    ids=["no problem", "a note", "no files"],
)
def test_a_run_without_format_problems_leaves_no_line(sqlite: Installation, run: Callable[[], Run]) -> None:
    with sqlite.in_process():
        gateway.write_after(run())
        assert gateway.files(1) == []


@pytest.mark.covers("N39")
def test_a_large_log_goes_on_under_the_next_number_and_the_oldest_go(sqlite: Installation) -> None:
    with sqlite.in_process():
        run = _ended(_CSV, "row.invalid_value", "row.missing_id")
        gateway.write_after(run)
        (first,) = gateway.files(1)
        first.write_text("x" * gateway.LARGEST)
        gateway.write_after(run)
        assert [file.name for file in gateway.files(1)] == ["GW001.log", "GW002.log"]
        for number in range(2, gateway.KEPT + 2):
            (first.parent / f"GW{number:03}.log").write_text("x" * gateway.LARGEST)
        gateway.write_after(run)
        names = [file.name for file in gateway.files(1)]
    assert (len(names), names[0], names[-1]) == (gateway.KEPT, "GW003.log", f"GW{gateway.KEPT + 2:03}.log")


def test_a_log_that_cannot_be_written_fails_no_run(sqlite: Installation) -> None:
    with sqlite.in_process():
        run = _ended(_CSV, "row.invalid_value")
        sqlite.configuration.logs.parent.mkdir(exist_ok=True)
        (sqlite.configuration.logs / "GW001.log").mkdir(parents=True)
        gateway.write_after(run)
        assert [file.is_dir() for file in gateway.files(1)] == [True]
