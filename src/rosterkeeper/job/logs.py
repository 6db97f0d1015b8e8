"""The log files that processes append to: one that has grown large is put aside, and one older is kept."""

from contextlib import suppress
from pathlib import Path
from typing import Final

# Bytes.
LARGEST: Final = 5_000_000


def roomy(log: Path) -> Path:
    """The log itself, begun anew where it is large; what it held is then in ``NAME.1``."""
    with suppress(OSError):
        if log.stat().st_size > LARGEST:
            log.replace(log.with_name(f"{log.name}.1"))
    return log
