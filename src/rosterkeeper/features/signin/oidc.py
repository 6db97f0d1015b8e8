"""The code flow, by allauth's provider of OpenID Connect, with our providers, our way to the outside and more checks.

allauth keeps the state and the PKCE verifier in the session and exchanges the code. Added here: a nonce, a discovery
document that has to name its issuer, an id token whose signature is always checked, user info that has to be of the
same subject, and no sign-up: what becomes of the claims is not allauth's matter.
"""

import secrets
from collections.abc import Mapping
from typing import Any, Final, NoReturn
from urllib.parse import urljoin

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from rosterkeeper.features.sealed.box import installed_box
from rosterkeeper.features.signin import discovery, wire
from rosterkeeper.features.signin.claims import Claims, lacks, read
from rosterkeeper.features.signin.models import Provider
from rosterkeeper.features.signin.tokens import verified
from rosterkeeper.features.signin.words import Refused

_LONGEST_HINT: Final = 200


class Rejected(OAuth2Error):  # type: ignore[misc]
    """A refusal on its way through allauth."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


class SignInAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Gives allauth our providers, and its requests our guarded way; lets nobody sign up by its pages."""

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> OpenIDConnectProvider:
        """The provider of that slug; SocialApp.DoesNotExist where there is none that is switched on."""
        row = Provider.objects.filter(slug=provider, is_enabled=True).first()
        if row is None or client_id not in (None, row.client_id):
            raise SocialApp.DoesNotExist
        return SignInProvider(request, app=_app_of(row))

    def list_apps(self, *_: object, **__: object) -> list[SocialApp]:
        """None: whoever looks for them goes by `get_provider`."""
        return []

    def is_open_for_signup(self, *_: object, **__: object) -> bool:
        """Never."""
        return False

    def get_requests_session(self) -> requests.Session:
        """One that is guarded."""
        return wire.session()

    def on_authentication_error(
        self,
        request: HttpRequest,
        _provider: object,
        error: str | None = None,
        exception: Exception | None = None,
        **_: object,
    ) -> NoReturn:
        """What allauth could not finish becomes a refusal of ours."""
        raise Refused(_code_of(request, error, exception))


class SignInProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """A provider of ours as allauth sees it."""

    def get_oauth2_adapter(self, request: HttpRequest) -> "CodeFlow":
        """What talks to the provider."""
        return CodeFlow(request, self.app.provider_id)


