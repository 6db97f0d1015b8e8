"""What the worker does about uploaded lists of accounts: looks at them and applies them, one after the other."""

from rosterkeeper.features.people.uploading import carry_out, waiting


def catch_up() -> bool:
    """Carry out what each upload waits for; whatever comes of it stands with the upload."""
    for number in waiting():
        carry_out(number)
    return True
