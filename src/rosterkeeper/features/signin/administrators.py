"""How an administrator's account comes in by a provider: linked by themselves, or by a verified e-mail in its domains.

The role is the account's own. The second factor is asked for as after a password, unless the provider is said to ask
for one itself.
"""

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from rosterkeeper.features.accounts.models import Account
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.signin.claims import Claims
from rosterkeeper.features.signin.models import AccountLink, Provider
from rosterkeeper.features.signin.words import Refused


def account_of(provider: Provider, claims: Claims) -> Account:
    """The account that may come in; Refused where there is none."""
    if not provider.for_administrators:
        raise Refused("signin.not_administrator")
    link = AccountLink.objects.filter(provider=provider, issuer=claims.issuer, subject=claims.subject).first()
    found = link.account if link else _by_email(provider, claims)
    if found is None:
        raise Refused("signin.not_administrator")
    if not found.is_active:
        raise Refused("signin.account_disabled")
    return found


def sign_in(request: HttpRequest, provider: Provider, account: Account, next_url: str) -> HttpResponseBase:
    """Sign the account in, or ask for its second factor first."""
    if provider.does_mfa:
        login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
        return redirect(next_url or "account_self")
    answer: HttpResponseBase = perform_login(request, account, email_verification="none", redirect_url=next_url or None)
    return answer


def link(provider: Provider, account: Account, claims: Claims) -> None:
    """Link the account to the provider's user; Refused where it is linked to another."""
    made, is_new = AccountLink.objects.get_or_create(
        provider=provider, issuer=claims.issuer, subject=claims.subject, defaults={"account": account}
    )
    if made.account_id != account.pk:
        raise Refused("signin.ambiguous")
    if is_new:
        record("account.signin_linked", about=f"account:{account.pk}", details={"provider": provider.pk})


def _by_email(provider: Provider, claims: Claims) -> Account | None:
    _, _, domain = claims.email.rpartition("@")
    domains = provider.administrator_domains.lower().split()
    if not claims.is_email_verified or domain.lower() not in domains:
        return None
    return Account.objects.filter(email__iexact=claims.email).first()
