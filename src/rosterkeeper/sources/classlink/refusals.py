"""What can be wrong between a district, ClassLink and us, each told by itself (N37, N44, L41, M13, M26).

Most of it can only be mended at ClassLink, so that every sentence of advice leads there.
"""

from rosterkeeper.oneroster.errors import SourceFailed, SourceRefused
from rosterkeeper.sources.http import faults


def wrong_key() -> SourceFailed:
    """ClassLink does not take the API key."""
    what = f"ClassLink refused the API key: invalid Tenant ID or Key. {faults.UNCHANGED}"
    todo = (
        "Copy the key again from the ClassLink Management Console: Roster Server > Manage > Applications > API Key and"
        " Secret. If it is right, ask your ClassLink administrator."
    )
    return SourceFailed("classlink.wrong_key", what, todo=todo)


def unknown_tenant() -> SourceRefused:
    """The key is right, and no district of that Tenant ID shares with it."""
    what = (
        f"No district with this Tenant ID shares its roster with the key: invalid Tenant ID or Key. {faults.UNCHANGED}"
    )
    todo = (
        "Check the Tenant ID for a typing mistake. If it is right, ask your ClassLink administrator to add the"
        " application in Roster Server > Apps."
    )
    return SourceRefused("classlink.unknown_tenant", what, todo=todo)


def not_enabled() -> SourceRefused:
    """The application was added and is switched off."""
    what = f"The district has added the application in ClassLink but has not enabled it. {faults.UNCHANGED}"
    todo = "Ask your ClassLink administrator to enable the application in Roster Server > Apps."
    return SourceRefused("classlink.not_enabled", what, todo=todo)


def tenant_inactive() -> SourceRefused:
    """The district itself is not active at ClassLink."""
    what = f"ClassLink says that the district is not active. {faults.UNCHANGED}"
    todo = "Ask your ClassLink administrator about the district's status."
    return SourceRefused("classlink.tenant_inactive", what, todo=todo)


def withdrawn() -> SourceFailed:
    """The key is right, the district was listed, and its data are refused all the same."""
    what = f"The district no longer shares its roster with this application. {faults.UNCHANGED}"
    todo = (
        "Ask your ClassLink administrator to share it again in Roster Server > Apps. Until then the roster stays as it"
        " is and grows old."
    )
    return SourceFailed("classlink.withdrawn", what, todo=todo)


def no_list() -> SourceRefused:
    """An answer, but not ClassLink's list of districts."""
    what = f"The server did not answer with a list of districts that can be used. {faults.UNCHANGED}"
    todo = "Check ROSTERKEEPER_CLASSLINK_PROXY; if it is right, ask your ClassLink administrator."
    return SourceRefused("classlink.no_list", what, todo=todo)


def empty_list() -> SourceFailed:
    """A list without any district: no district shares, or ClassLink has trouble."""
    what = f"ClassLink lists no district at all for the key. {faults.UNCHANGED}"
    todo = (
        "Try again later; if it lasts, ask your ClassLink administrator to add the application in Roster Server > Apps."
    )
    return SourceFailed("classlink.empty_list", what, todo=todo)


def two_applications() -> SourceRefused:
    """Which of a district's applications is meant cannot be told."""
    what = (
        f"The key sees several applications of the district, and which one is meant cannot be told. {faults.UNCHANGED}"
    )
    todo = "Ask your ClassLink administrator to leave one enabled, or connect with the Endpoint URL, key and secret."
    return SourceRefused("classlink.two_applications", what, todo=todo)


def no_data_path() -> SourceRefused:
    """The district was found, and its roster is at none of the places where rosters are."""
    what = f"ClassLink lists the district, but its roster is not where ClassLink keeps rosters. {faults.UNCHANGED}"
    todo = (
        "Ask your ClassLink administrator whether the application shares OneRoster data, or connect with the Endpoint"
        " URL, key and secret."
    )
    return SourceRefused("classlink.no_data_path", what, todo=todo)
