"""A connection as programs read it."""

from datetime import datetime

from ninja import Schema
from pydantic import Field

from rosterkeeper.features.connections.models import Connection


class ConnectionShown(Schema):
    """A connection; its secret is never shown."""

    id: int
    name: str
    district: str
    kind: str = Field(description="classlink, oneroster or csv.")
    settings: dict[str, str | int] = Field(description="Where the roster is; no secret among them.")
    created_at: datetime
    verified_at: datetime | None = Field(description="When a test of just these settings last passed.")


def shown(connection: Connection) -> ConnectionShown:
    """A connection as programs read it."""
    return ConnectionShown(
        id=connection.pk,
        name=connection.name,
        district=connection.district.name,
        kind=connection.kind,
        settings=connection.settings,
        created_at=connection.created_at,
        verified_at=connection.verified_at,
    )
