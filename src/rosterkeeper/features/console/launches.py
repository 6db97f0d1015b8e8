"""Taking launches: signature, clock, nonce and school, in the order of decision 0090; and what a login means."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from rosterkeeper.features.accounts import throttle
from rosterkeeper.features.audit.callers import origin_of
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.console import visiting
from rosterkeeper.features.console.keys import about
from rosterkeeper.features.console.models import Key, Nonce, Opening
from rosterkeeper.features.console.recognising import teacher_for
from rosterkeeper.features.console.schools import School, meant, schools_of_key
from rosterkeeper.features.console.settings import settings_of
from rosterkeeper.features.sealed.box import installed_box
from rosterkeeper.launcher.keys import BYTES_OF_SECRET, SecurityKey, read_key
from rosterkeeper.launcher.launch import CLOCK_DIFFERENCE, PROTOCOL, Launch, read_launch
from rosterkeeper.launcher.settings import OFF

# How long a one-time address is good.
GOOD_FOR: Final = timedelta(minutes=1)
# `used_at` is written at most so often: two thousand consoles start within a minute.
_NOTED: Final = timedelta(minutes=5)
# What an unknown key is compared with, so that it takes as long as a known one.
_NOBODY_S: Final = SecurityKey("", bytes(BYTES_OF_SECRET))


class Refused(Exception):
    """A launch is not taken; ``code`` is one of `words.REFUSALS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def take(request: HttpRequest, body: object) -> str:
    """The path that a launch that may be believed is answered with; Refused else.

    It opens a visit once; where the district trusts no login it is the console's own, where one has to sign in.
    """
    launch, signature = _read(body)
    key = Key.objects.filter(key_id=launch.key).first()
    if not launch.is_signed(signature, _secret_of(key)) or key is None:
        _note_wrong(request, launch, key)
        raise Refused("console.key_unknown")
    try:
        chosen = _believed(request, launch, key)
    except Refused as fault:
        record("console.launch_refused", about=about(key), details={"key": key.key_id, "code": fault.code})
        raise
    now = timezone.now()
    if key.used_at is None or now - key.used_at > _NOTED:
        Key.objects.filter(pk=key.pk).update(used_at=now)
    if not settings_of(key.district_id).trusts_login:
        return reverse("console:new_class")
    token = visiting.new_token()
    Opening.objects.create(
        key=key,
        login=launch.login,
        connection_id=chosen.connection if chosen else 0,
        school=chosen.sourced_id if chosen else "",
        may_cover=launch.cover != OFF,
        view=launch.view,
        managed=launch.managed,
        token_hash=visiting.hash_of(token),
        until=now + GOOD_FOR,
    )
    return reverse("console:enter", args=[token])


def opened(token: str) -> Opening | None:
    """What an address opens, once; None where it was used, is too old or never was one."""
    now = timezone.now()
    rows = Opening.objects.filter(token_hash=visiting.hash_of(token), used_at=None, until__gt=now)
    # The row is taken by whoever changes it: of two tabs one comes in.
    if not rows.update(used_at=now):
        return None
    return Opening.objects.select_related("key").get(token_hash=visiting.hash_of(token))


def teacher_of(opening: Opening) -> str:
    """The uid of the one teacher of the launch's schools whom the login means; '' for nobody or several."""
    found = teacher_for(opening.login, opening.key.district_id, visiting.reached(opening)[0])
    return found.uid if found else ""


def address(request: HttpRequest, path: str) -> str:
    """The path at the address by which the launcher came: with a public URL of that name, at it."""
    if _public() and _place(_public()) == _place(request.get_host()):
        return f"{django_settings.ROSTER_PUBLIC_URL.rstrip('/')}{path}"
    return request.build_absolute_uri(path)


def _read(body: object) -> tuple[Launch, str]:
    if not isinstance(body, Mapping):
        raise Refused("console.malformed")
    protocol, signature = body.get("protocol"), body.get("signature")
    if type(protocol) is int and 0 <= protocol < PROTOCOL:
        raise Refused("console.client_too_old")
    if protocol != PROTOCOL or not isinstance(signature, str):
        raise Refused("console.malformed")
    try:
        return read_launch(body), signature
    except ValueError:
        raise Refused("console.malformed") from None


def _secret_of(key: Key | None) -> SecurityKey:
    return read_key(installed_box().open(key.secret)) if key else _NOBODY_S


def _note_wrong(request: HttpRequest, launch: Launch, key: Key | None) -> None:
    """Write a wrong key down, so often as one address may try; who has the right key is never held up by it."""
    if throttle.reserve([f"console:{origin_of(request)}"]) is None:
        raise Refused("console.throttled")
    # The id that was claimed may be anything; its hash tells two of them apart.
    claimed = hashlib.sha256(launch.key.encode()).hexdigest()[:12]
    details = {"code": "console.signature" if key else "console.key_unknown", "claimed": claimed}
    record("console.launch_refused", about=about(key) if key else "", details=details)


def _believed(request: HttpRequest, launch: Launch, key: Key) -> School | None:
    """The computer's school, None where it is set to none; Refused where the launch may not be believed."""
    try:
        difference = launch.difference(timezone.now())
    except (ValueError, OverflowError):
        raise Refused("console.malformed") from None
    if abs(difference) > CLOCK_DIFFERENCE:
        raise Refused("console.clock")
    _remember(launch)
    if code := key.objection:
        raise Refused(code)
    if _place(launch.server) not in {_place(request.get_host()), _place(_public())}:
        raise Refused("console.server_name")
    if not settings_of(key.district_id).is_on:
        raise Refused("console.switched_off")
    schools = schools_of_key(key)
    if not schools:
        raise Refused("console.school_gone")
    if not launch.school.strip():
        return schools[0] if len(schools) == 1 else None
    chosen = meant(schools, launch.school)
    if chosen is None:
        raise Refused("console.school_unknown")
    return chosen


def _remember(launch: Launch) -> None:
    try:
        with transaction.atomic():
            Nonce.objects.create(nonce=f"{launch.key}:{launch.nonce}")
    except IntegrityError:
        raise Refused("console.replayed") from None


def _public() -> str:
    return urlsplit(django_settings.ROSTER_PUBLIC_URL).netloc


def _place(host: str) -> str:
    """A host and port as they are compared: the usual port goes without saying."""
    return host.lower().removesuffix(":443").removesuffix(":80")
