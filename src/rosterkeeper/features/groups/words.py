"""The words of groups as the pages show them: kinds, roles, and why a group waits with its next step."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.groups.waiting import Why
from rosterkeeper.matching.tables import GroupKind
from rosterkeeper.matching.tables import Member as Role

KINDS: Final[dict[str, str | Promise]] = {
    GroupKind.CLASS: _("class"),
    GroupKind.MERGED: _("merged"),
    GroupKind.CUSTOM: _("custom"),
}
ROLES: Final[dict[str, str | Promise]] = {
    Role.OWNER: _("owner"),
    Role.STUDENT: _("student"),
    Role.GUEST: _("guest"),
}
STATES: Final[dict[str, str | Promise]] = {
    "active": _("active"),
    "waiting": _("waiting for a teacher"),
    "ended": _("ended"),
    "": _("any"),
}
REASONS: Final[dict[str, str | Promise]] = {
    Why.READY: _("has an active account"),
    Why.SUSPENDED: _("the account is suspended"),
    Why.DISPUTED: _("several accounts could be theirs"),
    Why.NO_ACCOUNT: _("no account in the directory"),
    Why.IGNORED: _("somebody decided that they need no account"),
    Why.NO_TEACHER: _("nobody owns it: the roster names no teacher"),
}
NEXT_STEPS: Final[dict[str, str | Promise]] = {
    Why.SUSPENDED: _("Let the account be active again in the directory."),
    Why.DISPUTED: _("Choose the right account under Matching."),
    Why.NO_ACCOUNT: _("Add or import the teacher's account; the groups attach at once, without a sync."),
    Why.IGNORED: _("Take the decision back under Matching, or put an owner into the group."),
    Why.NO_TEACHER: _("Enter the teacher at the source and sync, or put an owner into the group."),
}
# What somebody did, as the history of a group tells it.
ACTIONS: Final[dict[str, str | Promise]] = {
    "groups.made": _("made"),
    "groups.renamed": _("renamed"),
    "groups.member_added": _("somebody put in"),
    "groups.member_removed": _("somebody taken out"),
    "groups.parts_set": _("parts chosen"),
    "groups.ended": _("ended"),
    "groups.restored": _("restored"),
    "groups.resynced": _("made anew for one user"),
}
PLACEHOLDERS: Final[dict[str, str | Promise]] = {
    "title": _("the class's title"),
    "course": _("the course's title"),
    "code": _("the class's code"),
    "period": _("the periods"),
    "term": _("the first term's title"),
    "school": _("the school's name"),
    "grade": _("the grades"),
    "teacher": _("the family name of the primary teacher"),
}
