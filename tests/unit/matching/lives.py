"""A district in the midst of a matching: the scratch tables that the life cycle reads, made of a few plain facts."""

from dataclasses import dataclass, field

from rosterkeeper.matching.lifecycle import COLUMNS, LifeNumbers, live_on
from rosterkeeper.matching.lifecycle_options import Life
from rosterkeeper.scratch import Cell, Scratch

NOW = "2026-09-01T02:00:00.000Z"
_TEXTS = (
    *("username", "email", "given_name", "family_name", "preferred_given_name", "preferred_family_name"),
    *("user_master_identifier", "identifier", "user_ids", "grades"),
)
_NUMBERS = ("id", "district_id")


@dataclass(frozen=True)
class Human:
    """A person with one record, whose id is S and the number, and what the link step made of them."""

    number: int
    kind: str = "student"
    status: str = "active"
    result: str = "unmatched"
    account: int = 0
    is_teaching: bool = False
    ruling: str = ""
    known_account: int | None = None
    known_status: str = "active"
    is_known: bool = True
    has_no_role: bool = False
    told: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Directory:
    """An account of the directory; what is not stated is blank."""

    number: int
    origin: str = "sync"
    status: str = "active"
    suspended_by: str = ""
    suspended_at: str = ""
    sticky: str = ""
    told: dict[str, str] = field(default_factory=dict)

    @property
    def row(self) -> dict[str, Cell]:
        """All its columns."""
        made: dict[str, Cell] = dict.fromkeys(COLUMNS, "")
        made |= dict(self.told)
        stated = ("origin", "status", "suspended_by", "suspended_at", "sticky")
        made |= {each: str(getattr(self, each)) for each in stated}
        return made | {"id": self.number, "district_id": 1, "uid": f"uid-{self.number}"}


def of_human(human: Human, number: int) -> Directory:
    """The account that the sync once made for somebody, as it stands when nothing has changed."""
    told = {each: human.told.get(each, "") for each in _TEXTS}
    shown = f"{told['given_name']} {told['family_name']}".strip()
    kept = {each: value for each, value in told.items() if not each.startswith("preferred")}
    return Directory(number, told=kept | {"sourced_id": f"S{human.number}", "display_name": shown, "kind": human.kind})


def set_up(scratch: Scratch, humans: list[Human], accounts: list[Directory]) -> None:
    """Make the tables anew."""
    for (name,) in scratch.rows("SELECT table_name FROM duckdb_tables() WHERE table_name <> 'finding'"):
        scratch.run(f"DROP TABLE {name}")
    texts = ", ".join(f"{each} VARCHAR" for each in _TEXTS)
    columns = ", ".join(f"{each} {'BIGINT' if each in _NUMBERS else 'VARCHAR'}" for each in COLUMNS)
    scratch.run(
        f"CREATE TABLE record (connection_id BIGINT, sourced_id VARCHAR, kind VARCHAR, status VARCHAR,"
        f" roles VARCHAR[], {texts});"
        f"CREATE TABLE account ({columns});"
        "CREATE TABLE person (person_id BIGINT, uid VARCHAR, kind VARCHAR, status VARCHAR, left_at VARCHAR,"
        " connection_id BIGINT, sourced_id VARCHAR, is_teaching BOOLEAN, sort_key VARCHAR);"
        "CREATE TABLE person_record (connection_id BIGINT, sourced_id VARCHAR, person_id BIGINT, reason VARCHAR);"
        "CREATE TABLE link (person_id BIGINT, result VARCHAR, reason VARCHAR, account_id BIGINT);"
        "CREATE TABLE known_person (person_id BIGINT, status VARCHAR, result VARCHAR, reason VARCHAR,"
        " account_id BIGINT);"
        "CREATE TABLE known_record (connection_id BIGINT, sourced_id VARCHAR, person_id BIGINT);"
        "CREATE TABLE ruling (connection_id BIGINT, sourced_id VARCHAR, word VARCHAR, account_id BIGINT)"
    )
    for each in humans:
        _put(scratch, each)
    for account in accounts:
        row = account.row
        _insert(scratch, "account", [row[each] for each in COLUMNS])


def lived(scratch: Scratch, humans: list[Human], accounts: list[Directory], life: Life) -> LifeNumbers:
    """What the life cycle makes of them."""
    set_up(scratch, humans, accounts)

    def take_numbers(many: int) -> None:
        scratch.run(f"CREATE TABLE number AS SELECT nth, 99 + nth AS id FROM range(1, {many} + 1) r(nth)")

    return live_on(scratch, life, take_numbers, district=1, now=NOW)


def changed(scratch: Scratch) -> dict[int, dict[str, Cell]]:
    """The accounts that change, by number, each with all its columns."""
    return _by_number(scratch, "account_changed")


def made(scratch: Scratch) -> dict[int, dict[str, Cell]]:
    """The accounts that are made, by number."""
    return _by_number(scratch, "account_new")


def links(scratch: Scratch) -> dict[Cell, tuple[Cell, ...]]:
    """Result, reason and account of each person."""
    return {row[0]: row[1:] for row in scratch.rows("SELECT person_id, result, reason, account_id FROM link")}


def _put(scratch: Scratch, each: Human) -> None:
    sourced_id = f"S{each.number}"
    said = [each.told.get(name, "") for name in _TEXTS]
    roles = "[]" if each.has_no_role else "[student]"
    _insert(scratch, "record", [1, sourced_id, each.kind, each.status, roles, *said])
    _insert(
        scratch,
        "person",
        [each.number, f"p{each.number}", each.kind, each.status, "", 1, sourced_id, each.is_teaching, "key"],
    )
    _insert(scratch, "person_record", [1, sourced_id, each.number, ""])
    _insert(scratch, "link", [each.number, each.result, "rule", each.account])
    if each.is_known:
        account = each.account if each.known_account is None else each.known_account
        _insert(scratch, "known_person", [each.number, each.known_status, "linked", "rule", account])
        _insert(scratch, "known_record", [1, sourced_id, each.number])
    if each.ruling:
        _insert(scratch, "ruling", [1, sourced_id, each.ruling, 0])


def _insert(scratch: Scratch, table: str, cells: list[Cell]) -> None:
    scratch.run(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in cells)})", cells)


def _by_number(scratch: Scratch, table: str) -> dict[int, dict[str, Cell]]:
    rows = scratch.rows(f"SELECT {', '.join(COLUMNS)} FROM {table} ORDER BY id")
    return {int(row[0] or 0): dict(zip(COLUMNS, row, strict=True)) for row in rows}
