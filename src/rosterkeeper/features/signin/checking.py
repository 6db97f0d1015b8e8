"""The test of a provider: what it says of itself, and whether that is enough to sign in by it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from rosterkeeper.features.look.told import told
from rosterkeeper.features.signin import discovery, wire
from rosterkeeper.features.signin.models import Provider
from rosterkeeper.features.signin.words import Refused, reason

GOOD = "good"
WARNING = "warning"
BAD = "bad"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at: whether it is as it should be, and what to do where not."""

    state: str
    what: str
    todo: str = ""


def check(provider: Provider) -> list[Line]:
    """What was found; the client id and secret are only proven by the first sign-in."""
    try:
        found = discovery.document(provider.issuer, fresh=True)
        discovery.keys(found, renewed=True)
    except Refused as refused:
        why = reason(refused.code)
        return [Line(BAD, told(why.what), told(why.todo))]
    lines = [
        Line(GOOD, _("The provider was reached and names the issuer that is entered here.")),
        _keys(found),
        _flow(found),
        _secret(provider, found),
        _scopes(provider, found),
        _end(found),
    ]
    return [each for each in lines if each is not None]


def _keys(found: discovery.Document) -> Line:
    keys = discovery.keys(found).get("keys")
    if isinstance(keys, list) and keys:
        return Line(GOOD, _("It has keys, by which its id tokens are checked."))
    return Line(BAD, _("It has no keys, so that no id token can be checked."), _("Ask whoever runs the provider."))


def _flow(found: discovery.Document) -> Line:
    types, methods = (
        discovery.texts(found, name) for name in ("response_types_supported", "code_challenge_methods_supported")
    )
    if types and "code" not in types:
        return Line(
            BAD, _("It does not offer the authorization code flow."), _("Allow it for this app at the provider.")
        )
    if "S256" in methods:
        return Line(GOOD, _("It offers the authorization code flow with PKCE (S256)."))
    return Line(WARNING, _("It does not say that it checks PKCE; it is sent all the same, beside state and nonce."))


def _secret(provider: Provider, found: discovery.Document) -> Line:
    methods = discovery.texts(found, "token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if not {"client_secret_basic", "client_secret_post"} & set(methods):
        return Line(
            BAD, _("It takes no client secret."), _("Choose a client secret as the app's authentication there.")
        )
    if not provider.secret:
        return Line(BAD, _("No client secret is entered."), _("Copy it from the provider."))
    return Line(WARNING, _("The client id and secret are proven by the first sign-in only."), _("Sign in once."))


def _scopes(provider: Provider, found: discovery.Document) -> Line | None:
    offered = discovery.texts(found, "scopes_supported")
    missing = [each for each in provider.scopes.split() if offered and each not in offered]
    if not missing:
        return None
    return Line(
        WARNING,
        _("It does not list these scopes: %(scopes)s.") % {"scopes": ", ".join(missing)},
        _("Leave them out under Advanced if the provider refuses the sign-in."),
    )


def _end(found: discovery.Document) -> Line:
    end = discovery.text(found, "end_session_endpoint")
    try:
        if end:
            wire.check(end)
            return Line(GOOD, _("It lets people sign out there, too."))
    except Refused:
        pass
    return Line(
        WARNING, _("It has no address for signing out: on shared machines people have to close the browser as well.")
    )
