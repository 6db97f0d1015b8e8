"""What errors of SCIM say. The library's own words may quote what was sent; these never do."""

from typing import Final

from scim2_models import Error, SCIMException

TAKEN: Final = "Another account of the district has this userName."
BLANK: Final = "userName is blank."
TOO_LONG: Final = "A value is longer than 1000 letters."
NUL: Final = "A value holds a NUL character."
NO_ACCOUNT: Final = "The district has no account with this id."
NO_GROUP: Final = "The district has no group with this id."
GROUPS_FIXED: Final = (
    "Groups are made of the roster's classes and cannot be changed by SCIM. Switch off the provisioning of groups."
)
NO_FILTER: Final = "This attribute cannot be filtered by."
NO_SORT: Final = "This attribute cannot be sorted by."
ONE_KIND: Final = "Search /Users or /Groups: both at once cannot be searched."

_OWN: Final = frozenset({TAKEN, BLANK, TOO_LONG, NUL, NO_ACCOUNT, NO_GROUP, GROUPS_FIXED, NO_FILTER, NO_SORT, ONE_KIND})
_OF_TYPE: Final = {
    "invalidFilter": "The filter could not be understood. Compare its attributes with /Schemas.",
    "invalidPath": "A path names no attribute. Compare it with /Schemas.",
    "invalidSyntax": "The request's body could not be understood. Compare it with /Schemas.",
    "invalidValue": "A value is missing or does not fit its attribute. Compare it with /Schemas.",
    "mutability": "An attribute that cannot be changed would be changed. Compare it with /Schemas.",
    "noTarget": "The path's filter finds nothing to change.",
    "uniqueness": TAKEN,
}
_OF_STATUS: Final = {
    400: "The request could not be understood.",
    403: "This may not be done by SCIM.",
    404: "There is nothing at this address.",
    405: "The address does not know this method.",
    412: "The account was changed meanwhile. Read it again and send the change once more.",
    413: "The request is larger than any account.",
    415: "The request's body must be application/scim+json.",
    501: "This is not supported. Compare it with /ServiceProviderConfig.",
}


def error_of(fault: SCIMException) -> Error:
    """The error in words of ours, with its status and its scimType."""
    error = fault.to_error()
    if error.detail not in _OWN:
        error.detail = _OF_TYPE.get(error.scim_type or "") or _OF_STATUS.get(error.status or 400, _OF_STATUS[400])
    return error
