"""What the engine's tests share: a new scratch database each time it is asked for."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rosterkeeper.scratch import Scratch


@pytest.fixture
def new_scratch(tmp_path: Path) -> Iterator[Callable[[], Scratch]]:
    """Makes scratch databases, one a run."""
    made: list[Scratch] = []

    def make() -> Scratch:
        made.append(Scratch(tmp_path / f"scratch-{len(made)}"))
        return made[-1]

    yield make
    for scratch in made:
        scratch.close()
