"""Finding codes: what can be wrong with the data, each stated once.

A finding is data about data. It has a stable code, a severity and a place (file, row, id, field), never the
value itself. ``conformance`` marks what the standard forbids although a sync repairs it: `validate --strict`
fails on those.
"""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a finding does to its record: an error keeps it out, a warning keeps the known value, a note tells."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding: its stable name, what it does, and what it says to an administrator."""

    name: str
    severity: Severity
    says: str
    conformance: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding at its place; ``row`` counts records with the header as row 1, 0 means the file as a whole."""

    code: str
    file: str = ""
    row: int = 0
    entity: str = ""
    sourced_id: str = ""
    field: str = ""


FAMILIES = ("package", "manifest", "table", "schema", "row", "reference", "semantic", "vendor", "option", "directory")

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_CODES = (
    # package: the zip or the server as a whole. Errors here refuse the source.
    Code("package.not_a_zip", _E, "The file is not a zip."),
    Code("package.damaged", _E, "The zip is damaged or cut short."),
    Code("package.too_large", _E, "The zip unpacks to more than the allowed size."),
    Code("package.too_many_entries", _E, "The zip holds more entries than the allowed number."),
    Code("package.bad_ratio", _E, "An entry unpacks to far more than its packed size, as an attack would."),
    Code("package.overlapping_entries", _E, "Entries of the zip overlap, as an attack would make them."),
    Code("package.lying_size", _E, "An entry's real size is not the one the zip states."),
    Code("package.nested_archive", _E, "An entry is itself an archive; only CSV files are read."),
    Code("package.unsafe_path", _E, "An entry's path leads outside the zip, or is a link."),
    Code("package.duplicate_entry", _E, "The zip holds the same file twice."),
    Code("package.encrypted", _E, "The zip is protected with a password."),
    Code("package.unsupported_compression", _E, "An entry is packed in a way that OneRoster does not use."),
    Code("package.file_in_folder", _W, "The CSV files are in a folder of the zip, not at its root."),
    Code("package.ignored_entry", _N, "An entry that is not a CSV file was ignored.", conformance=False),
    Code("package.unknown_file", _E, "A CSV file is not one of OneRoster's."),
    Code("package.missing_manifest", _E, "There is no manifest.csv, and the files are not a OneRoster 1.0 set."),
    Code("package.other_format", _E, "The files are of another format, not OneRoster CSV."),
    Code("package.file_name_case", _W, "A file's name is written in another case than the standard's."),
    Code("package.not_imported", _N, "A gradebook or resource file was counted and not imported.", conformance=False),
    # manifest
    Code("manifest.invalid_header", _E, "manifest.csv does not begin with propertyName,value."),
    Code("manifest.unreadable", _E, "manifest.csv cannot be read."),
    Code("manifest.unknown_version", _E, "manifest.csv names a OneRoster version that is not 1.1 or 1.2."),
    Code("manifest.version_form", _W, "A version in manifest.csv is not written as the standard writes it."),
    Code("manifest.missing_property", _W, "manifest.csv leaves out a property that the standard requires."),
    Code("manifest.duplicate_property", _E, "manifest.csv names a property twice with different values."),
    Code("manifest.invalid_mode", _E, "manifest.csv gives a file a mode other than absent, bulk or delta."),
    Code("manifest.property_form", _W, "manifest.csv writes a property or a mode in another form than the standard's."),
    Code("manifest.file_missing", _E, "manifest.csv announces a file that the zip does not hold."),
    Code("manifest.file_unexpected", _E, "The zip holds a file that manifest.csv calls absent or does not name."),
    Code("manifest.bulk_with_status", _W, "A bulk file fills status; the rows were read as bulk."),
    Code("manifest.delta_without_status", _W, "A delta file leaves status blank; the rows were read as active."),
    # table: one file or collection as a whole
    Code("table.encoding", _E, "The file is not UTF-8 text."),
    Code("table.utf16", _W, "The file was UTF-16 and was converted to UTF-8."),
    Code("table.nul_byte", _E, "The file holds a NUL byte."),
    Code("table.unescaped_quote", _E, "A quote stands inside a field that is not quoted."),
    Code("table.unclosed_quote", _E, "A quoted field is never closed."),
    Code("table.field_too_long", _E, "A field is longer than the allowed length."),
    Code("table.too_many_columns", _E, "A row has more cells than the header."),
    Code("table.too_few_columns", _W, "A row has fewer cells than the header; the missing ones were read as blank."),
    Code("table.extra_blanks", _W, "A row has blank cells beyond the header; they were ignored."),
    Code("table.line_break", _W, "A cell holds a line break; it was read as a space."),
    Code("table.blank_line", _W, "A blank line stands between rows; it was passed over."),
    Code("table.cut_short", _E, "The file ends in the middle of a row."),
    Code("table.no_header", _E, "The file has no header row."),
    Code("table.other_separator", _E, "The file has something other than commas between its cells."),
    Code("table.no_rows", _W, "The file has a header and no rows."),
    Code("table.empty_collection", _W, "The collection is empty; nothing was removed on its account."),
    Code("table.not_shared", _W, "The source does not share this collection; it was left as it is."),
    Code("table.unreadable_row", _E, "A row cannot be read."),
    # schema: columns
    Code("schema.duplicate_column", _E, "The header names a column twice."),
    Code("schema.missing_column", _E, "A column without which the file means nothing is missing."),
    Code("schema.missing_optional_column", _W, "A column of the standard is missing and was read as blank."),
    Code("schema.unknown_column", _W, "A column is not the standard's; it was not imported."),
    Code("schema.column_order", _W, "The columns are in another order than the standard's."),
    Code("schema.column_alias", _W, "A column was read under its older or dialect name."),
    Code("schema.other_version", _W, "A column is of another version of the standard; it was read."),
    # row: one record by itself
    Code("row.missing_id", _E, "The record has no sourcedId."),
    Code("row.duplicate_id", _E, "Two records that differ share one sourcedId; both were kept out."),
    Code("row.repeated", _W, "The record stands twice, alike; one was kept."),
    Code("row.missing_required", _E, "A field that the record cannot do without is blank."),
    Code("row.blank_required", _W, "A field that the standard requires is blank; a known value was kept."),
    Code("row.invalid_value", _E, "A field that the record cannot do without has a value of the wrong form."),
    Code("row.ignored_value", _W, "An optional field has a value of the wrong form; a known value was kept."),
    Code("row.repaired_word", _W, "A word was written in another case or an older form and was repaired."),
    Code("row.repaired_boolean", _W, "A true or false was written another way and was repaired."),
    Code("row.repaired_date", _W, "A date was written another way and was repaired."),
    Code("row.repaired_year", _W, "A school year was written as a span; the year it ends in was taken."),
    Code("row.inactive", _W, "The status inactive of OneRoster 1.0 was read as tobedeleted."),
    Code("row.invalid_status", _E, "The status is neither active nor tobedeleted."),
    Code("row.id_form", _W, "A sourcedId has characters or a length that OneRoster 1.2 does not allow."),
    # reference: between records
    Code("reference.missing", _E, "The record points at one that does not exist."),
    Code("reference.rejected", _E, "The record points at one that was kept out."),
    Code("reference.dropped", _W, "A link to a record that does not exist was ignored."),
    Code("reference.not_a_school", _W, "A school reference points at an org that is not a school."),
    # semantic: what the standard means
    Code("semantic.cycle", _W, "Records are one another's parents; the parent was ignored."),
    Code("semantic.no_role", _W, "The user has no role in any school.", conformance=False),
    Code("semantic.school_filled", _W, "The enrollment's school was blank and was taken from its class."),
    Code("semantic.dates_reversed", _W, "The end date is before the begin date."),
    Code("semantic.unpaired_subjects", _W, "subjects and subjectCodes differ in length."),
    Code("semantic.two_primary_roles", _W, "A user has two primary roles in one org."),
    # vendor: habits of a provider
    Code("vendor.password_dropped", _N, "Passwords in the source were not read.", conformance=False),
    Code(
        "vendor.filter_refused",
        _N,
        "The server refuses to tell what has changed; all of it was pulled, and will be from now on.",
        conformance=False,
    ),
    Code(
        "vendor.filter_ignored",
        _N,
        "The server does not go by the time it is asked about; all of it was pulled, and will be from now on.",
        conformance=False,
    ),
    Code(
        "vendor.changes_incomplete",
        _N,
        "What the server gave as changes cannot be all of them; all of it was pulled.",
        conformance=False,
    ),
    Code("vendor.bare_list", _N, "The server sent a list without its wrapper, or in another.", conformance=False),
    Code(
        "vendor.masked_fields",
        _W,
        "Names or other personal fields are masked or blank throughout, as DataGuard does it; known values were kept.",
        conformance=False,
    ),
    Code("vendor.clamped_page", _N, "The server sends smaller pages than it was asked for.", conformance=False),
    # option: left out by the connection's own options; nothing is wrong with the record
    Code("option.school_excluded", _N, "Left out: its school is excluded, and it has no other.", conformance=False),
    Code("option.enrolment_date", _N, "Left out: no enrollment of the student is current.", conformance=False),
    Code("option.academic_session", _N, "Left out: no session of the class is current.", conformance=False),
    Code("option.grade", _N, "Left out: the student is in none of the chosen grades.", conformance=False),
    Code("option.role", _N, "Left out: the person has none of the chosen roles.", conformance=False),
    Code("option.relationship", _N, "Left out: the parent is not of a chosen relationship type.", conformance=False),
    Code("option.parent_without_email", _N, "Left out: the parent has no e-mail address.", conformance=False),
    Code(
        "option.parent_without_student",
        _N,
        "Left out: the parent is not linked to a student who is taken over.",
        conformance=False,
    ),
    Code("option.not_taken", _N, "Left out: it belongs to a record that was left out before.", conformance=False),
    # directory: a school's own list of accounts. An error leaves its row out.
    Code("directory.no_key", _E, "Left out: the row has neither an id nor a username nor an e-mail address."),
    Code("directory.listed_twice", _E, "Left out: an earlier row names the same account."),
    Code("directory.too_many_cells", _E, "Left out: the row has more cells than there are headings."),
    Code("directory.bad_email", _W, "The e-mail address cannot be one; the account was taken over without it."),
    Code("directory.unknown_status", _W, "The status is not a known word; the account keeps the one it has."),
    Code("directory.shared_email", _W, "Several accounts have this e-mail address; nobody is matched by it alone."),
    Code("directory.windows_1252", _N, "The file is not UTF-8; it was read as Windows-1252.", conformance=False),
    Code("directory.other_way", _N, "The account came by SCIM, by hand or by a sync, and stays.", conformance=False),
)

CODES: dict[str, Code] = {code.name: code for code in _CODES}

# As a list for SQL: the codes whose record is kept out.
ERROR_CODES: str = ", ".join(f"'{code.name}'" for code in _CODES if code.severity is Severity.ERROR)
