"""What a failed test usually means, by what failed; and the mark of each of its lines (M13)."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rosterkeeper.job.words import Check, Result

Causes = tuple[str | Promise, ...]

_OPENING: Final[Causes] = (
    _("A value was mistyped: copy the Tenant ID, address, Client ID and secret again, without blanks."),
    _("The application was not approved at the source yet."),
    _("It lacks permission to read some of the data."),
)
_ASK_CLASSLINK: Final = _("Otherwise ask your ClassLink administrator, with the code above.")
_ASK_SOURCE: Final = _(
    "Otherwise ask the administrator or the support of the source, with the code above: credentials are theirs to mend."
)
_NETWORK: Final[Causes] = (
    _("The address was mistyped: compare it with the one that the source shows."),
    _("This server has no way to the internet, or its name service does not answer."),
    _("A firewall or proxy between this server and the source lets the connection through in part or not at all."),
    _("The source is switched off or overloaded, or its certificate has run out; its administrator can say."),
)
_FILE: Final[Causes] = (
    _("The file is no zip, or was cut off on its way: export it from the SIS again and choose the new one."),
    _("Files are missing in the zip, or lie in a folder inside it: manifest.csv belongs at its top."),
    _("It is another kind of export: in the SIS, choose the export of OneRoster CSV, version 1.0, 1.1 or 1.2."),
)
_OF_OPENING: Final = frozenset({"source.refused_credentials", "source.forbidden", "source.scope_refused"})
_OF_NETWORK: Final = frozenset({"source.dns", "source.unreachable", "source.timeout", "source.tls"})
# Families of codes that are about the zip itself: the archive, its manifest, and its files.
_OF_FILE: Final = frozenset({"package", "manifest", "schema", "table"})


def causes(kind: str, result: Result) -> Causes:
    """What it usually is, the likeliest first; nothing where the error's own next step says it all."""
    failed = [each.code for each in result.checks if not each.ok]
    code = failed[0] if failed else result.code
    if code in _OF_OPENING or code.startswith("classlink."):
        return (*_OPENING, _ASK_CLASSLINK if kind == "classlink" else _ASK_SOURCE)
    if code in _OF_NETWORK:
        return _NETWORK
    return _FILE if kind == "csv" and code.partition(".")[0] in _OF_FILE else ()


def mark_of(check: Check) -> str:
    """One word for a line of the test; what passed and still has a next step is a warning."""
    if not check.ok:
        return "failed"
    return "warning" if check.todo else "passed"
