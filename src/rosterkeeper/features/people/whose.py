"""Whose account a record of the roster has, told beside the person in the roster's pages."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from rosterkeeper.features.accounts.rights import Right, may
from rosterkeeper.features.people.listing import name_of
from rosterkeeper.features.people.models import DirectoryAccount, Person, Record
from rosterkeeper.features.people.wording import RESULTS, reason_words
from rosterkeeper.features.roster.beside import Beside


def account_beside(request: HttpRequest, connection: int, sourced_id: str) -> list[Beside]:
    """The record's account, and how matching came to it; nothing where nobody was matched yet."""
    row = Record.objects.filter(connection_id=connection, sourced_id=sourced_id).first()
    person = Person.objects.filter(pk=row.person_id).first() if row else None
    if person is None:
        return []
    account = DirectoryAccount.objects.filter(pk=person.account_id).first() if person.account_id else None
    sees = may(request, Right.SEE)
    told = f"{RESULTS.get(person.result, person.result)} · {reason_words(person.reason)}".removesuffix(" · ")
    matching = reverse("directory_person", args=[person.district_id, person.uid]) if sees else ""
    lines = [Beside(_("Matching"), told, matching)]
    if account is not None:
        page = reverse("directory_account", args=[person.district_id, account.uid]) if sees else ""
        lines.append(Beside(_("Account"), account.username or account.email or name_of(account), page))
    return lines
