"""Every text of the interface is there in every language it ships in."""

import re

import polib
import pytest

from rosterkeeper.sources.csvzip.manifest import MANIFEST
from tests.meta.messages import LANGUAGES, SHAPES, brought_up_to_date, catalog_path, holes, shapes
from tests.meta.told import HOLE, PARTS
from tests.meta.tree import python_files

BRING = "run python -m tests.meta.messages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    missing = [entry.msgid for entry in brought_up_to_date(language).untranslated_entries()]

    assert not missing, f"{len(missing)} without a translation: {missing[:10]} ({BRING} and translate)"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogs_are_up_to_date(language: str) -> None:
    now = brought_up_to_date(language)
    compiled = polib.mofile(str(catalog_path(language).with_suffix(".mo")))

    assert str(polib.pofile(str(catalog_path(language)), wrapwidth=120)) == str(now), BRING
    assert {(entry.msgid, entry.msgstr) for entry in compiled} == {
        (entry.msgid, entry.msgstr) for entry in now.translated_entries()
    }, BRING


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_fills_in_what_its_text_fills_in(language: str) -> None:
    wrong = [
        entry.msgid
        for entry in brought_up_to_date(language)
        if entry.msgstr and holes(entry.msgid) != holes(entry.msgstr)
    ]

    assert not wrong


def test_the_shapes_of_texts_with_values_are_up_to_date() -> None:
    assert SHAPES.read_text(encoding="utf-8") == shapes(), BRING


def test_the_parts_of_what_is_told_stand_in_the_code() -> None:
    code = " ".join(path.read_text(encoding="utf-8") for path in python_files("src")).replace("{MANIFEST}", MANIFEST)
    pieces = [piece.strip() for part in PARTS for piece in re.split(f"{HOLE}|, |; all", part)]

    assert [piece for piece in pieces if piece not in code] == []
