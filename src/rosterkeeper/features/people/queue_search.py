"""Looking for somebody in one part of the queue by what was typed.

The typed text is personal: it comes in a body and never in an address (decision 51).
"""

from collections.abc import Iterator
from typing import Final

from rosterkeeper.features.people.listing import begins_with
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.people.queue import PAGE, Page, Wanted, narrowed, waiting, wanted_persons
from rosterkeeper.features.people.seeking import people
from rosterkeeper.matching.tables import Kind
from rosterkeeper.store.folding import fold

# Of those whose name begins so, as many are looked through where other filters are rare.
_LOOKED_THROUGH: Final = 2_000
# Between the family name and the given one in a sort key.
_BETWEEN: Final = chr(31)


def found(district: int, wanted: Wanted, text: str, *, number: int = PAGE) -> Page:
    """Those of the part of whose records a name, an e-mail address, a username or an id begins with the text.

    There is one page; ``is_partial`` where more were found than it shows, so that one types on.
    """
    known: dict[int, Person] = {}
    for each in _ways(district, wanted, text):
        known.setdefault(each.pk, each)
        if len(known) > number:
            break
    rows = sorted(known.values(), key=lambda each: (each.kind, each.sort_key, each.pk))
    return Page(waiting(rows[:number]), "", len(rows) > number)


def _ways(district: int, wanted: Wanted, text: str) -> Iterator[Person]:
    every = wanted_persons(district, wanted)
    words = fold(text.replace(",", " ")).split()
    for kind in Kind:
        of_kind = every.filter(kind=kind).order_by("sort_key", "id")
        for key in dict.fromkeys((_BETWEEN.join(words), " ".join(words))):
            # Their numbers first: however rare the other filters are, only so many are looked through.
            few = of_kind.filter(begins_with("sort_key", key)).values_list("pk", flat=True)[:_LOOKED_THROUGH]
            yield from narrowed(Person.objects.filter(pk__in=list(few)), wanted)
    # Given names, addresses and ids stand in the roster's catalog.
    elsewhere = [each.person.pk for each in people(district, text)]
    yield from narrowed(every.filter(pk__in=elsewhere), wanted)
