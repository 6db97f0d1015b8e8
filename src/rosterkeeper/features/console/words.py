"""Why somebody has no console, or a launch is refused: by code, with what happened and what to do (decision 0090)."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Refusal:
    """What happened, what to do next, and the status that says so to a program."""

    what: str | Promise
    todo: str | Promise
    status: int = 403


_KEY = _("Copy the key anew from the server's page Teacher's console into this computer's settings.")
_ASK_IT = _("Ask your IT staff.")
_AGAIN = _("Open the console again.")

REFUSALS: Final[dict[str, Refusal]] = {
    "console.key_unknown": Refusal(_("The server does not know this computer's security key."), _KEY, 401),
    "console.key_revoked": Refusal(_("The security key of this computer was revoked."), _KEY),
    "console.key_old": Refusal(_("The security key of this computer was replaced by a new one."), _KEY),
    "console.server_name": Refusal(
        _("The launch was made for a server of another name."),
        _("Set the server address as the server's page Teacher's console shows it."),
    ),
    "console.clock": Refusal(
        _("This computer's clock is more than five minutes off."),
        _("Set it right, or let it be set over the network; then open the console again."),
    ),
    "console.replayed": Refusal(_("This launch was used before."), _AGAIN, 409),
    "console.school_unknown": Refusal(
        _("The school that this computer is set to is none that its security key opens."),
        _("Set School name to one of the schools of the server's page Teacher's console, or to nothing."),
    ),
    "console.school_gone": Refusal(
        _("The school of this computer's security key is not on the roster any more."),
        _("Ask your IT staff for the key of a school that is."),
    ),
    "console.full_sign_in": Refusal(
        _("This server does not go by the login of the computer; everybody signs in."),
        _("Open the console's address in the browser and sign in."),
    ),
    "console.switched_off": Refusal(_("The console is switched off for your district."), _ASK_IT),
    "console.client_too_old": Refusal(
        _("This console is too old for the server."),
        _("Install the version that the server's page Teacher's console offers."),
        426,
    ),
    "console.malformed": Refusal(
        _("The server did not understand the launch."),
        _("Install the version that the server's page Teacher's console offers."),
        400,
    ),
    "console.throttled": Refusal(
        _("There were too many launches with a wrong security key from here."),
        _("Mend the key on the computers that have a wrong one. Those with the right one are not held up."),
        429,
    ),
    "console.busy": Refusal(
        _("The server's database could not be used just now."), _("Open the console again in a minute."), 503
    ),
    "console.address_used": Refusal(
        _("This address has been used already, or is more than a minute old."), _AGAIN, 410
    ),
    "console.visit_over": Refusal(_("You were signed out of the console, because a school day has passed."), _AGAIN),
    "console.not_teacher": Refusal(
        _("You are not an active teacher of this computer's school on the roster any more."),
        _("Ask the school's office to enter you as a teacher; the roster follows with the next sync."),
    ),
    "console.not_staff": Refusal(
        _("The console is for teachers and staff."), _("Students and parents find their classes on their own page.")
    ),
    "console.left": Refusal(_("You are signed out of the console."), _AGAIN, 200),
    "console.nobody": Refusal(
        _("The console is opened from a computer that is set up for it, and nobody is here by one."),
        _("Start the console on your computer, or ask your IT staff to set it up."),
    ),
}
