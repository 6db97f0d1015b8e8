"""Adding, changing, removing and trying targets."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from rosterkeeper.features.notices.kinds import Word
from rosterkeeper.features.notices.troubles import event_of
from rosterkeeper.features.publish.models import Delivery, Kind, Target
from rosterkeeper.features.publish.outbox import put
from rosterkeeper.features.publish.sending.posting import is_web_address
from rosterkeeper.features.publish.sending.webhook import new_secret
from rosterkeeper.features.sealed.box import installed_box
from rosterkeeper.oneroster.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A target as somebody states it; ``words`` and ``connections`` empty means all; a blank address keeps the old.

    ``district`` is whose a new one is (None: the installation's); it stays so.
    """

    name: str
    kind: Kind
    address: str
    words: Sequence[str] = ()
    connections: Sequence[int] = ()
    district: int | None = None


def listed() -> list[Target]:
    """Every target, by name."""
    return list(Target.objects.order_by("name"))


def find(name: str) -> Target:
    """The target of that name, the installation's before a district's; SettingsError where it is none or several."""
    found = sorted(Target.objects.filter(name=name), key=lambda each: each.district or 0)
    if not found:
        raise SettingsError(
            "notice.unknown_target", f"There is no target named {name}.", todo="See rosterkeeper notices list."
        )
    if len(found) > 1 and found[0].district is not None:
        raise SettingsError(
            "notice.ambiguous_target",
            f"Several districts have a target named {name}.",
            todo="Rename one of them on the page Notices.",
        )
    return found[0]


def add(stated: Stated) -> tuple[Target, str]:
    """A new target, and the secret that a webhook's receiver needs: shown now and never again.

    SettingsError where it cannot be right.
    """
    target = Target(kind=stated.kind, district=stated.district)
    secret = new_secret() if stated.kind == Kind.WEBHOOK else ""
    target.secret = installed_box().seal(secret)
    change(target, stated)
    return target, secret


def change(target: Target, stated: Stated) -> None:
    """Store what is stated; the kind stays as it was. SettingsError where it cannot be right."""
    if stated.address.strip() or not target.address:
        target.address = installed_box().seal(tidy(Kind(target.kind), stated.address))
    target.name = stated.name.strip()
    target.words, target.connections = list(stated.words), list(stated.connections)
    if not target.name or len(target.name) > 100 or not target.name.isprintable():
        raise SettingsError(
            "notice.name", "The name is blank, longer than 100 characters, or cannot be printed.", todo="Change it."
        )
    try:
        with transaction.atomic():
            target.save()
    except IntegrityError:
        raise SettingsError(
            "notice.name_taken", f"There is a target named {target.name} already.", todo="Choose another name."
        ) from None


def tidy(kind: Kind, address: str) -> str:
    """The address as it is kept; SettingsError where nothing of the kind can be there."""
    words = address.replace(",", " ").replace(";", " ").split()
    if kind == Kind.EMAIL:
        if words and all(map(_is_email, words)):
            return "\n".join(words)
        raise SettingsError(
            "notice.addresses", "These are not e-mail addresses.", todo="Write one address a line, and nothing else."
        )
    if len(words) == 1 and is_web_address(words[0]):
        return words[0]
    raise SettingsError(
        "notice.address", "This is not a web address.", todo="Copy the whole address, beginning with https://."
    )


def where(target: Target) -> str:
    """Where the target is, for who may see settings: a mail's addresses; of a web address its host only."""
    address = installed_box().open(target.address)
    return address.replace("\n", ", ") if target.kind == Kind.EMAIL else "/".join(address.split("/")[:3]) + "/…"


def renew_secret(target: Target) -> str:
    """A new secret for a webhook; what is sent from now on is signed with it."""
    secret = new_secret()
    target.secret = installed_box().seal(secret)
    target.save(update_fields=["secret"])
    return secret


def try_out(target: Target) -> Delivery:
    """Put a test into the outbox for this target alone."""
    says = _("This is a test of the target %(name)s. Notices reach it.") % {"name": target.name}
    event = event_of(Word.TRIAL, _("A test"), says, at=timezone.now(), path="/notices/")
    event.district = target.district
    put(event, [target], is_trial=True)
    return Delivery.objects.get(event=event, target=target)


def can_mail() -> bool:
    """Whether a mail server was set."""
    return bool(settings.ROSTER_MAIL.host)


def _is_email(word: str) -> bool:
    try:
        validate_email(word)
    except ValidationError:
        return False
    return True
