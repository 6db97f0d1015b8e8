"""What the worker does about settings of matching that somebody wants to try."""

from rosterkeeper.features.people.trying import carry_out, waiting


def catch_up() -> bool:
    """Look at each trial that waits; whatever comes of it stands with the trial."""
    for number in waiting():
        carry_out(number)
    return True
