"""A broken operation, told so that its reader can act.

    RosterkeeperError
    ├── SettingsError      the command or its settings are wrong (exit 2)
    ├── SourceRefused      what the source gave is not a whole roster; nothing changed (exit 1)
    ├── SourceFailed       the source could not be read; worth another try (exit 1)
    └── RunRefused         the run may not do this now: held, moved, busy, unknown (exit 1)

Messages carry keys, codes and places; never a personal value.
"""


class RosterkeeperError(Exception):
    """What happened, under which stable code, what to do next, and when a retry makes sense.

    ``code`` is documented in docs/errors.md; ``todo`` is one plain sentence;
    ``retry_after`` is in seconds, ``None`` where waiting does not help.
    """

    exit_code = 1

    def __init__(self, code: str, what: str, *, todo: str = "", retry_after: float | None = None) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.todo = todo
        self.retry_after = retry_after


class SettingsError(RosterkeeperError):
    """The command line or a setting is wrong; nothing was tried."""

    exit_code = 2


class SourceRefused(RosterkeeperError):
    """The source answered, but not with a whole roster; a retry gives the same answer."""


class SourceFailed(RosterkeeperError):
    """The source could not be read to its end; trying again later may work."""


class RunRefused(RosterkeeperError):
    """The run cannot do what was asked in the state that things are in."""
