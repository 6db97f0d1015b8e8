"""The guide's figures of a run, counted by matching: Matched Students, Matched Teachers, Unmatched Users (L25, R16)."""

import json

from django.urls import reverse

from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.people.models import PeopleSettings
from rosterkeeper.features.people.summary import of_connection, summary
from rosterkeeper.features.runs.figures import Matched, Statistics, taken_over
from rosterkeeper.features.runs.models import Run
from rosterkeeper.matching.tables import Kind, Result


def counted(run: Run, found: Statistics) -> Matched:
    """Whom of the run's connection the last matching has linked, where it is of the roster that the run left.

    Where nobody is matched at all, because there is no directory, whoever was taken over counts.
    """
    district = Connection.objects.values_list("district_id", flat=True).get(pk=run.connection_id)
    stands = summary(district)
    if not stands.in_use:
        return taken_over(run, found)
    queue = reverse("directory_matching", args=[district])
    accounts = reverse("directory_matching", args=[district, "accounts"])
    if _version(district, run.connection_id) != run.state_version:
        return Matched(None, None, None, None, by_taking_over=False, unmatched_url=queue, not_in_source_url=accounts)
    is_only = not Connection.objects.filter(district_id=district).exclude(pk=run.connection_id).exists()
    persons = stands.persons if is_only else of_connection(district, run.connection_id)
    every = {result: sum(numbers.get(result, 0) for numbers in persons.values()) for result in Result}

    def matched(kind: Kind) -> int:
        numbers = persons.get(kind, {})
        return numbers.get(Result.LINKED, 0) + numbers.get(Result.CREATED, 0)

    return Matched(
        students=matched(Kind.STUDENT),
        teachers=matched(Kind.STAFF),
        unmatched_users=every[Result.UNMATCHED],
        not_in_source=stands.without_person,
        by_taking_over=False,
        disputed=every[Result.DISPUTED],
        unmatched_url=queue,
        not_in_source_url=accounts,
    )


def _version(district: int, connection: int) -> int:
    """The state version of the connection that the last matching was made of; -1 for none."""
    row = PeopleSettings.objects.filter(district_id=district).first()
    versions = json.loads(row.matched_versions) if row else {}
    return int(versions.get(str(connection), -1))
