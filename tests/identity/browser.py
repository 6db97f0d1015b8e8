"""A browser of a test that goes to the provider and comes back."""

from django.test import Client

from rosterkeeper.features.signin.models import Attempt
from tests.identity.running import Identity
from tests.pages.site import HOST, text_of


def came_back(
    identity: Identity, user: str, slug: str = "classlink", *, client: Client | None = None, purpose: str = "person"
) -> tuple[Client, int, str]:
    """A browser in which the user went through the whole sign-in; the status and text of what they see at its end."""
    client = client or Client(headers={"host": HOST})
    begun = client.get(f"/signin/{slug}/start/", {"login_hint": user, "as": purpose})
    assert begun.status_code == 302, text_of(begun)
    answer = client.get(identity.visited(begun["Location"]))
    if answer.status_code == 302:
        answer = client.get(answer["Location"])
    return client, answer.status_code, text_of(answer)


def last_try() -> Attempt:
    """The last try to sign in that was written down."""
    return Attempt.objects.latest("pk")
