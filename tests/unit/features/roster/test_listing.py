"""Lists of people and classes as both databases find them."""

from django.db import connection

from rosterkeeper.features.connections import workflow as connections
from rosterkeeper.features.roster import listing, places
from rosterkeeper.features.roster.listing import Wanted
from rosterkeeper.features.roster.models import LIVE, CatalogClass, CatalogPerson
from rosterkeeper.features.roster.scope import EVERYTHING
from rosterkeeper.sources.spec import CsvSpec
from rosterkeeper.store.facets import STRETCH
from tests.installation import Installation


def _furnish(people: int) -> int:
    """A connection of so many people: all have the word `all`, every third has `third`, the last one has `last`."""
    number = connections.add("north", CsvSpec(path="/nowhere.zip")).pk
    alike = {"connection_id": number, "row_hash": 0, "status": "active"}
    LIVE["users"]._default_manager.bulk_create(
        LIVE["users"](**alike, district_id=1, changed_run=1, sourced_id=f"p-{each}") for each in range(1, people + 1)
    )
    CatalogPerson.objects.bulk_create(
        CatalogPerson(
            rank=number * STRETCH + each,
            connection_id=number,
            sourced_id=f"p-{each}",
            print=0,
            status="active",
            words=" ".join(["=a", "all", *(["third"] if each % 3 == 0 else []), *(["last"] if each == people else [])]),
        )
        for each in range(1, people + 1)
    )
    return number


def test_a_page_has_the_first_who_are_wanted_however_many_those_are(opened: Installation) -> None:
    number = _furnish(40)

    def found(text: str, after: str = "") -> tuple[list[int], str]:
        page = listing.people(EVERYTHING, Wanted(text=text), after=after, number=3)
        return [int(each.sourced_id.removeprefix("p-")) for each in page.people], page.after

    assert found("al") == ([1, 2, 3], f"{number}:{number * STRETCH + 3}")
    assert found("thi") == ([3, 6, 9], f"{number}:{number * STRETCH + 9}")
    assert found("thi", f"{number}:{number * STRETCH + 36}") == ([39], "")
    assert found("las") == ([40], "")
    assert found("nobody") == ([], "")


def test_classes_are_found_by_their_words_in_the_order_of_titles(opened: Installation) -> None:
    number = connections.add("north", CsvSpec(path="/nowhere.zip")).pk
    titles = {"c-1": "zoology", "c-2": "algebra", "c-3": "art"}
    alike = {"connection_id": number, "row_hash": 0, "changed_run": 1, "district_id": 1, "status": "active"}
    LIVE["classes"]._default_manager.bulk_create(
        LIVE["classes"](**alike, sourced_id=each, title=title) for each, title in titles.items()
    )
    CatalogClass.objects.bulk_create(
        CatalogClass(
            connection_id=number, sourced_id=each, print=0, status="active", sort_key=title, words=f" {each} {title}"
        )
        for each, title in titles.items()
    )

    def found(text: str) -> list[str]:
        page = places.classes(EVERYTHING, places.ClassesWanted(connection=number, text=text))
        return [each.title for each in page.classes]

    assert found("") == ["algebra", "art", "zoology"]
    assert found("a") == ["algebra", "art"]
    assert found("zoo") == ["zoology"]


def test_sqlite_searches_classes_within_their_index(sqlite: Installation) -> None:
    with sqlite.in_process(), connection.cursor() as cursor:
        wanted = CatalogClass.objects.filter(connection_id=1, status="active", words__contains=" a")
        query, values = wanted.order_by("sort_key", "sourced_id").values_list("sourced_id").query.sql_with_params()
        cursor.execute(f"EXPLAIN QUERY PLAN {query}", values)
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert "COVERING INDEX roster_catalog_class_order" in plan
