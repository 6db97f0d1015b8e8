"""One value in the form in which it is compared, as the district's normalisers want it.

Apart from how columns of values are compared, so that a page that looks at one account needs no DuckDB.
"""

import unicodedata

from rosterkeeper.matching.keys import BLANKS
from rosterkeeper.matching.rules import Normalisers


def compared(text: str, normalisers: Normalisers) -> str:
    """One value's compared form; an e-mail address is compared with more care."""
    if normalisers.unicode:
        text = unicodedata.normalize("NFKC", text)
    if normalisers.case:
        text = text.casefold()
    text = text.strip().strip("\ufeff\u200b")
    if normalisers.spaces:
        text = "".join(each for each in text if not each.isspace() and each not in "\ufeff\u200b")
    return "" if text.casefold() in BLANKS else text
