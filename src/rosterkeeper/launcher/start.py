"""Starting the console: from the settings to a browser on the New Class page, or to a plain sentence."""

import getpass
import os
import platform
import shlex
import subprocess
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rosterkeeper.launcher.asking import Server, Trouble, server_of, too_old
from rosterkeeper.launcher.keys import KeyMistyped, SecurityKey, read_key
from rosterkeeper.launcher.launch import CLOCK_DIFFERENCE, LONGEST, PROTOCOL, Computer, new_launch
from rosterkeeper.launcher.settings import BY_KEY, CONNECT_TO_SIS, ON
from rosterkeeper.launcher.values import Values

CLIENT = "0.1.0"
Browse = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at; ``todo`` is '' where all is well."""

    what: str
    todo: str = ""

    @property
    def is_well(self) -> bool:
        """Whether nothing is to be done about it."""
        return not self.todo


def os_login(environment: Mapping[str, str]) -> str:
    """Who has logged in to this computer, with the domain where Windows names one; '' where nobody can tell."""
    name = environment.get("USERNAME", "") if platform.system() == "Windows" else ""
    if name:
        domain = environment.get("USERDOMAIN", "")
        return _short(f"{domain}\\{name}" if domain and domain != environment.get("COMPUTERNAME") else name)
    try:
        return _short(getpass.getuser())
    except (OSError, KeyError):
        return ""


def _short(login: str) -> str:
    """The login where a launch can tell it; else nobody is recognised by it."""
    return login if len(login) <= LONGEST and login.isprintable() else ""


def browser(command: str) -> Browse:
    """What opens an address: a command of the settings, or the usual browser."""
    if not command:
        return webbrowser.open
    try:
        words = shlex.split(command, posix=os.name != "nt")
    except ValueError:
        raise Trouble(
            "console.browser", "Browser command has an open quote.", "Close the quote, or set it to nothing."
        ) from None
    # What Windows takes for a backslash is left alone there, and so are the quotes around a path with blanks.
    words = [word.strip('"') for word in words] if os.name == "nt" else words

    def started(address: str) -> bool:
        try:
            subprocess.Popen([*words, address])  # noqa: S603 -- the command is this computer's own setting
        except OSError:
            return False
        return True

    return started


def launch(values: Values, login: str, browse: Browse, *, now: datetime | None = None) -> str:
    """Sign in to the server as who has logged in here, and open the browser; returns the address. Trouble otherwise."""
    server, key = _ready(values)
    address = _address(server, key, _here(server, values, login), now or datetime.now(UTC))
    if not browse(address):
        raise Trouble(
            "console.browser",
            "The browser could not be started.",
            "Set Browser command to a program that is there, or to nothing.",
        )
    return address


def check(values: Values, login: str, *, now: datetime | None = None) -> list[Checked]:
    """Everything that a launch needs, looked at in turn up to the first thing that is wrong; nothing is opened."""
    moment = now or datetime.now(UTC)
    found = [Checked(trouble, "Mend it, or ask your IT staff to.") for trouble in values.troubles]
    try:
        server, key = _ready(values)
        found.append(Checked(f"The settings are complete; the key is {key.id}."))
        hello = server.ask("/console/hello")
        _agreed(hello.body)
        found.append(Checked(f"{server.place} answers, version {hello.body.get('version', 'unknown')}."))
        if hello.server_time is not None:
            found.append(_clock(moment, hello.server_time))
        if managed := ", ".join(BY_KEY[key].name for key in values.managed):
            found.append(Checked(f"Managed by your district's policy: {managed}."))
        if login:
            found.append(Checked(f"The login on this computer is {login}."))
        else:
            found.append(Checked("Nobody's login is known here.", "Choose the teacher by hand on the New Class page."))
        _address(server, key, _here(server, values, login), moment)
        found.append(Checked("The server takes the key and the school."))
    except Trouble as trouble:
        found.append(Checked(trouble.what, trouble.todo))
    return found


def _ready(values: Values) -> tuple[Server, SecurityKey]:
    """The server and the key of complete settings."""
    if values["use_server"] != ON:
        raise Trouble(
            "console.off",
            "Use Name & Connectivity Server is switched off, so no server is asked.",
            "Switch it on with `rosterkeeper console configure`.",
        )
    if values["student_selection_mode"] != CONNECT_TO_SIS:
        raise Trouble(
            "console.mode",
            "Student Selection Mode is not Connect to SIS, so classes are not taken from the roster.",
            "Choose Connect to SIS with `rosterkeeper console configure`.",
        )
    server = server_of(values["server"], plain_http=values["plain_http"] == ON, certificates=values["certificates"])
    try:
        return server, read_key(values["key"])
    except KeyMistyped as fault:
        raise Trouble("console.key_mistyped", str(fault), "Copy the key anew from the server's page.") from None


def _here(server: Server, values: Values, login: str) -> Computer:
    return Computer(server.place, values["school"], login, values["cover"], values["view"], ",".join(values.managed))


def _address(server: Server, key: SecurityKey, here: Computer, now: datetime) -> str:
    signed = new_launch(key, here, now)
    answer = server.ask("/console/launch", signed.told(signed.signed_with(key), client=CLIENT))
    address = answer.body.get("address")
    if not isinstance(address, str) or not server.owns(address):
        raise Trouble(
            "console.address",
            "The server named an address that is not its own, and nothing was opened.",
            "Ask your IT staff: the server may be set up under another name than this computer uses.",
        )
    return address


def _agreed(hello: Mapping[str, object]) -> None:
    """Trouble where the two sides speak no common protocol."""
    protocols = [each for each in _listed(hello.get("protocols")) if isinstance(each, int)]
    if hello.get("product") != "rosterkeeper" or not protocols:
        raise Trouble(
            "console.not_a_server",
            "Something answers at the server address, but it is not a Rosterkeeper server with a console.",
            "Compare the address with the one on the server's page Teacher's console.",
        )
    if PROTOCOL in protocols:
        return
    if min(protocols) > PROTOCOL:
        raise too_old()
    raise Trouble(
        "console.server_too_old",
        "The server is too old for this console.",
        "Ask your IT staff to upgrade the server.",
    )


def _listed(told: object) -> list[object]:
    return told if isinstance(told, list) else []


def _clock(here: datetime, there: datetime) -> Checked:
    minutes = round((here - there).total_seconds() / 60)
    if abs(here - there) <= CLOCK_DIFFERENCE:
        return Checked("This computer's clock is right.")
    word = "fast" if minutes > 0 else "slow"
    return Checked(
        f"This computer's clock is {abs(minutes)} minutes {word}.",
        "Set it right, or let it be set over the network; until then the server refuses launches.",
    )
