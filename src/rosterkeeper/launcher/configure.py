"""Editing this computer's settings: asked one by one, or given as options; managed ones are shown, not asked."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from rosterkeeper.launcher.asking import Trouble, server_of
from rosterkeeper.launcher.keys import KeyMistyped, read_key
from rosterkeeper.launcher.settings import BY_KEY, SETTINGS, Setting, SettingRefused, Type, checked
from rosterkeeper.launcher.showing import say
from rosterkeeper.launcher.values import Values, write_own

Ask = Callable[[str], str]
_KEPT: Final = "The settings are kept. See whether they work with: rosterkeeper console --check"


def configure(
    path: Path, own: Mapping[str, str], values: Values, given: Mapping[str, str], *, full: bool, ask: Ask | None
) -> int:
    """Keep what is given, or ask for each setting; returns the exit code. Nothing is kept where anything is refused.

    ``ask`` is None where nobody can answer. SettingRefused says what of ``given`` cannot be.
    """
    for key in given:
        if values.by_key[key].is_managed:
            raise SettingRefused(f"{BY_KEY[key].name} is managed by your district's policy and cannot be changed here.")
    if given:
        write_own(path, {**own, **{key: _fitting(BY_KEY[key], value) for key, value in given.items()}})
        say(_KEPT)
        return 0
    if ask is None:
        raise SettingRefused("Nobody is here to answer. Give the settings as options; --help lists them.")
    try:
        answers = _asked(values, ask, full=full)
        kept = ask("Keep these settings? OK or Cancel [OK]: ").strip().lower() in ("", "ok", "o", "y", "yes")
    except (EOFError, KeyboardInterrupt):
        kept, answers = False, {}
    if not kept:
        say("Cancelled; nothing was changed.")
        return 1
    write_own(path, {**own, **answers})
    say(_KEPT)
    return 0


def _asked(values: Values, ask: Ask, *, full: bool) -> dict[str, str]:
    answers: dict[str, str] = {}
    page = ""
    for setting in SETTINGS:
        if not (full or setting.is_brief):
            continue
        if setting.page != page:
            page = setting.page
            say(f"\n{page}")
        value = values.by_key[setting.key]
        if value.is_managed:
            say(f"  {setting.name}: {_shown(setting, value.text)} (managed)")
            continue
        say(f"  {setting.help}")
        if setting.choices:
            say("  " + ", ".join(f"{number} {each.name}" for number, each in enumerate(setting.choices, 1)))
        answer = _answer(setting, value.text, ask)
        if answer != value.text or value.whose == "local":
            answers[setting.key] = answer
    return answers


def _answer(setting: Setting, now: str, ask: Ask) -> str:
    """What was answered; what is there already for an empty answer, and nothing for a dash."""
    while True:
        typed = ask(f"  {setting.name} [{_shown(setting, now)}]: ").strip()
        if not typed:
            return now
        try:
            return _fitting(setting, "" if typed == "-" else _by_number(setting, typed))
        except SettingRefused as fault:
            say(f"  {fault}")


def _by_number(setting: Setting, typed: str) -> str:
    if typed.isascii() and typed.isdigit() and 0 < int(typed) <= len(setting.choices):
        return setting.choices[int(typed) - 1].value
    return typed


def _fitting(setting: Setting, value: str) -> str:
    plain = checked(setting, value)
    if setting.is_secret and plain:
        try:
            return read_key(plain).text()
        except KeyMistyped as fault:
            raise SettingRefused(str(fault)) from None
    if setting.key == "server" and plain:
        try:
            server_of(plain, plain_http=True)
        except Trouble as trouble:
            raise SettingRefused(str(trouble)) from None
    return plain


def _shown(setting: Setting, value: str) -> str:
    if setting.is_secret:
        return "set" if value else "not set"
    if setting.type is Type.SWITCH:
        return "on" if value == "1" else "off"
    return next((each.name for each in setting.choices if each.value == value), value or "empty")
