"""Which column of a directory's CSV says what: by the headings of Entra ID, Google Workspace, Okta and plain lists.

A heading is compared by its letters and digits alone; what Google writes in brackets behind it does not count.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

# What a column can be, in the order in which pages ask; each is a column of the accounts' table.
FIELDS: Final = (
    "external_id",
    "username",
    "email",
    "given_name",
    "family_name",
    "display_name",
    "kind",
    "status",
    "sourced_id",
    "user_master_identifier",
    "identifier",
    "user_ids",
    "grades",
)
# By one of these an account is known again: the first that a file has.
KEYS: Final = ("external_id", "username", "email")

# The headings of each field, the best first.
_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "external_id": ("externalid", "objectid", "accountid", "immutableid", "userid", "guid", "uuid", "id"),
    "username": ("userprincipalname", "username", "login", "userlogin", "loginname", "samaccountname", "upn", "user"),
    "email": ("mail", "email", "emailaddress", "primaryemail", "workemail", "useremail"),
    "given_name": ("givenname", "firstname", "first", "forename"),
    "family_name": ("familyname", "surname", "lastname", "last", "sn"),
    "display_name": ("displayname", "fullname", "name", "commonname"),
    "kind": (
        *("role", "kind", "persontype", "accounttype", "employeetype", "jobtitle", "employeetitle", "title"),
        *("orgunitpath", "orgunit", "usertype", "type"),
    ),
    "status": (
        *("accountenabled", "status", "accountstatus", "enabled", "active", "isactive"),
        *("suspended", "issuspended", "disabled", "blocksignin", "blockcredential"),
    ),
    "sourced_id": ("sourcedid", "usersourcedid", "onerosterid", "classlinkid"),
    "user_master_identifier": ("usermasteridentifier", "masteridentifier", "masterid"),
    "identifier": (
        *("identifier", "employeeid", "employeenumber", "studentid", "studentnumber", "localid", "sisid"),
        *("sisuserid", "personid", "staffid"),
    ),
    "user_ids": ("userids",),
    "grades": ("grades", "grade", "gradelevel"),
}
# Of these columns a yes means that the account is suspended.
_TURNED: Final = frozenset({"suspended", "issuspended", "disabled", "blocksignin", "blockcredential"})
_BRACKETS: Final = re.compile(r"[\[(].*?[\])]")


def bare(heading: str) -> str:
    """A heading as it is compared."""
    return "".join(each for each in _BRACKETS.sub("", heading).lower() if each.isalnum())


def recognised(headings: Sequence[str]) -> dict[str, str]:
    """Which of the file's headings says which field, as far as that is clear."""
    known: dict[str, str] = {}
    for heading in headings:
        known.setdefault(bare(heading), heading)
    found = {}
    for field, names in _HEADINGS.items():
        heading = next((known[name] for name in names if name in known), "")
        if heading:
            found[field] = heading
    return found


def is_turned(heading: str) -> bool:
    """Whether a yes in the column of the status means suspended."""
    return bare(heading) in _TURNED


def fits(columns: Mapping[str, str], headings: Sequence[str]) -> bool:
    """Whether columns that were chosen once are those of this file, too."""
    return has_key(columns) and set(columns.values()) <= set(headings)


def has_key(columns: Mapping[str, str]) -> bool:
    """Whether accounts can be known again by the columns."""
    return any(each in columns for each in KEYS)
