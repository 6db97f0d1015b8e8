"""The pages as a reader with a role calls them, over a real installation and without a server."""

from dataclasses import dataclass, field
from typing import Protocol

from django.test import Client

from rosterkeeper.features.accounts.models import Account
from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.runs import orders
from tests.installation import Installation

PASSWORD = "orange river nine"
# By what name a browser on this machine calls the pages.
HOST = "localhost"


@dataclass
class Site:
    """An installation whose pages are called in this process; orders are carried out when a test says so."""

    installation: Installation
    _clients: dict[str, Client] = field(default_factory=dict)

    def account(self, role: Role) -> Account:
        """The role's account: Alice is administrator, the others are named after their role."""
        name = "alice" if role == Role.ADMINISTRATOR else role.value
        email = f"{name}@example.org"
        return Account.objects.filter(email=email).first() or Account.objects.make(email, role=role, password=PASSWORD)

    def signed_in(self, role: Role) -> Client:
        """A browser in which the role's account has signed in."""
        if role not in self._clients:
            client = Client(headers={"host": HOST})
            client.force_login(self.account(role))
            self._clients[role] = client
        return self._clients[role]

    @property
    def administrator(self) -> Client:
        """A browser in which the administrator has signed in."""
        return self.signed_in(Role.ADMINISTRATOR)

    @property
    def nobody(self) -> Client:
        """A browser in which nobody has signed in."""
        return Client(headers={"host": HOST})

    def connection(self, name: str = "north") -> Connection:
        """The connection of that name."""
        return Connection.objects.get(name=name, removed_at=None)

    def work(self) -> int:
        """Carry out every order that waits, as a worker would; returns how many."""
        waiting = orders.untaken()
        for order, _ in waiting:
            orders.carry_out(order, on_progress=lambda _: None, stopping=lambda: False)
        return len(waiting)


class Page(Protocol):
    """What a browser got, be it from a view or from Django's client."""

    @property
    def content(self) -> bytes:
        """The page's bytes."""
        ...


def text_of(answer: Page) -> str:
    """A page's text."""
    return answer.content.decode()
