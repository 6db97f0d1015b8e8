"""A district's accounts as the protocol reads and writes them.

Five rules say what becomes of an account; docs/scim.md explains them.

- An account that came by another way is the identity provider's from its first word about it.
- The identity provider's ``active`` suspends an account and lets it in again; what somebody suspended by hand stays so.
- An account that the sync suspended stays so when the identity provider says that it is active; where it says that it
  is not, it alone lets it in again.
- Deleting suspends, and hides the account from SCIM; creating the same userName brings the same account back.
- What was changed by hand stays as it is.
"""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from scim2_models import (
    NotFoundException,
    NotImplementedException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
    UniquenessException,
)
from scim2_server.storage import ScimStorage, SearchPage

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.people.listing import sticky_of
from rosterkeeper.features.people.models import DirectoryAccount
from rosterkeeper.features.people.one import match_one_account
from rosterkeeper.features.scim import accounts, class_groups, inputs, words
from rosterkeeper.features.scim.capabilities import GROUPS
from rosterkeeper.features.scim.filtering import USER_COLUMNS, filtered, written
from rosterkeeper.features.scim.models import Deleted
from rosterkeeper.matching.tables import Origin, Status

# Who suspended an account.
_BY_HAND, _BY_DIRECTORY = "hand", "directory"


class DistrictStorage(ScimStorage):
    """What one district's token reads and writes."""

    def __init__(self, district: int, token: int = 0) -> None:
        self._district, self._token = district, token

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,  # noqa: ARG002 -- the library's signature
    ) -> Resource[Any]:
        """One account or group; NotFoundException where the district has none of that id."""
        if resource_type.name == GROUPS:
            return class_groups.one(self._district, resource_id)
        user: Resource[Any] = accounts.user_of(self._account(resource_id))
        return user

    def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,  # noqa: ARG002
    ) -> SearchPage:
        """One page of accounts or of groups, and how many there are."""
        if len(resource_types) != 1:
            raise NotImplementedException(detail=words.ONE_KIND)
        if resource_types[0].name == GROUPS:
            return class_groups.search(self._district, search_request)
        rows = filtered(self._visible(), search_request, USER_COLUMNS)
        return SearchPage(rows.count(), [accounts.user_of(each) for each in page_of(rows, search_request)])

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:  # noqa: ARG002
        """Keep a new account, or bring back the deleted one of that userName; UniquenessException where it is taken."""
        with transaction.atomic():
            is_alone = inputs.lock(self._district)
            now = written(timezone.now())
            account = DirectoryAccount(
                uid=str(uuid.uuid4()), district_id=self._district, origin=Origin.SCIM, created_at=now, changed_at=now
            )
            accounts.write(account, resource)
            before = self._holder(account)
            if before is not None:
                account = before
                accounts.write(account, resource)
                account.origin = Origin.SCIM
                Deleted.objects.filter(account_id=account.pk).delete()
                account.changed_at = now
                record("scim.account_restored", about=_about(account), details=self._details())
            self._stand(account, is_active=resource.active is not False, now=now)  # type: ignore[attr-defined]
            account.save(force_insert=before is None)
            inputs.changed(self._district)
        if is_alone:
            match_one_account(account)
        user: Resource[Any] = accounts.user_of(account)
        return user

    def update(
        self,
        resource_type: ResourceType,  # noqa: ARG002
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        """Write an account anew; PreconditionFailedException where somebody else has changed it meanwhile."""
        with transaction.atomic():
            is_alone = inputs.lock(self._district)
            account = self._account(resource.id or "")
            self._check_version(account, expected_version)
            differs = accounts.write(account, resource)
            if self._holder(account) is not None:
                raise UniquenessException(detail=words.TAKEN)
            now = written(timezone.now())
            differs |= self._stand(account, is_active=resource.active, now=now)  # type: ignore[attr-defined]
            if account.origin != Origin.SCIM:
                account.origin, differs = Origin.SCIM, True
            if differs:
                account.changed_at = now
                account.save()
                inputs.changed(self._district)
        if differs and is_alone:
            match_one_account(account)
        user: Resource[Any] = accounts.user_of(account)
        return user

    def delete(
        self,
        resource_type: ResourceType,  # noqa: ARG002
        resource_id: str,
        *,
        expected_version: str | None = None,
    ) -> None:
        """Suspend an account and hide it from SCIM."""
        with transaction.atomic():
            inputs.lock(self._district)
            account = self._account(resource_id)
            self._check_version(account, expected_version)
            account.changed_at = written(timezone.now())
            self._stand(account, is_active=False, now=account.changed_at)
            account.save()
            Deleted.objects.get_or_create(account_id=account.pk, defaults={"district_id": self._district})
            inputs.changed(self._district)
            record("scim.account_deleted", about=_about(account), details=self._details())

    def _visible(self) -> "QuerySet[DirectoryAccount]":
        deleted = Deleted.objects.filter(account_id=OuterRef("pk"))
        rows = DirectoryAccount.objects.filter(district_id=self._district).exclude(status=Status.PURGED)
        return rows.filter(~Exists(deleted))

    def _account(self, uid: str) -> DirectoryAccount:
        found = self._visible().filter(uid=uid).first()
        if found is None:
            raise NotFoundException(detail=words.NO_ACCOUNT)
        return found

    def _holder(self, account: DirectoryAccount) -> DirectoryAccount | None:
        """The deleted account that has the userName; UniquenessException where one that is there has it."""
        rows = DirectoryAccount.objects.filter(district_id=self._district, username_key=account.username_key)
        others = list(rows.exclude(status=Status.PURGED).exclude(pk=account.pk))
        if not others:
            return None
        deleted = set(Deleted.objects.filter(account_id__in=[each.pk for each in others]).values_list("pk", flat=True))
        if any(each.pk not in deleted for each in others):
            raise UniquenessException(detail=words.TAKEN)
        return others[0] if account.pk is None else None

    def _check_version(self, account: DirectoryAccount, expected: str | None) -> None:
        if expected is not None and accounts.version_of(account) != expected:
            raise PreconditionFailedException

    def _stand(self, account: DirectoryAccount, *, is_active: bool | None, now: str) -> bool:
        """Suspend the account, or let it in again, as far as that is the identity provider's matter."""
        shown = account.status == Status.ACTIVE
        if is_active is None or account.suspended_by == _BY_HAND or "status" in sticky_of(account):
            return False
        if is_active and account.suspended_by == _BY_DIRECTORY:
            account.status, account.suspended_by, account.suspended_at = Status.ACTIVE, "", ""
        elif not is_active and account.suspended_by != _BY_DIRECTORY:
            account.status, account.suspended_by = Status.SUSPENDED, _BY_DIRECTORY
            account.suspended_at = account.suspended_at or now
        else:
            return False
        if account.pk is not None and shown != (account.status == Status.ACTIVE):
            action = "scim.account_activated" if is_active else "scim.account_suspended"
            record(action, about=_about(account), details=self._details())
        return True

    def _details(self) -> dict[str, object]:
        return {"district": self._district, "token": self._token}


def _about(account: DirectoryAccount) -> str:
    return f"directory:{account.district_id}:{account.uid}"


def page_of(rows: "QuerySet[Any]", asked: SearchRequest[Any]) -> list[Any]:
    """The rows of the page that a search asks for."""
    start = asked.start_index_0 or 0
    return list(rows[start:] if asked.count is None else rows[start : start + asked.count])
