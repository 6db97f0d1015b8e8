"""The program on a teacher's computer: `rosterkeeper console`, or `python -m rosterkeeper.launcher` by itself."""

import argparse
import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rosterkeeper.launcher.asking import Trouble
from rosterkeeper.launcher.configure import configure
from rosterkeeper.launcher.package import ZIPAPP, zipapp
from rosterkeeper.launcher.policy import Policy, WindowsRegistry, policies
from rosterkeeper.launcher.settings import SETTINGS, TEMPLATES, SettingRefused
from rosterkeeper.launcher.showing import has_terminal, say, show
from rosterkeeper.launcher.start import browser, check, launch, os_login
from rosterkeeper.launcher.templates import write_templates
from rosterkeeper.launcher.values import Values, read_own, settled

FINE, FAILED, USAGE = 0, 1, 2


def main(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    """Carry out one command; returns the exit code: 0 fine, 1 failed, 2 usage."""
    try:
        told = _parser().parse_args(list(arguments))
    except SystemExit as end:
        return USAGE if end.code else FINE
    try:
        return _carried_out(told, environment)
    except (Trouble, SettingRefused) as fault:
        say(str(fault), to_error=True)
    except OSError as fault:
        say(f"The files of the console cannot be written ({type(fault).__name__}).", to_error=True)
    except Exception as fault:  # noqa: BLE001 -- nobody at a teacher's computer is to read a traceback
        say(str(_unexpected(fault)), to_error=True)
    return FAILED


def _carried_out(told: argparse.Namespace, environment: Mapping[str, str]) -> int:
    if told.command == "templates":
        for path in write_templates(Path(told.folder)):
            say(str(path))
        return FINE
    if told.command == "zipapp":
        path = Path(told.file)
        path.write_bytes(zipapp())
        say(str(path))
        return FINE
    place = own_path(environment)
    own, troubles = read_own(place)
    values = settled(_policies(environment), own, troubles)
    if told.command == "configure":
        given = {each.key: getattr(told, each.key) for each in SETTINGS if getattr(told, each.key) is not None}
        return configure(place, own, values, given, full=told.full, ask=input if _is_asked() else None)
    login = os_login(environment)
    return _checked(values, login) if told.check else _launched(values, login, place.parent)


def _launched(values: Values, login: str, folder: Path) -> int:
    """Open the console; whoever started it without a terminal finds what is wrong in the browser."""
    for each in values.troubles:
        say(each, to_error=True)
    try:
        launch(values, login, browser(values["browser"]))
    except Exception as fault:  # noqa: BLE001 -- nobody at a teacher's computer is to read a traceback
        trouble = fault if isinstance(fault, Trouble) else _unexpected(fault)
        if not has_terminal():
            with contextlib.suppress(OSError, Trouble):
                show(trouble, folder, browser(values["browser"]))
        raise trouble from None
    return FINE


def _unexpected(fault: Exception) -> Trouble:
    return Trouble(
        "console.unexpected",
        f"The console met something unexpected ({type(fault).__name__}).",
        "Start it again; if that does not help, tell your IT staff what stands here.",
    )


def own_path(environment: Mapping[str, str]) -> Path:
    """Where this user's own settings are kept."""
    if named := environment.get("ROSTERKEEPER_CONSOLE_SETTINGS"):
        return Path(named)
    if sys.platform == "win32":
        folder = Path(environment.get("APPDATA") or Path.home())
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support"
    else:
        folder = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return folder / "rosterkeeper" / "console.json"


def _policies(environment: Mapping[str, str]) -> list[Policy]:
    # Another root lets a policy be tried before it is rolled out; it cannot take a real one away.
    real = policies(sys.platform, Path.home(), WindowsRegistry())
    tried = environment.get("ROSTERKEEPER_CONSOLE_POLICY_ROOT")
    return [*real, *policies("linux", Path.home(), WindowsRegistry(), root=Path(tried))] if tried else real


def _is_asked() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _checked(values: Values, login: str) -> int:
    found = check(values, login)
    for each in found:
        say(f"{'ok  ' if each.is_well else 'NOT '} {each.what}" + (f" {each.todo}" if each.todo else ""))
    return FINE if all(each.is_well for each in found) else FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rosterkeeper console",
        description="Open the New Class page for whoever has logged in to this computer.",
    )
    parser.add_argument("--check", action="store_true", help="say what is wrong, and open nothing")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    settings = commands.add_parser("configure", help="edit this computer's settings")
    settings.add_argument("--full", action="store_true", help="ask for every setting, not just what SIS mode needs")
    for each in SETTINGS:
        settings.add_argument(f"--{each.key.replace('_', '-')}", dest=each.key, metavar="VALUE", help=each.help)
    templates = commands.add_parser("templates", help=f"write the policy templates {TEMPLATES} (ADMX, ADML, ADM)")
    templates.add_argument("folder", metavar="FOLDER")
    package = commands.add_parser("zipapp", help=f"write the console as one file for teachers' computers ({ZIPAPP})")
    package.add_argument("file", metavar="FILE")
    return parser
