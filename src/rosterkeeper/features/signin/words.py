"""What a try to sign in ends with, told to administrators; a visitor is told no more than that it did not work.

Who is refused must not learn whether somebody of that name or address exists, nor what became of them.
"""

from dataclasses import dataclass
from typing import Final

# Something between the browser, the provider and this server.
_OF_THE_WAY: Final = (
    ("signin.cancelled", "The sign-in was given up at the provider.", "Nothing needs to be done."),
    ("signin.provider_refused", "The provider refused the sign-in.", "See there whether the person may use this app."),
    (
        "signin.state",
        "The answer belongs to no sign-in that was begun in this browser.",
        "Ask them to sign in once more.",
    ),
    ("signin.token", "The provider's id token cannot be trusted.", "Ask them to sign in once more."),
    ("signin.nonce", "The provider's id token belongs to another sign-in.", "Ask them to sign in once more."),
    (
        "signin.issuer",
        "The id token or the discovery document names another issuer.",
        "Compare the issuer under Sign-in with what the provider's discovery document says.",
    ),
    (
        "signin.audience",
        "The id token was made for another app.",
        "Compare the client id under Sign-in with the one at the provider.",
    ),
    (
        "signin.expired",
        "The id token is too old or not yet good.",
        "Set the clock of this server; it has to be right to the minute.",
    ),
    (
        "signin.unreachable",
        "The provider cannot be reached or gave no usable answer.",
        "Test the provider under Sign-in; if it passes, check the client secret.",
    ),
    (
        "signin.private_address",
        "The provider is at an address that is not https, or in a private network.",
        "If it really is there, list its host in the setting ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS.",
    ),
    ("signin.provider_off", "The provider is switched off.", "Switch it on under Sign-in."),
    ("signin.throttled", "There were too many refused tries.", "They may try again in a quarter of an hour."),
)
# Who it is, and whether they may.
_OF_THE_PERSON: Final = (
    (
        "signin.unknown_tenant",
        "The provider names a tenant or domain that no district here has.",
        "Add the tenant or domain to the district under Sign-in.",
    ),
    ("signin.not_found", "Nobody of the district's roster is known by what the provider says.", "See docs/signin.md."),
    (
        "signin.email_unverified",
        "Only the e-mail address would lead to somebody, and the provider does not vouch for it.",
        "Match by a stronger key: sourcedId, the directory's id or the username.",
    ),
    (
        "signin.ambiguous",
        "What the provider says is true of several people.",
        "Give each their own account, e-mail address and username, in the directory and on the roster.",
    ),
    (
        "signin.disagrees",
        "The e-mail address leads to somebody whose id is another than the provider says.",
        "Correct the sourcedId at the provider or on the roster; an e-mail address alone does not count against it.",
    ),
    (
        "signin.no_account",
        "The person is on the roster and has no account.",
        "Link an account to the person, or let the sync create one.",
    ),
    ("signin.suspended", "The person's account is suspended.", "Restore the account if they should get in again."),
    ("signin.purged", "The person's account was purged.", "Link another account to the person."),
    ("signin.left", "The person has left the roster.", "They may sign in again once a sync brings them back."),
    ("signin.kind", "The provider is not for this kind of people.", "Allow the kind under Sign-in."),
    ("signin.district", "The provider is not for the person's district.", "Add the district to it under Sign-in."),
    (
        "signin.not_administrator",
        "No account of an administrator is linked to this user of the provider.",
        "Sign in with the password and link it under Your account.",
    ),
    ("signin.account_disabled", "The administrator's account is disabled.", "Enable it under Accounts."),
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody is not in: its stable code, what it says, what to do."""

    code: str
    what: str
    todo: str


REASONS: Final = {code: Reason(code, what, todo) for code, what, todo in (*_OF_THE_WAY, *_OF_THE_PERSON)}
ABOUT_PEOPLE: Final = frozenset(code for code, *_ in _OF_THE_PERSON)
UNKNOWN: Final = Reason("", "It did not work.", "Test the provider under Sign-in.")


def reason(code: str) -> Reason:
    """What a code says."""
    return REASONS.get(code, UNKNOWN)


class Refused(Exception):
    """A sign-in ends here; ``code`` is one of `REASONS`. ``person`` is the uid of whom it was about, '' for unknown."""

    def __init__(self, code: str, *, person: str = "", district: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.person = person
        self.district = district
