"""What a backup takes of the artifacts stays as it was, whatever is swept meanwhile."""

from pathlib import Path

from rosterkeeper.service.backup.pinned import drop_orphans, pin
from rosterkeeper.store.artifacts import Artifacts


def _snapshot(artifacts: Artifacts, run: int, parent: str = "") -> str:
    name = f"snapshots/1/{run}"
    folder = artifacts.begin(name)
    (folder / "users.parquet").write_text(f"users of {run}")
    if parent:
        (folder / "parent").write_text(parent)
    return name


def _texts(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


def test_what_is_dropped_after_the_first_pass_is_still_taken(tmp_path: Path) -> None:
    root, pins = tmp_path / "artifacts", tmp_path / "pins"
    artifacts = Artifacts(root)
    first = _snapshot(artifacts, 1)
    pin(root, pins)
    artifacts.drop(first)
    _snapshot(artifacts, 2)
    pin(root, pins)
    assert _texts(pins) == {"snapshots/1/1/users.parquet": "users of 1", "snapshots/1/2/users.parquet": "users of 2"}


def test_an_artifact_that_is_rewritten_is_taken_as_it_was_first(tmp_path: Path) -> None:
    root, pins = tmp_path / "artifacts", tmp_path / "pins"
    name = _snapshot(Artifacts(root), 1)
    pin(root, pins)
    fresh = root / name / "users.purging"
    fresh.write_text("fewer users")
    fresh.replace(root / name / "users.parquet")
    pin(root, pins)
    assert _texts(pins)["snapshots/1/1/users.parquet"] == "users of 1"


def test_uploads_and_whatever_else_is_kept_there_come_along(tmp_path: Path) -> None:
    root, pins = tmp_path / "artifacts", tmp_path / "pins"
    for path in ("uploads/north.zip", "uploads/1/2/3/deep.zip"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
    pin(root, pins)
    assert set(_texts(pins)) == {"uploads/north.zip", "uploads/1/2/3/deep.zip"}


def test_a_snapshot_without_the_one_it_stands_on_is_left_out(tmp_path: Path) -> None:
    root, pins = tmp_path / "artifacts", tmp_path / "pins"
    artifacts = Artifacts(root)
    first = _snapshot(artifacts, 1)
    second = _snapshot(artifacts, 2, parent=first)
    _snapshot(artifacts, 3, parent=second)
    _snapshot(artifacts, 4)
    artifacts.drop(first)
    pin(root, pins)
    drop_orphans(pins)
    assert set(_texts(pins)) == {"snapshots/1/4/users.parquet"}


def test_a_machine_without_artifacts_has_none_to_take(tmp_path: Path) -> None:
    pin(tmp_path / "artifacts", tmp_path / "pins")
    assert not (tmp_path / "pins").exists()


def test_what_was_removed_half_way_is_gone_with_the_next(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path)
    (tmp_path / ".gone-of-a-killed-process").mkdir(parents=True)
    artifacts.drop(_snapshot(artifacts, 1))
    assert not any(path.is_file() for path in tmp_path.rglob("*"))
    assert not list(tmp_path.glob(".gone-*"))
