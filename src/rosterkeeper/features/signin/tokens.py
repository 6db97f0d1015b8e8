"""Whether an id token is the provider's, for this app, for this sign-in and of now (OpenID Connect Core 1.0, 3.1.3.7).

The signature is always checked, although the token comes from the provider itself.
"""

import secrets
from typing import Final

import jwt

from rosterkeeper.features.signin.discovery import Document, keys
from rosterkeeper.features.signin.words import Refused

# By a key of the provider's own; never by the client secret, and never by none.
_ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat")
# Seconds that two clocks may differ.
_LEEWAY: Final = 60


def verified(token: str, found: Document, *, client_id: str, nonce: str) -> dict[str, object]:
    """The claims of the id token; Refused where anything about it is wrong."""
    try:
        header = jwt.get_unverified_header(token)
        algorithm = str(header.get("alg", ""))
        if algorithm not in _ALGORITHMS:
            raise Refused("signin.token")
        claims: dict[str, object] = jwt.decode(
            token,
            key=_key(found, header.get("kid")).key,
            algorithms=[algorithm],
            audience=client_id,
            issuer=str(found["issuer"]),
            leeway=_LEEWAY,
            # Some providers give a number as the subject.
            options={"require": list(_REQUIRED), "verify_sub": False},
        )
    except jwt.InvalidIssuerError:
        raise Refused("signin.issuer") from None
    except jwt.InvalidAudienceError:
        raise Refused("signin.audience") from None
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError, jwt.InvalidIssuedAtError):
        raise Refused("signin.expired") from None
    except jwt.PyJWTError:
        raise Refused("signin.token") from None
    _check(claims, client_id, nonce)
    return claims


def _check(claims: dict[str, object], client_id: str, nonce: str) -> None:
    if not str(claims["sub"]).strip():
        raise Refused("signin.token")
    audience = claims["aud"]
    has_others = isinstance(audience, list) and len(audience) > 1
    if (has_others or "azp" in claims) and claims.get("azp") != client_id:
        raise Refused("signin.audience")
    if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise Refused("signin.nonce")


def _key(found: Document, kid: object) -> jwt.PyJWK:
    """The provider's key of that id; one that is not known makes its keys be asked for once more."""
    for renewed in (False, True):
        held = [each for each in jwt.PyJWKSet.from_dict(dict(keys(found, renewed=renewed))).keys if _signs(each)]
        # A provider with one key need not name it.
        matching = held if kid is None and len(held) == 1 else [each for each in held if each.key_id == kid]
        if matching:
            return matching[0]
    raise Refused("signin.token")


def _signs(key: jwt.PyJWK) -> bool:
    return key.public_key_use in (None, "sig")
