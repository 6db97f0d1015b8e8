"""The tables in docs/ that are made from the code: `python -m tests.meta.tables` writes them anew.

A table stands between ``<!-- table: NAME -->`` and ``<!-- /table -->``; the words around it are written by hand.
"""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import click
import django

from rosterkeeper.cli.main import cli
from rosterkeeper.engine.options import OPTIONS, Options
from rosterkeeper.engine.outcomes import MEANINGS
from rosterkeeper.oneroster.fields import ENTITIES, V1P1
from rosterkeeper.oneroster.findings import CODES, FAMILIES
from rosterkeeper.sample.faults import plan
from rosterkeeper.sample.faults.play import Fault
from rosterkeeper.sources.oneroster.presets import PRESETS
from tests.meta.errors import errors, holds
from tests.meta.tree import ROOT

REFRESH = "the docs differ from the code: run .venv/bin/python -m tests.meta.tables and commit what it wrote"
_TABLE = re.compile(r"(<!-- table: (?P<name>\w+) -->\n).*?(<!-- /table -->)", re.DOTALL)


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _findings() -> str:
    parts = []
    for family in FAMILIES:
        codes = [code for code in CODES.values() if code.name.split(".")[0] == family]
        rows = [
            (f"`{code.name}`", code.severity.value, "fails" if code.conformance else "passes", code.says)
            for code in codes
        ]
        parts.append(f"### {family}\n\n{_rows(('code', 'severity', '`--strict`', 'what it says'), rows)}\n")
    return "".join(parts)


def _outcomes() -> str:
    rows = [
        (outcome.value, str(one.exit_code), "moves", "moves" if one.updates else "stays", one.says)
        for outcome, one in MEANINGS.items()
    ]
    return _rows(("outcome", "exit code", "Last Checked", "Last Updated", "what it says"), rows)


def _errors() -> str:
    rows = [(f"`{each.code}`", each.exit_code, each.what, each.todo) for each in errors()]
    return _rows(("code", "exit code", "what it says", "what to do"), rows)


def _holds() -> str:
    return _rows(("code", "what it says"), [(f"`{each.code}`", each.what) for each in holds()])


def _hash_fields() -> str:
    rows = [
        (entity.name, ", ".join(f"`{field.csv}`" for field in entity.fields if field.in_roster_hash))
        for entity in ENTITIES
        if V1P1 in entity.versions
    ]
    return _rows(("entity", "fields that every version and form can carry"), rows)


def _aliases() -> str:
    rows = [
        (entity.file, ", ".join(f"`{alias}`" for alias in field.aliases), f"`{field.csv}`")
        for entity in ENTITIES
        for field in entity.fields
        if field.aliases
    ]
    return _rows(("file", "also read", "as"), rows)


def _words() -> str:
    seen = {
        field.vocabulary.name: field.vocabulary
        for entity in ENTITIES
        for field in entity.fields
        if field.vocabulary and field.vocabulary.legacy
    }
    rows = [
        (name, ", ".join(f"`{old}` → `{new}`" for old, new in words.legacy.items())) for name, words in seen.items()
    ]
    return _rows(("vocabulary", "older or other words"), rows)


def _presets() -> str:
    head = ("`--preset`", "SIS", "auth", "version", "page size", "token address", "note")
    rows = [
        (
            f"`{each.name}`",
            each.title,
            each.auth if each.auth_style == "auto" else f"{each.auth} ({each.auth_style})",
            each.version,
            str(each.page_size),
            " or ".join(f"`{url}`" for url in each.token_urls),
            each.note,
        )
        for each in PRESETS
    ]
    return _rows(head, rows)


def _commands() -> str:
    parts = []
    for path, command in walk(cli):
        usage = " ".join((path, *(_usage(each) for each in command.params if isinstance(each, click.Argument))))
        options = [
            (f"`{' '.join((*each.opts, *each.secondary_opts))}`", each.help or "")
            for each in command.params
            if isinstance(each, click.Option) and not each.hidden
        ]
        table = "\n" + _rows(("option", "what it does"), options) if options else ""
        parts.append(f"### `{usage}`\n\n{_sentence(command)}\n{table}\n")
    return "".join(parts)


def _faults() -> str:
    parts = []
    for family, faults in plan.FAMILIES.items():
        rows = [
            (f"`{each.name}`", each.says, f"`{each.value}`" if each.value else "", " ".join(each.on), _quirks(each))
            for each in faults
        ]
        parts.append(f"### {family}\n\n{_rows(('name', 'the server …', 'value', 'on', 'quirks'), rows)}\n")
    return "".join(parts)


def _quirks(fault: Fault) -> str:
    return ", ".join(f"`{each}`" for each in fault.quirks)


def walk(group: click.Group, path: str = "") -> list[tuple[str, click.Command]]:
    """Every command that does something, under the words one types for it."""
    found: list[tuple[str, click.Command]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        words = f"{path} {name}".strip()
        found += walk(command, words) if isinstance(command, click.Group) else [(words, command)]
    return found


def _usage(argument: click.Argument) -> str:
    return argument.make_metavar(click.Context(cli))


def _sentence(command: click.Command) -> str:
    return " ".join((command.help or "").split("\f")[0].split())


def _options() -> str:
    rows = [
        (f"`{each.name}`", each.label, each.in_words(Options()), each.does, ", ".join(each.ids)) for each in OPTIONS
    ]
    return _rows(("option", "label", "a new connection's", "what it does", "requirements"), rows)


def _permissions() -> str:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rosterkeeper.service.settings")
    django.setup()
    from rosterkeeper.features.accounts.rights import FOR_TOKENS, RIGHTS, Right  # noqa: PLC0415 -- Django comes first
    from rosterkeeper.service.access import routes  # noqa: PLC0415

    rows = []
    for route in routes():
        of_roles = ["yes" if route.right in rights else "" for rights in RIGHTS.values()]
        nobody = "yes" if route.right == Right.OPEN else ""
        if route.method and nobody == "":
            # The API knows tokens alone; what a role's own token may do follows from its rights.
            of_roles = [""] * len(of_roles)
        token = "any" if route.right == Right.OPEN else route.right if route.right in FOR_TOKENS else ""
        asks, right = route.method or "page", route.right or "none"
        right += ", every district" if route.everywhere else ""
        rows.append((f"`{route.address}`", asks, *of_roles, nobody, token if route.method else "", right))
    return _rows(("address", "asks", *(str(role.label) for role in RIGHTS), "nobody", "token with", "right"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "permissions": _permissions,
    "findings": _findings,
    "outcomes": _outcomes,
    "errors": _errors,
    "holds": _holds,
    "roster_hash": _hash_fields,
    "aliases": _aliases,
    "words": _words,
    "commands": _commands,
    "presets": _presets,
    "options": _options,
    "faults": _faults,
}


def renewed(text: str) -> str:
    """The text of a page with each of its tables made anew."""
    return _TABLE.sub(lambda found: f"{found[1]}\n{TABLES[found['name']]().rstrip()}\n\n{found[3]}", text)


def pages() -> list[Path]:
    """The pages that hold tables."""
    return [path for path in sorted((ROOT / "docs").rglob("*.md")) if _TABLE.search(path.read_text(encoding="utf-8"))]


if __name__ == "__main__":
    for page in pages():
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
