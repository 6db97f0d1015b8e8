"""A change of the key: every stored secret is sealed anew in one transaction, and then the old key opens nothing.

With the file ``secret.key``: the new key goes before the old one, the secrets are sealed anew, the old one goes. Cut
off anywhere in between, both keys are there and every secret can be read; the next change finishes it. A process that
is running reads the file each time. With ROSTERKEEPER_SECRET_KEY, whoever sets it puts the new key first and takes the
old one away afterwards.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction

from rosterkeeper.features.sealed.box import SecretBox, installed_keys, new_key, write_keys
from rosterkeeper.features.sealed.field import sealed_columns
from rosterkeeper.oneroster.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many secrets were sealed anew, and whether older keys still stand in ROSTERKEEPER_SECRET_KEY."""

    secrets: int
    keys_to_remove: int


def rotate() -> Rotated:
    """Change the key of all stored secrets; SettingsError, and nothing changed, where one of them cannot be opened."""
    if settings.ROSTER_SECRET_KEYS:
        return _rotate_stated()
    path = settings.ROSTER_KEY_FILE
    old, new = installed_keys(), new_key()
    for sealed in sealed_values():
        SecretBox(old).open(sealed)
    write_keys(path, (new, *old))
    done = _reseal(SecretBox((new, *old)))
    # A process that had read the file just before may have stored one more secret under the old key.
    while not are_readable((new,)):
        done += _reseal(SecretBox((new, *old)))
    write_keys(path, (new,))
    return Rotated(done, 0)


def sealed_values() -> list[str]:
    """Every sealed secret that is stored."""
    return [
        sealed
        for model, name in sealed_columns()
        for sealed in model._default_manager.exclude(**{name: ""}).values_list(name, flat=True)
    ]


def are_readable(keys: tuple[str, ...]) -> bool:
    """Whether these keys open every stored secret."""
    box = SecretBox(keys)
    try:
        for sealed in sealed_values():
            box.open(sealed)
    except SettingsError:
        return False
    return True


def _rotate_stated() -> Rotated:
    keys = installed_keys()
    if len(keys) == 1:
        raise SettingsError(
            "secret.one_key",
            "ROSTERKEEPER_SECRET_KEY holds one key, so there is none to change to.",
            todo="Put a key of rosterkeeper secrets new-key and a comma before it, start every process anew with"
            " that, then rotate again.",
        )
    return Rotated(_reseal(SecretBox(keys)), len(keys) - 1)


def _reseal(box: SecretBox) -> int:
    """Seal every secret with the box's first key; returns how many there are."""
    is_sqlite = connection.vendor == "sqlite"
    if is_sqlite:
        # Else what the old key sealed would stay legible in the file, in pages that nothing uses.
        _pragma("secure_delete = ON")
    done = 0
    with transaction.atomic():
        for model, name in sealed_columns():
            rows = model._default_manager.select_for_update().exclude(**{name: ""})
            for key, sealed in rows.values_list("pk", name):
                model._default_manager.filter(pk=key).update(**{name: box.reseal(sealed)})
                done += 1
    if is_sqlite:
        _pragma("wal_checkpoint(TRUNCATE)")
    return done


def _pragma(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {text}")
        cursor.fetchall()
