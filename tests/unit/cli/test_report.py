"""Runs, findings and progress as their readers see them."""

import json
from pathlib import Path

import pytest

from rosterkeeper.cli.findings import write_csv
from rosterkeeper.cli.progress import shown
from rosterkeeper.cli.report import report_run
from rosterkeeper.engine.reasons import Reason
from rosterkeeper.job.words import Counts, FindingLine, Progress, Result


@pytest.mark.covers("L26", "L27")
@pytest.mark.parametrize(
    ("outcome", "code"),
    [("applied", 0), ("unchanged", 0), ("partial", 0), ("held", 3), ("failed", 1), ("interrupted", 1)],
)
def test_each_outcome_has_its_exit_code(outcome: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    told = Result(outcome=outcome, code="some.code", what="What happened.", todo="What to do.")
    assert report_run("north", "sync", 4, told, as_json=False) == code
    out, err = capsys.readouterr()
    assert out.startswith(f"run 4: {outcome}. ")
    assert (err == "error some.code: What happened.\nnext: What to do.\n") is (code == 1)


def test_a_runs_object_has_what_the_docs_promise(capsys: pytest.CaptureFixture[str]) -> None:
    told = Result(
        outcome="partial",
        counts={"users": Counts(add=1)},
        findings={"row.missing_id": 2},
        reasons=[Reason("hold.removals", "Too many.", "users", "school-1", 9, 10)],
        seconds={"fetch": 0.5},
        changes="changes/1/4",
    )
    report_run("north", "sync", 4, told, as_json=True)
    shown_object = json.loads(capsys.readouterr().out)
    assert shown_object["run"] == 4
    assert shown_object["outcome"] == "partial"
    assert shown_object["counts"]["users"] == {
        "add": 1,
        "update": 0,
        "remove": 0,
        "restore": 0,
        "unchanged": 0,
        "rejected": 0,
        "held": 0,
    }
    assert shown_object["findings"] == {"row.missing_id": 2}
    assert shown_object["reasons"][0]["school"] == "school-1"
    assert shown_object["seconds"] == {"fetch": 0.5}
    assert shown_object["waiting"] is True
    assert "error" not in shown_object
    page = (Path(__file__).resolve().parents[3] / "docs" / "json.md").read_text(encoding="utf-8")
    assert [name for name in shown_object if f"`{name}`" not in page] == []


def test_a_failed_runs_object_has_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    told = Result(outcome="failed", code="package.not_a_zip", what="No zip.", todo="Send a zip.")
    report_run("north", "sync", 4, told, as_json=True)
    error = json.loads(capsys.readouterr().out)["error"]
    assert error == {"code": "package.not_a_zip", "what": "No zip.", "todo": "Send a zip.", "retry_after": None}


def test_a_preview_has_no_run_and_brings_its_findings_along(capsys: pytest.CaptureFixture[str]) -> None:
    told = Result(outcome="applied", lines=[FindingLine("row.missing_id", "error", "users.csv", 3, "users", "", "")])
    report_run("north", "preview", 0, told, as_json=True)
    shown_object = json.loads(capsys.readouterr().out)
    assert shown_object["run"] is None
    assert shown_object["lines"][0]["row"] == 3


def test_a_findings_file_says_what_each_code_means_and_runs_no_formula(tmp_path: Path) -> None:
    line = FindingLine("row.missing_id", "error", "users.csv", 3, "users", "=1+1", "sourcedId")
    assert write_csv(tmp_path / "f.csv", [line]) == 1
    head, row = (tmp_path / "f.csv").read_text(encoding="utf-8").splitlines()
    assert head == "severity,code,file,row,entity,sourced_id,field,says"
    assert row == "error,row.missing_id,users.csv,3,users,'=1+1,sourcedId,The record has no sourcedId."


def test_progress_without_a_terminal_is_a_line_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    with shown() as follow:
        follow(Progress("fetch", "users", 1, 10))
        follow(Progress("fetch", "users", 10, 10))
        follow(Progress("diff", "", 0, None))
    assert capsys.readouterr() == ("", "fetch\ndiff\n")
