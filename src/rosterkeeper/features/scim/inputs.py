"""Telling matching that an account has changed, and letting one writer at a time at a district's accounts."""

from django.db.models import F

from rosterkeeper.features.people.models import DirectoryAccount, PeopleSettings


def lock(district: int) -> None:
    """Until the end of the transaction no other identity provider's request writes the district's accounts."""
    # SQLite has one writer at any rate; PostgreSQL would let two take one userName at once.
    PeopleSettings.objects.get_or_create(district_id=district)
    PeopleSettings.objects.select_for_update().get(district_id=district)


def changed(account: DirectoryAccount) -> None:
    """The account was written: the district's people have to be matched anew."""
    PeopleSettings.objects.filter(district_id=account.district_id).update(inputs=F("inputs") + 1)
