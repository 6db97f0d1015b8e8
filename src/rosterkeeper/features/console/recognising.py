"""Which teacher a login of the operating system means: N30, N31.

`jsmith` and `DOMAIN\\jsmith` are a username, the directory account's username, or what stands before the @ of an e-mail
address; `jsmith@x` is any of them whole. Case does not matter, domains of Windows are not looked at. Only active
teachers of the key's schools count; who is meant by none or by several is chosen by hand.
"""

from collections.abc import Collection, Iterator
from typing import Final

from rosterkeeper.features.console.schools import School
from rosterkeeper.features.console.teachers_here import TEACHER, teaches_in
from rosterkeeper.features.people.models import DirectoryAccount, Person, Record
from rosterkeeper.features.roster.listing import Wanted, people
from rosterkeeper.features.roster.scope import Scope
from rosterkeeper.matching.keys import lookup_key
from rosterkeeper.matching.tables import Status

# Of so many whose name begins like the login, one is meant or none.
_MOST: Final = 200
# Of more schools it is quicker to look at every teacher who is called so, and then where they are.
_FEW: Final = 20


def teacher_for(login: str, district: int, schools: Collection[School]) -> Person | None:
    """The one active teacher of the schools whom the login means; None for nobody or several."""
    name = lookup_key(login.rpartition("\\")[2])
    if not name:
        return None
    found = {
        person.pk: person
        for person in (*_by_account(name, district), *_by_record(name, district, schools))
        if teaches_in(person, schools)
    }
    return next(iter(found.values())) if len(found) == 1 else None


def _by_account(name: str, district: int) -> Iterator[Person]:
    """Those whose directory account is called so."""
    accounts = DirectoryAccount.objects.filter(district_id=district, status=Status.ACTIVE)
    # Each by its own index, which one question for both would not use.
    called = [{"username_key": name}, *([{"email_key": name}] if "@" in name else [])]
    numbers = {number for each in called for number in accounts.filter(**each).values_list("pk", flat=True)[:_MOST]}
    if numbers:
        yield from Person.objects.filter(account_id__in=numbers, status="active")


def _by_record(name: str, district: int, schools: Collection[School]) -> Iterator[Person]:
    """Those whose record of the roster is called so."""
    here = frozenset((each.connection, each.sourced_id) for each in schools)
    scope = Scope(here if len(here) <= _FEW else None)
    # What is before the @ alone: an address is one word of the catalog, and begins so.
    beginning = name.partition("@")[0]
    for connection in sorted({connection for connection, _ in here} if beginning else ()):
        wanted = Wanted(text=beginning, connection=connection, role=TEACHER)
        meant = [
            each.sourced_id
            for each in people(scope, wanted, number=_MOST).people
            if name in (lookup_key(each.username), _of_email(each.email, name))
        ]
        records = Record.objects.filter(connection_id=connection, sourced_id__in=meant, district_id=district)
        yield from Person.objects.filter(pk__in=list(records.values_list("person_id", flat=True)), status="active")


def _of_email(email: str, name: str) -> str:
    """What of an e-mail address is compared: all of it with a name that has a domain, else what is before the @."""
    key = lookup_key(email)
    return key if "@" in name else key.partition("@")[0]
