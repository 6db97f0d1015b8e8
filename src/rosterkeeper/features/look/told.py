"""What the core tells, in the reader's language: errors, findings, reasons, notices, the lines of a connection test.

The core knows no translation: its texts are English, and runs and notices keep them as they were told. The catalogs
hold each by its whole text; one with values in it is found by its shape in `with_values.txt`, in which ``…`` or
``%(name)s`` stands for a value.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rosterkeeper.oneroster.errors import RosterkeeperError

_HOLES: Final = re.compile(r"…|%\(\w+\)[.\d]*[sdf]")
# One text may have more than one sentence.
_MOST_SENTENCES: Final = 4
_END: Final = re.compile(r"(?<=[.;]) ")
# No value holds the end of a sentence.
_VALUE: Final = r"((?:(?![.;] ).)*?)"
_SHAPES: Final = Path(__file__).resolve().parents[2] / "locale" / "with_values.txt"
_COUNTED: Final = re.compile(r"^(\d+) (\w+)$")


def told(text: str) -> str:
    """The text in the language of the page; as it is where no catalog has it."""
    if not text or (get_language() or "en").startswith("en"):
        return text
    return _known(text) or _of_pieces(text)


def _known(text: str) -> str:
    """The translation of one of the catalog's texts; '' where it is none."""
    known = _(text)
    if known != text:
        return known
    for shape, pattern in _shapes():
        match = pattern.fullmatch(text)
        if match and (translated := _(shape)) != shape:
            return _filled(translated, list(zip(_HOLES.findall(shape), match.groups(), strict=True)))
    return ""


def _of_pieces(text: str) -> str:
    """Several texts one after the other, each in the language; what is not known stays as it is."""
    pieces, made = _END.split(text), list[str]()
    while pieces:
        number, known = 1, pieces[0]
        for count in range(min(len(pieces), _MOST_SENTENCES), 0, -1):
            piece = " ".join(pieces[:count])
            if found := _known(piece.removesuffix(";")):
                number, known = count, found + piece[len(piece.removesuffix(";")) :]
                break
        made.append(known)
        del pieces[:number]
    return " ".join(made)


def refusal(error: RosterkeeperError) -> str:
    """What happened and what to do next, in the language of the page."""
    return f"{told(error.what)} {told(error.todo)}".strip()


@cache
def _shapes() -> list[tuple[str, re.Pattern[str]]]:
    shapes = _SHAPES.read_text(encoding="utf-8").splitlines()
    return [(shape, re.compile(_VALUE.join(map(re.escape, _HOLES.split(shape))), re.DOTALL)) for shape in shapes]


def _filled(shape: str, values: list[tuple[str, str]]) -> str:
    """The shape with each value in its place; a value may be a text of the core itself."""
    left = list(values)

    def fill(hole: re.Match[str]) -> str:
        found = next(each for each in left if each[0] == hole[0])
        left.remove(found)
        return _value(found[1])

    return _HOLES.sub(fill, shape)


def _value(value: str) -> str:
    """A value as a page shows it; a name, which begins with a capital and ends without a full stop, stays."""
    if value[:1].isdigit():
        return ", ".join(_COUNTED.sub(_counted, told(part)) for part in value.split(", "))
    return told(value) if value[:1].islower() or value.endswith(".") else value


def _counted(match: re.Match[str]) -> str:
    return f"{match[1]} {_(match[2])}"
