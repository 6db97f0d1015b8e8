"""One writer at a time at a district's accounts, and telling matching what has changed."""

from django.db.models import F

from rosterkeeper.features.people.models import PeopleSettings


def lock(district: int) -> bool:
    """Until the end of the transaction no other request writes the district's accounts.

    Returns whether the district's people are matched as of its last change: where they are not, accounts come one after
    the other, and matching all of them together, which follows within seconds, is quicker than matching each.
    """
    # SQLite has one writer at any rate; PostgreSQL would let two take one userName at once.
    made, _ = PeopleSettings.objects.select_for_update().get_or_create(district_id=district)
    return made.inputs == made.matched_inputs


def changed(district: int) -> None:
    """An account was written: the district's people have to be matched anew."""
    PeopleSettings.objects.filter(district_id=district).update(inputs=F("inputs") + 1)
