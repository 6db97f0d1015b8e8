"""The words of matching in the reader's language: results, reasons, rulings, where accounts came from."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosterkeeper.matching.rules import Field, Key, Rule
from rosterkeeper.matching.tables import Kind, Mode, Origin, Result, Ruling, Status

Word = str | Promise

KINDS: Final[dict[str, Word]] = {
    Kind.STAFF: gettext_lazy("Staff"),
    Kind.STUDENT: gettext_lazy("Students"),
    Kind.PARENT: gettext_lazy("Parents"),
}
# Of one person.
KIND: Final[dict[str, Word]] = {
    Kind.STAFF: gettext_lazy("staff"),
    Kind.STUDENT: gettext_lazy("student"),
    Kind.PARENT: gettext_lazy("parent"),
}
RESULTS: Final[dict[str, Word]] = {
    Result.LINKED: gettext_lazy("matched"),
    Result.CREATED: gettext_lazy("created"),
    Result.DISPUTED: gettext_lazy("disputed"),
    Result.UNMATCHED: gettext_lazy("unmatched"),
    Result.IGNORED: gettext_lazy("ignored"),
}
STATUS: Final[dict[str, Word]] = {
    Status.ACTIVE: gettext_lazy("active"),
    Status.SUSPENDED: gettext_lazy("suspended"),
    Status.PURGED: gettext_lazy("erased"),
}
ORIGINS: Final[dict[str, Word]] = {
    Origin.CSV: gettext_lazy("uploaded list"),
    Origin.SCIM: gettext_lazy("SCIM"),
    Origin.SYNC: gettext_lazy("created by the sync"),
    Origin.HAND: gettext_lazy("added by hand"),
}
SUSPENDED_BY: Final[dict[str, Word]] = {
    "sync": gettext_lazy("by the sync, because the person left the roster"),
    "hand": gettext_lazy("by hand"),
    "directory": gettext_lazy("by the directory: it is not in it any more, or is switched off there"),
}
RULINGS: Final[dict[str, Word]] = {
    Ruling.LINK: gettext_lazy("linked to an account"),
    Ruling.CREATE: gettext_lazy("gets a new account"),
    Ruling.IGNORE: gettext_lazy("ignored"),
    Ruling.SPLIT: gettext_lazy("is a person of its own"),
    Ruling.JOIN: gettext_lazy("is the same person as another record"),
}
MODES: Final[dict[str, tuple[Word, Word]]] = {
    Mode.MATCH: (
        gettext_lazy("Match only"),
        gettext_lazy("Nobody gets an account by a sync. Who has none waits under Unmatched Users."),
    ),
    Mode.CREATE: (
        gettext_lazy("Create missing accounts"),
        gettext_lazy("Everybody of the roster who matches no account gets a new one, parents too."),
    ),
    Mode.CREATE_TEACHERS: (
        gettext_lazy("Create accounts of teachers who have classes"),
        gettext_lazy("Staff with a class now or later get a missing account; everybody else is matched only."),
    ),
}
# Of a parent to a student.
RELATIONSHIPS: Final[dict[str, Word]] = {
    "parent": gettext_lazy("parent"),
    "guardian": gettext_lazy("guardian"),
    "relative": gettext_lazy("relative"),
}
FIELDS: Final[dict[str, Word]] = {
    "external_id": gettext_lazy("Id in the directory"),
    "username": gettext_lazy("Username"),
    "email": gettext_lazy("E-mail address"),
    "given_name": gettext_lazy("First name"),
    "family_name": gettext_lazy("Last name"),
    "display_name": gettext_lazy("Display name"),
    "kind": gettext_lazy("Staff, student or parent"),
    "status": gettext_lazy("Status"),
    "sourced_id": gettext_lazy("sourcedId of the roster"),
    "user_master_identifier": gettext_lazy("userMasterIdentifier of the roster"),
    "identifier": gettext_lazy("Identifier (such as a student or employee number)"),
    "user_ids": gettext_lazy("userIds of the roster"),
    "grades": gettext_lazy("Grades"),
}
_KEYS: Final[dict[str, Word]] = {
    Key.SOURCED_ID: gettext_lazy("sourcedId"),
    Key.MASTER: gettext_lazy("userMasterIdentifier"),
    Key.EMAIL: gettext_lazy("e-mail address"),
    Key.EMAIL_LOCAL: gettext_lazy("e-mail address with its domain mapped"),
    Key.USERNAME: gettext_lazy("username"),
    Key.IDENTIFIER: gettext_lazy("identifier"),
    Key.USER_ID: gettext_lazy("userId"),
}
_AGAINST: Final[dict[str, Word]] = {
    Field.SOURCED_ID: gettext_lazy("sourcedId"),
    Field.MASTER: gettext_lazy("userMasterIdentifier"),
    Field.EMAIL: gettext_lazy("e-mail address"),
    Field.USERNAME: gettext_lazy("username"),
    Field.IDENTIFIER: gettext_lazy("identifier"),
    Field.USER_ID: gettext_lazy("userId"),
    Field.EXTERNAL_ID: gettext_lazy("id in the directory"),
}
_REASONS: Final[dict[str, Word]] = {
    "no_account": gettext_lazy("no account has what the rules compare"),
    "no_key": gettext_lazy("the record has nothing that the rules compare, such as an e-mail address"),
    "no_role": gettext_lazy("the record has no role that still holds"),
    "other_kind": gettext_lazy("an account fits, but it says that it is of another kind of people"),
    "key_disagrees": gettext_lazy("an account fits, but its id of the roster is somebody else's"),
    "several_accounts": gettext_lazy("several accounts fit"),
    "several_persons": gettext_lazy("several people fit one account"),
    "account_taken": gettext_lazy("the account that fits is somebody else's already"),
    "ruling": gettext_lazy("decided by hand"),
    "left": gettext_lazy("left the roster"),
    "left.purged": gettext_lazy("left the roster; the account was erased"),
    "held": gettext_lazy("the change waits for a decision"),
    "created.mode": gettext_lazy("created, because the settings say so"),
    "created.ruling": gettext_lazy("created, because somebody decided so"),
}


def rule_words(rule: Rule) -> str:
    """A rule as a page tells it."""
    named = {"key": _KEYS[rule.key], "field": _AGAINST[rule.against]}
    if rule.type:
        named["key"] = f"{named['key']} {rule.type}"
    return _("%(key)s of the roster = %(field)s of the account") % named


def reason_words(reason: str) -> str:
    """Why somebody is whose: a rule's word, or what else matching says; a word nobody knows as it is."""
    if reason in _REASONS:
        return str(_REASONS[reason])
    key, _sign, field = reason.partition(">")
    name, _colon, kind = key.partition(":")
    if name in set(Key) and (not field or field in set(Field)):
        told = f"{_KEYS[name]} {kind}".strip()
        return f"{told} = {_AGAINST[field]}" if field else told
    return reason