class CodeFlow(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """One sign-in's talk with the provider. ``state`` is what was kept of its beginning."""

    state: Mapping[str, Any]

    @property
    def openid_config(self) -> discovery.Document:
        """The discovery document, checked; Rejected where it cannot be had."""
        try:
            return discovery.document(self.get_provider().app.settings["server_url"])
        except Refused as refused:
            raise Rejected(refused) from None

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """The redirect address, as it is registered at the provider."""
        return redirect_address(request, app.provider_id)

    def complete_login(
        self, _request: HttpRequest, app: SocialApp, token: SocialToken, *, response: Mapping[str, object], **_: object
    ) -> NoReturn:
        """Check the tokens; what they say is handed on by `Arrived`, and allauth's own accounts are never touched."""
        row = Provider.objects.get(slug=app.provider_id)
        nonce = str((self.state.get("data") or {}).get("nonce", ""))
        if not nonce:
            raise Rejected(Refused("signin.nonce"))
        try:
            said = verified(
                discovery.text(response, "id_token"), self.openid_config, client_id=app.client_id, nonce=nonce
            )
            userinfo = self._userinfo(row, said, token.token)
        except Refused as refused:
            raise Rejected(refused) from None
        raise Arrived(row, read(row, said, userinfo), self.state)

    def _userinfo(self, row: Provider, said: Mapping[str, object], access_token: str) -> Mapping[str, object]:
        """What the provider adds to the id token; nothing where nothing is missing, Refused where it is another's."""
        if not (row.asks_userinfo and lacks(row, said) and discovery.text(self.openid_config, "userinfo_endpoint")):
            return {}
        given = self._fetch_user_info(access_token)
        subject = given.get("sub") if isinstance(given, dict) else None
        if not isinstance(given, dict) or (subject is None and row.known.userinfo_names_subject):
            raise Refused("signin.token")
        if subject is not None and str(subject) != str(said["sub"]):
            raise Refused("signin.token")
        return given


class Arrived(Exception):
    """A visitor came back from the provider with tokens that are good."""

    def __init__(self, provider: Provider, claims: Claims, state: Mapping[str, Any]) -> None:
        super().__init__()
        self.provider = provider
        self.claims = claims
        self.state = state


class _Callback(OAuth2CallbackView):  # type: ignore[misc]
    def _get_state(
        self, request: HttpRequest, provider: SignInProvider
    ) -> tuple[Mapping[str, Any] | None, HttpResponseBase | None]:
        state, answer = super()._get_state(request, provider)
        self.adapter.state = state or {}
        return state, answer


def leave(request: HttpRequest, provider: Provider, *, purpose: str, next_url: str) -> HttpResponseBase:
    """Send the visitor to the provider; Refused where it cannot be reached. ``purpose`` comes back with them."""
    nonce = secrets.token_urlsafe(24)
    told = {"nonce": nonce}
    hint = request.GET.get("login_hint", "")
    if 0 < len(hint) <= _LONGEST_HINT:
        told["login_hint"] = hint
    one = SignInProvider(request, app=_app_of(provider))
    try:
        answer: HttpResponseBase = one.redirect(
            request,
            purpose,
            next_url or None,
            {"nonce": nonce},
            scope=provider.scopes.split(),
            auth_params=told,
        )
    except (OAuth2Error, requests.RequestException) as fault:
        raise Refused(_code_of(request, None, fault)) from None
    return answer


def arrive(request: HttpRequest, provider: Provider) -> Arrived:
    """What the provider sent the visitor back with; Refused where it is not good."""
    try:
        _Callback.adapter_view(CodeFlow(request, provider.slug))(request)
    except Arrived as arrived:
        return arrived
    except SocialApp.DoesNotExist:
        raise Refused("signin.provider_off") from None
    # What a provider sends is not always what the protocol says, and allauth takes it at its word.
    except (ImmediateHttpResponse, ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
        raise Refused("signin.token") from None
    raise Refused("signin.token")


def redirect_address(request: HttpRequest, slug: str) -> str:
    """Where the provider sends visitors back to."""
    return address_of(request, reverse("signin_back", args=[slug]))


def start_address(request: HttpRequest, slug: str) -> str:
    """Where a launcher of the provider's, such as ClassLink's LaunchPad, sends people to begin."""
    return address_of(request, reverse("signin_start", args=[slug]))


def address_of(request: HttpRequest, path: str) -> str:
    """A page's whole address, as browsers reach it."""
    public: str = settings.ROSTER_PUBLIC_URL
    return urljoin(f"{public}/", path.lstrip("/")) if public else request.build_absolute_uri(path)


def _app_of(provider: Provider) -> SocialApp:
    return SocialApp(
        provider=OpenIDConnectProvider.id,
        provider_id=provider.slug,
        name=provider.name,
        client_id=provider.client_id,
        secret=installed_box().open(provider.secret),
        settings={"server_url": provider.issuer, "oauth_pkce_enabled": True},
    )


def _code_of(request: HttpRequest, error: str | None, exception: Exception | None) -> str:
    if isinstance(exception, Rejected):
        return exception.refused.code
    if isinstance(exception, wire.NotReached):
        return exception.code
    if exception is not None:
        return "signin.unreachable"
    if error == AuthError.CANCELLED:
        return "signin.cancelled"
    return "signin.provider_refused" if request.GET.get("error") else "signin.state"
