"""A district's accounts as SCIM reads and writes them, held against the library's own rules for storages."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from scim2_models import Resource, ResourceType, ScimProvider
from scim2_server.testing import ScimStorageContract

from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people.models import DirectoryAccount, Person
from rosterkeeper.features.scim.capabilities import GROUPS, PROVIDER
from rosterkeeper.features.scim.storage import DistrictStorage
from rosterkeeper.matching.tables import GroupKind, Kind
from tests.installation import Installation

DISTRICT = 1


class Furnished(DistrictStorage):
    """The storage, in which a group can be put as a sync would make it."""

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """An account by the storage itself; a group by its tables."""
        if resource_type.name != GROUPS:
            return super().create(resource_type, resource)
        made = Group(district_id=DISTRICT, kind=GroupKind.CLASS, name=resource.display_name)  # type: ignore[attr-defined]
        accounts = DirectoryAccount.objects.filter(uid__in=[each.value for each in resource.members])  # type: ignore[attr-defined]
        people = [
            Person.objects.create(district_id=DISTRICT, kind=Kind.STUDENT, account_id=account.pk)
            for account in accounts
        ]
        made.students = json.dumps([each.pk for each in people])
        made.changed_at = "2026-09-01T08:00:00.000Z"
        made.save()
        return self.get(resource_type, made.uid)


class TestDistrictStorage(ScimStorageContract):
    """The library's rules."""

    supports_root_search = False

    @pytest.fixture
    def provider(self) -> ScimProvider:
        """What the endpoint serves."""
        return PROVIDER

    @pytest.fixture
    def storage(self, empty: Installation) -> Iterator[Any]:
        """A district without accounts."""
        with PROVIDER:
            yield Furnished(DISTRICT)
