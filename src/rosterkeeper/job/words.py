"""The words between the parent and the child process: one job in, progress lines and one result out (JSON lines)."""

from enum import StrEnum
from typing import Final

import msgspec

from rosterkeeper.engine.guard_limits import Limits
from rosterkeeper.engine.options import ByOptions, Selection
from rosterkeeper.engine.reasons import Reason
from rosterkeeper.matching.preview import Preview, Stated
from rosterkeeper.sources.spec import SourceSpec


class Action(StrEnum):
    """What a child is asked to do. Only the first group takes a lease and may write the roster."""

    SYNC = "sync"
    APPROVE = "approve"
    UNDO = "undo"
    REDO = "redo"
    RESTORE = "restore"
    PURGE = "purge"
    REKEY = "rekey"
    # The rest only read.
    PREVIEW = "preview"
    VALIDATE = "validate"
    HASH = "hash"
    EXPORT = "export"
    TEST = "test"
    HISTORY = "history"
    CHANGES = "changes"
    COMPARE = "compare"
    IDS = "ids"
    # What is made of the roster; it has its own token.
    CATALOG = "catalog"
    # What is made of a district's rosters and its directory; it has its own token, too.
    MATCH = "match"
    # What such a matching would do by other settings; it takes no token and writes nothing.
    TRIAL = "trial"
    # What writes a directory's accounts, never the roster.
    DIRECTORY = "directory"


# With this argument a child is started before its job is known.
AHEAD: Final = "--ahead"
# Under this name a result counts the accounts of a directory.
LISTED: Final = "accounts"


class Pick(msgspec.Struct, kw_only=True, frozen=True):
    """Which records of a kept change set are asked for: at most ``limit`` of one entity, after an id.

    ``name`` is the artifact's; ``ops`` of add, update, restore and remove, none for all of them; ``school`` an org's
    sourcedId, '' for any. ``counted``: the numbers of all entities, and of the schools, are wanted too.
    """

    name: str
    entity: str
    ops: tuple[str, ...] = ()
    school: str = ""
    after: str = ""
    limit: int = 50
    counted: bool = False


class Listing(msgspec.Struct, kw_only=True, frozen=True):
    """A directory's CSV at ``path``: which heading is which field of an account, and what is to be done with it.

    ``whole``: whoever is not listed is gone. ``applies``: write it, and not only tell. ``confirmed``: also where more
    than ``gone_percent`` of the accounts are gone.
    """

    path: str
    columns: dict[str, str]
    whole: bool = True
    applies: bool = False
    confirmed: bool = False
    gone_percent: float = 10.0


class Job(msgspec.Struct, kw_only=True, frozen=True):
    """One job description. Secrets travel here, on standard input, and nowhere else.

    ``database`` is ``sqlite:///ABSOLUTE/PATH`` or ``postgresql://…``; ``now`` is RFC 3339 in UTC; ``today`` is the
    district's date. ``subject`` is the run that approve, undo, redo or restore is about,
    ``person`` the sourcedId whose history is asked for, ``against`` the run whose snapshot the subject's is compared
    with. ``without_removals``: of a held change, what it removes is left out. ``mapping`` is a CSV of old and new ids.
    """

    action: Action
    now: str
    today: str
    scratch: str
    run: int = 0
    district: int = 0
    connection: int = 0
    token: int = 0
    database: str = ""
    artifacts: str = ""
    source: SourceSpec | None = None
    full: bool = False
    limits: Limits = Limits()
    selection: Selection | None = None
    memory_limit: str = "1500MB"
    threads: int = 2
    subject: int = 0
    out: str = ""
    version: str = "1.2"
    every_field: bool = False
    strict: bool = False
    purge_before: str = ""
    person: str = ""
    pick: Pick | None = None
    against: int = 0
    without_removals: bool = False
    mapping: str = ""
    listing: Listing | None = None
    stated: Stated | None = None
    allowed_hosts: tuple[str, ...] = ()


class Counts(msgspec.Struct):
    """What happens to one entity's records; ``held`` wait for approval while the rest is applied."""

    add: int = 0
    update: int = 0
    remove: int = 0
    restore: int = 0
    unchanged: int = 0
    rejected: int = 0
    held: int = 0


class FindingLine(msgspec.Struct, frozen=True):
    """One finding as it is reported."""

    code: str
    severity: str
    file: str
    row: int
    entity: str
    sourced_id: str
    field: str
    says: str = ""


class Check(msgspec.Struct, frozen=True):
    """One line of a connection test."""

    what: str
    ok: bool
    code: str = ""
    says: str = ""
    todo: str = ""


class Change(msgspec.Struct, frozen=True):
    """What one applied run did to one record: the fields that changed as (field, before, after).

    ``op`` is add, update, remove or restore. The values are personal data: they are shown and never logged.
    """

    run: int
    applied_at: str
    action: str
    entity: str
    sourced_id: str
    op: str
    fields: list[tuple[str, str, str]] = []


class Item(msgspec.Struct, frozen=True):
    """One record of a change set: its columns before and after, without those that are nothing; they are personal."""

    op: str
    sourced_id: str
    before: dict[str, str] = {}
    after: dict[str, str] = {}


class Tally(msgspec.Struct, frozen=True):
    """How many records of one entity a kept change set touches in one school, by operation."""

    entity: str
    school: str
    op: str
    number: int


class Rekeyed(msgspec.Struct, frozen=True):
    """Of one entity of a held change: how many records go and come, are the same under new ids, or may be."""

    gone: int
    come: int
    same: int
    unsure: int


class Pair(msgspec.Struct, frozen=True):
    """An old id and the new one of the same record, by the columns that they share.

    Where ``new`` is '', ``old_number`` old and ``new_number`` new records share them.
    """

    entity: str
    old: str
    new: str
    by: str
    old_number: int = 1
    new_number: int = 1


class Result(msgspec.Struct, kw_only=True):
    """What a job came to. ``what`` and ``todo`` are for people; ``code`` is stable and documented."""

    outcome: str
    code: str = ""
    what: str = ""
    todo: str = ""
    retry_after: float | None = None
    reasons: list[Reason] = []
    counts: dict[str, Counts] = {}
    findings: dict[str, int] = {}
    lines: list[FindingLine] = []
    checks: list[Check] = []
    seconds: dict[str, float] = {}
    version: str = ""
    form: str = ""
    proof: str = ""
    not_imported: dict[str, int] = {}
    state_version: int = 0
    changes: str = ""
    snapshot: str = ""
    # Of what the run wrote as its snapshot; '' where that is not to be believed by itself.
    snapshot_digest: str = ""
    hash: str = ""
    by_options: ByOptions = ByOptions()
    history: list[Change] = []
    items: list[Item] = []
    more: bool = False
    tallies: list[Tally] = []
    rekeyed: dict[str, Rekeyed] = {}
    pairs: list[Pair] = []
    unsure: list[Pair] = []
    preview: Preview | None = None


class Progress(msgspec.Struct, frozen=True):
    """One step forward."""

    step: str
    what: str
    done: int
    total: int | None = None


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line on the child's standard output: either progress or, last, the result."""

    progress: Progress | None = None
    result: Result | None = None
