"""Canonical text: the SQL that turns one raw cell into the form every later step relies on.

`oneroster/fields.py` says what the canonical form of each kind is; this module owns how DuckDB makes it.
"""

from typing import Final

from rosterkeeper.oneroster.fields import Field, Kind
from rosterkeeper.oneroster.vocabulary import EXTENSION_PATTERN, Vocabulary
from rosterkeeper.scratch import quoted

# Between the cells of one row in a hash; no field of the standard may hold a control character.
SEPARATOR: Final = "chr(31)"
_BLANKS: Final = ("' '", "chr(9)", "chr(10)", "chr(13)", "chr(160)")
# The order matters: the United States' form is by far the commonest after ISO's.
_DATE_FORMS: Final = "['%m/%d/%Y', '%m-%d-%Y', '%Y%m%d']"
# Of neighbours of so many bits, the right ones.
_SWAPS: Final = {8: 0x00FF00FF00FF00FF, 16: 0x0000FFFF0000FFFF, 32: 0x00000000FFFFFFFF}


def literal(text: str) -> str:
    """``text`` as an SQL string."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def trimmed(column: str, alias: str = "") -> str:
    """The raw cell without surrounding blanks; '' for NULL."""
    return _trimmed(f"{alias}.{quoted(column)}" if alias else quoted(column))


def _trimmed(name: str) -> str:
    # Trimming a set of characters costs ten comparisons, and hardly a cell needs it.
    touched = " OR ".join([f"{name} < '!'", *(f"suffix({name}, {blank})" for blank in _BLANKS)])
    cut = f"CASE WHEN {touched} THEN trim({name}, {' || '.join(_BLANKS)}) ELSE {name} END"
    return f"CASE WHEN {name} IS NULL OR {name} = '' THEN '' ELSE {cut} END"


def canonical(field: Field, cell: str) -> str:
    """The canonical text of ``cell`` (a trimmed SQL expression); '' where it has none.

    The expression needs `macros`.
    """
    match field.kind:
        case Kind.WORD | Kind.BOOLEAN:
            return _word(cell, field.vocabulary)
        case Kind.DATE:
            return f"date_form({cell})"
        case Kind.DATETIME:
            return f"datetime_form({cell})"
        case Kind.YEAR:
            return f"year_form({cell})"
        case Kind.REFS | Kind.TEXTS:
            return f"list_form({cell})" if field.ordered else f"set_form({cell})"
        case _:
            return cell


def macros() -> str:
    """The SQL that makes `trimmed_form(cell)`, which is `trimmed`, and the forms that `canonical` calls.

    They spare DuckDB reading the same long text for each of a hundred columns, a fifth of what a small run costs.
    """
    made = {
        "trimmed_form": _trimmed("cell"),
        "date_form": _date("cell"),
        "datetime_form": _datetime("cell"),
        "year_form": _year("cell"),
        "list_form": _list("cell", ordered=True),
        "set_form": _list("cell", ordered=False),
    }
    made |= {f"swapped_{bits}": _swapped("cell", bits, mask) for bits, mask in _SWAPS.items()}
    return ";".join(f"CREATE OR REPLACE MACRO {name}(cell) AS {form}" for name, form in made.items())


def checked(field: Field) -> bool:
    """Whether a cell of the field can be malformed, or repaired."""
    return field.kind in (Kind.WORD, Kind.BOOLEAN, Kind.DATE, Kind.YEAR)


def row_hash(columns: list[str]) -> str:
    """The first 60 bits of the md5 over the row's canonical cells: stable across machines and versions."""
    cells = ", ".join(columns)
    # Twice as fast as md5_number_upper, and the same number.
    return f"CAST('0x' || left(md5(concat_ws({SEPARATOR}, {cells})), 15) AS BIGINT)"


def quick_row_hash(columns: list[str]) -> str:
    """The same number as `row_hash`, of millions of rows in two thirds of the time; it needs `macros`.

    DuckDB takes the print's first byte for its number's last: they are turned round by halves, quarters and eighths.
    """
    last_first = f"(md5_number(concat_ws({SEPARATOR}, {', '.join(columns)})) & {(1 << 64) - 1})::UBIGINT"
    turned = last_first
    for bits in _SWAPS:
        turned = f"swapped_{bits}({turned})"
    return f"({turned} >> 4)::BIGINT"


def _swapped(number: str, bits: int, mask: int) -> str:
    """``number`` (64 bits) with each two neighbours of so many bits in each other's place."""
    return f"(({number} & {mask}::UBIGINT) << {bits}) | (({number} >> {bits}) & {mask}::UBIGINT)"


def _word(cell: str, vocabulary: Vocabulary | None) -> str:
    if vocabulary is None:
        raise ValueError("a word needs a vocabulary")
    exact = ", ".join(literal(word) for word in vocabulary.words)
    pairs = ", ".join(f"{literal(old)}: {literal(new)}" for old, new in vocabulary.repairs().items())
    extension = (
        f" WHEN regexp_full_match({cell}, {literal(EXTENSION_PATTERN)}) THEN {cell}" if vocabulary.extensible else ""
    )
    return (
        f"CASE WHEN {cell} = '' OR {cell} IN ({exact}) THEN {cell}{extension}"
        f" ELSE coalesce(MAP {{{pairs}}}[lower({cell})], '') END"
    )


def _date(cell: str) -> str:
    # What begins with a letter is no date: DuckDB also knows words such as 'epoch' and 'infinity'.
    iso = f"CASE WHEN length({cell}) >= 8 THEN try_cast({cell}[:10] AS DATE) END"
    other = f"try_strptime({cell}, {_DATE_FORMS})::DATE"
    return (
        f"CASE WHEN {cell} = '' OR {cell} >= ':' THEN '' WHEN try_cast({cell} AS DATE)::VARCHAR = {cell} THEN {cell}"
        f" ELSE coalesce(regexp_extract(coalesce({iso}, {other})::VARCHAR, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$'), '')"
        " END"
    )


def _datetime(cell: str) -> str:
    moment = f"CASE WHEN {cell}[1] BETWEEN '0' AND '9' THEN try_cast({cell} AS TIMESTAMPTZ)::TIMESTAMP END"
    return f"CASE WHEN {cell} = '' THEN '' ELSE coalesce(strftime({moment}, '%Y-%m-%dT%H:%M:%S.%gZ'), '') END"


def _year(cell: str) -> str:
    return (
        f"CASE WHEN {cell} = '' OR regexp_full_match({cell}, '[0-9]{{4}}') THEN {cell}"
        f" WHEN regexp_full_match({cell}, '[0-9]{{4}} *[-/] *[0-9]{{4}}') THEN right({cell}, 4)"
        f" WHEN regexp_full_match({cell}, '[0-9]{{4}} *[-/] *[0-9]{{2}}') THEN {cell}[:2] || right({cell}, 2)"
        f" ELSE '' END"
    )


def _list(cell: str, *, ordered: bool) -> str:
    items = f"list_filter(({cell})::JSON::VARCHAR[], lambda item: item IS NOT NULL AND item <> '')"
    kept = items if ordered else f"list_sort(list_distinct({items}))"
    # One item needs no sorting; most cells have none or one.
    return (
        f"CASE WHEN {cell} IN ('', '[]', '[\"\"]') THEN '' WHEN NOT contains({cell}, ',') THEN {cell}"
        f" ELSE coalesce(nullif(to_json({kept})::VARCHAR, '[]'), '') END"
    )
