"""What goes wrong with the machine while a zip is read, told so that it can be acted on."""

from collections.abc import Iterator
from contextlib import contextmanager

from rosterkeeper.oneroster.errors import SourceFailed
from rosterkeeper.scratch import ScratchFault


@contextmanager
def machine_faults() -> Iterator[None]:
    """Turn a want of disk or memory into an error that can be acted on."""
    try:
        yield
    except ScratchFault as fault:
        raise SourceFailed(
            "source.scratch_failed",
            f"The files could not be taken into the scratch database ({fault.kind})",
            todo="Free disk space or raise the memory limit, then sync again.",
        ) from None
    except OSError as fault:
        raise SourceFailed(
            "source.unpack_failed",
            f"The zip could not be unpacked ({type(fault).__name__})",
            todo="Check that the disk has room and that Rosterkeeper may write to its data folder, then sync again.",
        ) from None
