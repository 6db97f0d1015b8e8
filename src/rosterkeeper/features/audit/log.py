"""Writing the audit log: who did what, when, from where, to which records."""

from collections.abc import Mapping

from rosterkeeper.features.audit.models import Entry


def record(
    action: str,
    *,
    account: int = 0,
    actor: str = "",
    origin: str = "",
    about: str = "",
    details: Mapping[str, object] | None = None,
) -> None:
    """Add one entry; ``details`` holds keys, codes and numbers, never a personal value of the roster."""
    Entry.objects.create(
        account=account, actor=actor, origin=origin, action=action, about=about, details=dict(details or {})
    )
