"""Which accounts and tokens the reader may manage: a district's administrator those within their districts alone.

Whoever manages accounts can never make one, themselves included, that sees more than they do.
"""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from rosterkeeper.features.accounts import scope
from rosterkeeper.features.accounts.models import Account, AccountDistrict, ApiToken
from rosterkeeper.oneroster.errors import SettingsError


def accounts_seen(request: HttpRequest) -> QuerySet[Account]:
    """The accounts in sight, by e-mail address: of those limited to districts, who sees none beyond the reader's."""
    rows = Account.objects.prefetch_related("schools", "districts").order_by("email")
    mine = scope.districts_of(request)
    if mine is None:
        return rows
    theirs = AccountDistrict.objects.filter(account=OuterRef("pk"))
    return rows.filter(Exists(theirs), ~Exists(theirs.exclude(district_id__in=mine)))


def account_of(request: HttpRequest, number: int) -> Account:
    """The account of that number, if it is in sight; Http404 else."""
    return get_object_or_404(accounts_seen(request), pk=number)


def tokens_seen(request: HttpRequest) -> QuerySet[ApiToken]:
    """The tokens of the accounts in sight, the newest first."""
    rows = ApiToken.objects.select_related("account").order_by("-pk")
    if scope.sees_all_districts(request):
        return rows
    return rows.filter(account__in=accounts_seen(request).order_by().values("pk"))


def token_of(request: HttpRequest, number: int) -> ApiToken:
    """The token of that number, if it is in sight; Http404 else."""
    return get_object_or_404(tokens_seen(request), pk=number)


def districts_given(request: HttpRequest, stated: Collection[int]) -> list[int]:
    """The districts that a new account or token gets: those stated, else the reader's own ([]: all)."""
    return sorted(set(stated) or scope.districts_of(request) or ())


def check_given(request: HttpRequest, districts: Collection[int], schools: Collection[scope.School] = ()) -> None:
    """SettingsError where what an account or token shall see is out of sight of whoever says so, or not there.

    A school is looked for only where the reader is limited: others may name one that a sync has yet to bring.
    """
    mine = scope.districts_of(request)
    if not set(districts) <= {number for number, _ in scope.offered_districts(mine)}:
        raise SettingsError(
            "district.unknown", "There is no district of this number.", todo="List the districts first."
        )
    if mine is None:
        return
    if not districts:
        raise SettingsError(
            "account.districts",
            "An account that names no district sees every one, and yours does not.",
            todo="Name one of your districts, or more.",
        )
    if not {scope.written(each) for each in schools} <= {value for value, _ in scope.offered(mine)}:
        raise SettingsError(
            "school.unknown", "There is no such school in this connection.", todo="List the connection's schools first."
        )
