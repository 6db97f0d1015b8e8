"""What is known of the identity providers of schools, so that an administrator need not find it out.

Sources: the providers' own documentation of their discovery documents and claims; of ClassLink, whose user id and
tenant stand in its id token and, in other words, in its user info. Every one of these can be changed by hand.
"""

from dataclasses import dataclass, field
from typing import Final

# What a claim is read as, in the order of a form.
MEANINGS: Final = ("tenant", "sourced_id", "user_id", "directory_id", "username", "email", "email_verified")
CLASSLINK: Final = "classlink"
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Preset:
    """One kind of provider.

    ``issuer`` is '' where it is the school's own. ``claims`` names, by meaning, the claims that are read, the first
    that is there counts. ``proves_email``: an e-mail counts as verified without a claim that says so.
    ``asks_userinfo``: what the id token lacks is asked for; ``userinfo_names_subject`` False: that answer need not
    repeat the subject. ``needs_tenant``: it serves everybody, so each district has to say which tenant is its own.
    """

    name: str
    title: str
    issuer: str = ""
    scopes: str = "openid profile email"
    claims: dict[str, str] = field(default_factory=dict)
    proves_email: bool = False
    asks_userinfo: bool = False
    userinfo_names_subject: bool = True
    needs_tenant: bool = False


PRESETS: Final = {
    each.name: each
    for each in (
        Preset(
            CLASSLINK,
            "ClassLink",
            issuer="https://launchpad.classlink.com",
            claims={
                "tenant": "classLink_tenant_id, classLink_tenant_id_string, TenantId",
                "sourced_id": "classLink_sourcedId, SourcedId",
                "user_id": "UserId, sub",
                "username": "LoginId",
                "email": "email, Email",
            },
            # A district's own roster server gives them, so they are good within the tenant and nowhere else.
            proves_email=True,
            asks_userinfo=True,
            userinfo_names_subject=False,
            needs_tenant=True,
        ),
        Preset(
            "google",
            "Google",
            issuer="https://accounts.google.com",
            claims={"tenant": "hd", "user_id": "sub", "email": "email", "email_verified": "email_verified"},
            needs_tenant=True,
        ),
        Preset(
            "entra",
            "Microsoft Entra ID",
            claims={
                "tenant": "tid",
                "user_id": "sub",
                "directory_id": "oid",
                "username": "preferred_username",
                "email": "email",
                "email_verified": "email_verified, xms_edov",
            },
        ),
        Preset(
            "clever",
            "Clever",
            issuer="https://clever.com",
            scopes="openid",
            claims={"tenant": "district", "user_id": "sub", "email": "email", "email_verified": "email_verified"},
            needs_tenant=True,
        ),
        Preset(
            OTHER,
            "OpenID Connect",
            # Not preferred_username: with many providers people choose it themselves.
            claims={
                "user_id": "sub",
                "directory_id": "sub",
                "email": "email",
                "email_verified": "email_verified",
            },
            asks_userinfo=True,
        ),
    )
}
