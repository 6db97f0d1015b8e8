"""The settings of a teacher's computer: one table, of which files, policy and its templates are made.

Policies keep the names by which administrators know them ("NSS Tutor Settings", "Student Selection Mode"). A setting
without ``has_policy`` is a computer's own business and cannot be managed.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ROOT_CATEGORY: Final = "NSS Tutor Settings"
# Raised with every change of the table; the templates carry it, and a policy set by an older one is known by it.
TEMPLATES: Final = "12.60.1"


class Type(StrEnum):
    """What a setting holds."""

    CHOICE = "choice"
    TEXT = "text"
    SWITCH = "switch"


class Page(StrEnum):
    """Under which heading a setting stands, in the configurator and in the policy editor."""

    NETWORK = "Network & Wireless Settings"
    SELECTION = "Student Selection"
    CONSOLE = "Tutor Console"


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice: what is stored, and what is shown."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. ``key`` names it in files and policy; ``is_brief``: the cut-down configurator shows it (N21).

    ``longest`` counts the characters of a text.
    """

    key: str
    type: Type
    page: Page
    name: str
    help: str
    default: str = ""
    choices: tuple[Choice, ...] = ()
    is_brief: bool = True
    has_policy: bool = True
    is_secret: bool = False
    longest: int = 1000


ON, OFF = "1", "0"
CONNECT_TO_SIS: Final = "sis"
# A launch tells these, and what it tells is short.
_SHORT: Final = 250

SETTINGS: Final = (
    Setting(
        "use_server",
        Type.SWITCH,
        Page.NETWORK,
        "Use Name & Connectivity Server",
        "Whether this console asks a server for schools, teachers and classes. Off: it makes no calls at all.",
        default=OFF,
    ),
    Setting(
        "server",
        Type.TEXT,
        Page.NETWORK,
        "Server address",
        "The address that the server shows under Teacher's console, such as https://roster.example.org.",
        longest=_SHORT,
    ),
    Setting(
        "key",
        Type.TEXT,
        Page.NETWORK,
        "Security key",
        "The key that the server shows for your school. It begins with RK-.",
        is_secret=True,
    ),
    Setting(
        "certificates",
        Type.TEXT,
        Page.NETWORK,
        "Certificate file",
        "A file of certificates (PEM) to trust besides the system's, where the server's is the district's own.",
        is_brief=False,
    ),
    Setting(
        "plain_http",
        Type.SWITCH,
        Page.NETWORK,
        "Allow an unencrypted connection",
        "Whether an address that begins with http: may be used for another computer than this one.",
        default=OFF,
        is_brief=False,
    ),
    Setting(
        "student_selection_mode",
        Type.CHOICE,
        Page.SELECTION,
        "Student Selection Mode",
        "How the console finds the students of a lesson. Connect to SIS takes classes from the roster.",
        default="room",
        choices=(
            Choice("room", "Room mode"),
            Choice("browse", "Browse mode"),
            Choice("user", "User mode"),
            Choice("google", "Google Classroom"),
            Choice(CONNECT_TO_SIS, "Connect to SIS"),
        ),
    ),
    Setting(
        "school",
        Type.TEXT,
        Page.SELECTION,
        "School name",
        "The school whose classes are shown: its number at the server, or its name. Empty: the key's own school.",
        longest=_SHORT,
    ),
    Setting(
        "cover",
        Type.SWITCH,
        Page.SELECTION,
        "Allow cover",
        "Whether another teacher than the recognised one may be chosen at this computer.",
        default=ON,
        is_brief=False,
    ),
    Setting(
        "view",
        Type.CHOICE,
        Page.CONSOLE,
        "Class view",
        "How the New Class page shows classes until the teacher chooses.",
        default="icons",
        choices=(Choice("icons", "Icon view"), Choice("list", "List view")),
        is_brief=False,
    ),
    Setting(
        "browser",
        Type.TEXT,
        Page.CONSOLE,
        "Browser command",
        "The program that opens the New Class page; empty for the usual browser. The address is put after it.",
        is_brief=False,
        has_policy=False,
    ),
)
BY_KEY: Final = {each.key: each for each in SETTINGS}


class SettingRefused(ValueError):
    """A value is none that the setting can hold; ``str`` says so in plain words without repeating it."""


def checked(setting: Setting, value: str) -> str:
    """The value as it is kept; SettingRefused where the setting cannot hold it."""
    plain = value.strip()
    if setting.type is Type.SWITCH:
        if plain.lower() in ("1", "on", "yes", "true"):
            return ON
        if plain.lower() in ("0", "off", "no", "false", ""):
            return OFF
        raise SettingRefused(f"{setting.name} is either on or off.")
    if setting.type is Type.CHOICE:
        for choice in setting.choices:
            if plain.lower() in (choice.value, choice.name.lower()):
                return choice.value
        named = ", ".join(choice.name for choice in setting.choices)
        raise SettingRefused(f"{setting.name} is one of: {named}.")
    if not plain.isprintable():
        raise SettingRefused(f"{setting.name} is text of one line.")
    if len(plain) > setting.longest:
        raise SettingRefused(f"{setting.name} has {setting.longest} characters at most.")
    return plain
