"""An identity provider as tests play it: with a token, and with bodies as it writes them."""

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client

from rosterkeeper.features.people.models import DirectoryAccount, PeopleSettings
from rosterkeeper.features.scim import tokens

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass
class Provider:
    """Somebody who calls a district's address with a token."""

    district: int
    text: str

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """An answer of the endpoint; ``json()`` is its body."""
        return Client().generic(
            method,
            f"/scim/v2/{self.district}{path}",
            "" if body is None else json.dumps(body),
            content_type="application/scim+json",
            headers={"host": "localhost", "authorization": f"Bearer {self.text}", **headers},
        )

    def made(self, **user: object) -> str:
        """Create an account; its id."""
        answer = self.call("POST", "/Users", {"schemas": [USER], **user})
        assert answer.status_code == 201, answer.content
        number: str = answer.json()["id"]
        return number

    def patched(self, number: str, *operations: dict[str, object]) -> HttpResponse:
        """Change an account by PATCH."""
        answer: HttpResponse = self.call("PATCH", f"/Users/{number}", {"schemas": [_PATCH], "Operations": operations})
        return answer

    def found(self, filter_: str) -> list[str]:
        """The ids of the accounts that a filter finds."""
        answer = self.call("POST", "/Users/.search", {"filter": filter_})
        assert answer.status_code == 200, answer.content
        return [each["id"] for each in answer.json().get("Resources", [])]


def provider_of(district: int) -> Provider:
    """An identity provider with a good token of the district."""
    return Provider(district, tokens.make(district, "test")[1])


def account_of(number: str) -> DirectoryAccount:
    """The account as it is kept."""
    return DirectoryAccount.objects.get(uid=number)


def inputs_of(district: int) -> int:
    """How often matching was told that something has changed."""
    return PeopleSettings.objects.values_list("inputs", flat=True).filter(district_id=district).first() or 0
