"""A log does not grow for ever."""

from pathlib import Path

from rosterkeeper.job.logs import LARGEST, roomy


def test_a_large_log_is_put_aside_and_a_small_one_goes_on(tmp_path: Path) -> None:
    log, older = tmp_path / "job.log", tmp_path / "job.log.1"
    assert roomy(log) == log
    log.write_text("few words")
    assert roomy(log).read_text() == "few words"
    older.write_text("long ago")
    log.write_text("x" * (LARGEST + 1))
    assert not roomy(log).exists()
    assert older.stat().st_size == LARGEST + 1
