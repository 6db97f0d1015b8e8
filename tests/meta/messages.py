"""The interface's texts and their translations: `python -m tests.meta.messages` brings the catalogs up to date.

New texts come in blank, texts that are gone leave, and the compiled catalog that Django reads is written anew. A test
compares: it fails for a text without a Spanish translation, and for a catalog that was not brought up to date.
"""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polib
from django.utils.translation.template import templatize

from tests.meta.told import told, with_values
from tests.meta.tree import ROOT

SOURCE = ROOT / "src" / "rosterkeeper"
LOCALES = SOURCE / "locale"
LANGUAGES = ("es",)
# By these shapes pages find the texts that have values in them.
SHAPES = LOCALES / "with_values.txt"
_SINGULAR = {"_", "gettext", "gettext_lazy", "gettext_noop"}
_PLURAL = {"ngettext", "ngettext_lazy"}
_CONTEXT = {"pgettext", "pgettext_lazy"}
_CALL = re.compile(rf"\b({'|'.join(sorted(_SINGULAR | _PLURAL | _CONTEXT))})\(")
_HOLES = re.compile(r"%\(\w+\)s|%[sd]|\{\w*\}|…")
_HEADER = {"Content-Type": "text/plain; charset=UTF-8", "Plural-Forms": "nplurals=2; plural=(n != 1);"}


class Text(NamedTuple):
    """One text to translate, with its plural and context where it has them."""

    singular: str
    plural: str = ""
    context: str | None = None


@functools.cache
def texts() -> dict[Text, set[str]]:
    """Every text of the interface, with the files it stands in."""
    found: dict[Text, set[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for text in _in_code(ast.parse(path.read_text())):
            found.setdefault(text, set()).add(path.relative_to(SOURCE).as_posix())
    for path in sorted(SOURCE.rglob("templates/**/*")):
        if path.is_file():
            for text in _in_template(path.read_text()):
                found.setdefault(text, set()).add(path.relative_to(SOURCE).as_posix())
    for words, places in told().items():
        found.setdefault(Text(words), set()).update(places)
    return found


def catalog_path(language: str) -> Path:
    """The language's catalog, as translators edit it."""
    return LOCALES / language / "LC_MESSAGES" / "django.po"


def brought_up_to_date(language: str) -> polib.POFile:
    """The language's catalog with the texts of today."""
    path = catalog_path(language)
    before = polib.pofile(str(path)) if path.exists() else polib.POFile()
    known = {(entry.msgid, entry.msgctxt): entry for entry in before}
    catalog = polib.POFile(wrapwidth=120)
    catalog.metadata = {"Language": language, **_HEADER}
    for text, places in sorted(texts().items(), key=lambda item: (min(item[1]), item[0].singular)):
        old = known.get((text.singular, text.context))
        entry = polib.POEntry(msgid=text.singular, msgctxt=text.context, occurrences=[(min(places), "")])
        if text.plural:
            entry.msgid_plural = text.plural
            entry.msgstr_plural = old.msgstr_plural if old and old.msgstr_plural else {0: "", 1: ""}
        elif old:
            entry.msgstr = old.msgstr
        catalog.append(entry)
    return catalog


def holes(text: str) -> list[str]:
    """The places of a text that are filled in."""
    return sorted(_HOLES.findall(text))


def _in_code(tree: ast.AST) -> Iterator[Text]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            name = node.func.attr if isinstance(node.func, ast.Attribute) else name
            text = _text(name, [arg.value for arg in node.args if isinstance(arg, ast.Constant)])
            if text:
                yield text


def _in_template(source: str) -> Iterator[Text]:
    line = templatize(source)
    for match in _CALL.finditer(line):
        for end in (close.end() for close in re.finditer(r"\)", line[match.start() :])):
            try:
                tree = ast.parse(line[match.start() : match.start() + end], mode="eval")
            except SyntaxError:
                continue
            yield from _in_code(tree)
            break


def _text(name: str, words: list[object]) -> Text | None:
    strings = [word for word in words if isinstance(word, str)]
    if name in _SINGULAR and strings:
        return Text(strings[0])
    if name in _PLURAL and len(strings) > 1:
        return Text(strings[0], strings[1])
    if name in _CONTEXT and len(strings) > 1:
        return Text(strings[1], "", strings[0])
    return None


def shapes() -> str:
    """The file of shapes with the texts of today."""
    return "".join(f"{text}\n" for text in with_values())


def main() -> None:
    """Write every language's catalog and its compiled form, and the shapes of texts with values in them."""
    SHAPES.write_text(shapes(), encoding="utf-8")
    for language in LANGUAGES:
        catalog = brought_up_to_date(language)
        path = catalog_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        catalog.save(str(path))
        catalog.save_as_mofile(str(path.with_suffix(".mo")))
        print(f"{language}: {len(catalog)} texts, {len(catalog.untranslated_entries())} without a translation")


if __name__ == "__main__":
    main()
