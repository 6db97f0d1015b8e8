"""What the core tells, in the reader's language."""

import pytest
from django.utils import translation

from rosterkeeper.features.look.told import refusal, told
from rosterkeeper.oneroster.errors import SettingsError


def _in_spanish(text: str) -> str:
    with translation.override("es"):
        return told(text)


def test_a_text_without_values_is_found_as_a_whole() -> None:
    assert _in_spanish("The zip is damaged or cut short.") == "El zip está dañado o incompleto."


def test_values_are_put_where_the_translation_has_them() -> None:
    assert _in_spanish("School North High (s-17) would lose 5 of 9 people.") == (
        "La escuela North High (s-17) perdería 5 de 9 personas."
    )


def test_a_value_that_is_a_word_of_the_core_is_translated_and_a_name_is_not() -> None:
    assert _in_spanish("70 of 110 users would be removed; the limit is 10 %.") == (
        "70 de 110 usuarios se quitarían; el límite es 10 %."
    )
    assert _in_spanish("The connection's changed options remove 3 users, 2 roles; the limits do not count them.") == (
        "Las opciones modificadas de la conexión quitan 3 usuarios, 2 roles; los límites no los cuentan."
    )
    assert _in_spanish("There is a target named Staff already.") == "Ya hay un destino llamado Staff."


def test_several_texts_one_after_the_other_are_each_translated() -> None:
    one, two = "20 classes would be removed; the limit is 10.", "30 users would be changed; the limit is 10."

    assert _in_spanish(f"{one} {two}") == f"{_in_spanish(one)} {_in_spanish(two)}"
    assert _in_spanish("users.csv has no header row; and 3 more") == "users.csv no tiene fila de encabezado; y 3 más"


def test_a_title_of_a_notice_is_found_by_its_names() -> None:
    assert _in_spanish("north: the sync failed") == "north: la sincronización falló"


@pytest.mark.parametrize("text", ["", "Nobody has told this before.", "100 % of it {0} %s"])
def test_what_no_catalog_has_stays_as_it_is(text: str) -> None:
    assert _in_spanish(text) == text


def test_english_readers_get_it_as_it_was_told() -> None:
    with translation.override("en"):
        assert told("The zip is damaged or cut short.") == "The zip is damaged or cut short."


def test_a_refusal_says_what_happened_and_what_to_do() -> None:
    error = SettingsError("connection.name_taken", "There is no connection named x.", todo="Choose another name.")

    with translation.override("es"):
        assert refusal(error) == "No hay ninguna conexión llamada x. Elija otro nombre."
