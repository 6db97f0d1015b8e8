"""How a district's people are matched: the rules of each kind of person in order, and how loosely values compare.

A rule holds a value of the roster against a value of the directory account. The forms and the core read the same
structs; what the forms and calls send goes through `parse` and `validate`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from rosterkeeper.matching.tables import Kind, Mode
from rosterkeeper.oneroster.errors import SettingsError


class Key(StrEnum):
    """What of a person's records a rule looks at."""

    SOURCED_ID = "sourced_id"
    MASTER = "user_master_identifier"
    EMAIL = "email"
    # The part before the @, with the domain by the map of domains.
    EMAIL_LOCAL = "email_local"
    USERNAME = "username"
    IDENTIFIER = "identifier"
    USER_ID = "user_id"


class Field(StrEnum):
    """What of a directory account a rule looks at."""

    SOURCED_ID = "sourced_id"
    MASTER = "user_master_identifier"
    EMAIL = "email"
    USERNAME = "username"
    IDENTIFIER = "identifier"
    USER_ID = "user_id"
    EXTERNAL_ID = "external_id"


# Against what a key is held where the rule does not say otherwise.
_USUAL: Final = {
    Key.SOURCED_ID: Field.SOURCED_ID,
    Key.MASTER: Field.MASTER,
    Key.EMAIL: Field.EMAIL,
    Key.EMAIL_LOCAL: Field.EMAIL,
    Key.USERNAME: Field.USERNAME,
    Key.IDENTIFIER: Field.IDENTIFIER,
    Key.USER_ID: Field.USER_ID,
}
MOST_RULES: Final = 8


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One comparison. ``type`` is that of a userId (``SIS``, ``LDAP`` …); ``field`` '' is the usual one of the key."""

    key: Key
    type: str = ""
    field: Field | None = None

    @property
    def against(self) -> Field:
        """The account's field."""
        return self.field or _USUAL[self.key]

    @property
    def word(self) -> str:
        """The rule as one word: what a link made by it has as its reason, such as ``email`` or ``user_id:sis``."""
        named = f"{self.key}:{self.type.strip().lower()}" if self.type else str(self.key)
        return named if self.against == _USUAL[self.key] else f"{named}>{self.against}"


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of each kind of person, the one that is trusted most first."""

    staff: tuple[Rule, ...] = ()
    student: tuple[Rule, ...] = ()
    parent: tuple[Rule, ...] = ()

    def of(self, kind: Kind) -> tuple[Rule, ...]:
        """The rules of a kind."""
        return {Kind.STAFF: self.staff, Kind.STUDENT: self.student, Kind.PARENT: self.parent}[kind]


# An e-mail address must be equal on both sides (L08, R04); an account that carries an id of the roster says more.
_DEFAULT: Final = (Rule(Key.SOURCED_ID), Rule(Key.MASTER), Rule(Key.EMAIL))
DEFAULT_RULES: Final = Rules(_DEFAULT, _DEFAULT, _DEFAULT)


class Normalisers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What makes no difference when two values are compared.

    ``case``: upper and lower. ``spaces``: blanks, also within. ``unicode``: the forms of one letter (NFKC). ``plus``:
    in an e-mail address, what stands between a + and the @.
    """

    case: bool = True
    spaces: bool = True
    unicode: bool = True
    plus: bool = False


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """A district's settings of people, as matching applies them.

    ``domains`` maps a domain of the roster's e-mail addresses to that of the directory's. ``more`` is what the other
    steps read of the options, such as what becomes of leavers.
    """

    mode: Mode = Mode.MATCH
    rules: Rules = DEFAULT_RULES
    normalisers: Normalisers = Normalisers()
    domains: Mapping[str, str] = {}
    more: Mapping[str, object] = {}


def parse(mode: str, rules: Mapping[str, object], options: Mapping[str, object]) -> Settings:
    """Settings of what stands in the database or came from outside; a kind without rules has the default ones.

    SettingsError ``people.settings`` for what is none.
    """
    try:
        made = Settings(
            mode=msgspec.convert(mode, Mode),
            rules=Rules(**{kind: _rules(rules.get(kind), kind) for kind in Kind}),
            normalisers=msgspec.convert(options.get("normalisers", {}), Normalisers),
            domains=_domains(msgspec.convert(options.get("domains", {}), dict[str, str])),
            more={name: value for name, value in options.items() if name not in ("normalisers", "domains")},
        )
    except msgspec.ValidationError:
        raise _wrong("They do not have the form of mode, rules and options.") from None
    if unknown := sorted(set(rules) - set(Kind)):
        raise _wrong(f"There are rules for {len(unknown)} kinds of people that do not exist.")
    for kind in Kind:
        validate(made.rules.of(kind), kind)
    return made


def validate(rules: tuple[Rule, ...], kind: Kind) -> None:
    """SettingsError ``people.settings`` where the rules of a kind contradict each other or lack something."""
    if len(rules) > MOST_RULES:
        raise _wrong(f"There are more than {MOST_RULES} rules for {kind}.")
    if len({rule.word for rule in rules}) < len(rules):
        raise _wrong(f"A rule for {kind} is there twice.")
    for rule in rules:
        if bool(rule.type.strip()) != (rule.key is Key.USER_ID):
            raise _wrong(f"A rule for {kind} on a userId names its type; a rule on anything else names none.")
        if rule.against is Field.USER_ID and rule.key is not Key.USER_ID:
            raise _wrong(f"Only a userId can be compared with a userId (rules for {kind}).")
        if rule.key is Key.EMAIL_LOCAL and rule.against not in (Field.EMAIL, Field.USERNAME):
            raise _wrong(f"An e-mail address's local part is compared with an e-mail or a username (rules for {kind}).")


def _rules(given: object, kind: str) -> tuple[Rule, ...]:
    if given is None:
        return DEFAULT_RULES.of(Kind(kind))
    return msgspec.convert(given, tuple[Rule, ...])


def _domains(given: Mapping[str, str]) -> dict[str, str]:
    clean = {old.strip().lower().lstrip("@"): new.strip().lower().lstrip("@") for old, new in given.items()}
    if not all(old and new and "@" not in old + new for old, new in clean.items()):
        raise _wrong("The map of domains has a line that is not two domains.")
    return clean


def _wrong(what: str) -> SettingsError:
    return SettingsError(
        "people.settings",
        f"The settings of people cannot be used: {what}",
        todo="Correct them under Directory, Settings.",
    )
