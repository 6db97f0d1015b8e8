"""The API of connections: what there is."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.api.calls import answers, group
from rosterkeeper.features.connections import workflow
from rosterkeeper.features.connections.models import Connection

router = group("connections")


class ConnectionShown(Schema):
    """A connection; its secret is never shown."""

    id: int
    name: str
    district: str
    kind: str = Field(description="classlink, oneroster or csv.")
    settings: dict[str, str | int] = Field(description="Where the roster is; no secret among them.")
    created_at: datetime
    verified_at: datetime | None = Field(description="When a test of just these settings last passed.")


class Connections(Schema):
    """Every connection in use; there are never so many that they are cut into pages."""

    items: list[ConnectionShown]


@router.get("/connections", response=answers(Connections), operation_id="listConnections")
@needs(Right.SEE)
def connections(request: HttpRequest) -> Connections:  # noqa: ARG001 -- an operation's signature
    """Every connection in use, by district and name."""
    return Connections(items=[shown(each) for each in workflow.listed()])


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
