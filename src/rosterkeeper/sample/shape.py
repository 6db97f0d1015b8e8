"""How large a sample district is, and how fast it changes: every number that its SQL is given."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final

import msgspec

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.oneroster.fields import V1P1, V1P2
from rosterkeeper.sample.words import SUBJECT_SLOTS

SMALLEST: Final = 20
LARGEST: Final = 5_000_000
# From this size on a class holds what a benchmark's class holds: 50,000 classes for 1,000,000 users.
_METROPOLIS: Final = 100_000
# The month and day on which a school year begins, and the one before ends: whenever a sample is tried, it is term time.
_FIRST: Final = (8, 1)


def school_year_of(day: date) -> int:
    """The calendar year in which that day's school year ends."""
    return day.year + (day >= date(day.year, *_FIRST))


class Extra(msgspec.Struct, frozen=True, kw_only=True):
    """What most samples leave alone.

    ``delta`` writes only what changed since the day before. ``change_percent`` is the share of users that a new day
    touches. ``loads`` is the mean number of classes of a student. ``class_size`` is the students in a class, 0 for
    the size that suits the district. ``school_year`` is the calendar year in which the school year ends; left alone it
    is the present one, so that classes are on.
    """

    delta: bool = False
    change_percent: float = 5.0
    loads: float = 9.4
    class_size: int = 0
    school_year: int = msgspec.field(default_factory=lambda: school_year_of(datetime.now(UTC).date()))
    memory_limit: str = "1500MB"


@dataclass(frozen=True, slots=True)
class Session:
    """One academic session; ``end`` is exclusive."""

    key: str
    title: str
    kind: str
    start: date
    end: date
    parent: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A district's size. The same users, seed and extra give the same district in every version."""

    users: int
    seed: int
    extra: Extra

    @property
    def schools(self) -> int:
        """About one school for 600 users, and one of each level where there is anyone to fill them."""
        return max(3 if self.users >= 100 else 1, round(self.users / 600))

    @property
    def teachers(self) -> int:
        """About 6 %, at least two a school so that a class can change hands."""
        return max(2 * self.schools, round(self.users * 0.06))

    @property
    def admins(self) -> int:
        """One for the district, a principal for each school, more where there is room."""
        return max(self.schools + 1, self.users // 200)

    @property
    def aides(self) -> int:
        """About 1 %."""
        return max(1, self.users // 100)

    @property
    def guardians(self) -> int:
        """About 8.5 %."""
        return max(1, round(self.users * 0.085))

    @property
    def students(self) -> int:
        """Everyone else, about 84 %."""
        return self.users - self.teachers - self.admins - self.aides - self.guardians

    @property
    def families(self) -> int:
        """Families with a guardian on file: of six guardians, two share one family."""
        return 5 * (self.guardians // 6) + min(self.guardians % 6, 5)

    @property
    def slots(self) -> int:
        """The classes of the busiest student."""
        return min(SUBJECT_SLOTS, -int(-self.extra.loads // 1))

    @property
    def sections(self) -> int:
        """Classes a school runs beside one another in one slot."""
        size = self.extra.class_size or (24 if self.users < _METROPOLIS else 150)
        return max(1, round(self.students / self.schools / size))

    @property
    def classes(self) -> int:
        """Classes on the first day."""
        return self.schools * self.slots * self.sections

    def numbers(self) -> dict[str, int]:
        """The variables of the district's SQL."""
        change = self.extra.change_percent / 5
        swaps = max(1, round(self.classes * change / 1000)) if change else 0
        return {
            "seed": self.seed,
            "users": self.users,
            "schools": self.schools,
            "students": self.students,
            "teachers": self.teachers,
            "aides": self.aides,
            "admins": self.admins,
            "guardians": self.guardians,
            "families": self.families,
            "stride": self.students // self.families,
            "slots": self.slots,
            "sections": self.sections,
            "classes": self.classes,
            # A student takes all the slots, or all but the last: loads 9.4 is ten slots for four students in ten.
            "full_loads": round(1000 * (self.extra.loads + 1 - self.slots)),
            # A period of 100 days is 1 % a day. 0 stands for never.
            "turn_period": _period(100, change),
            "rename_period": _period(100, change),
            "move_period": _period(50, change),
            "swaps": max(1, swaps),
            "swap_period": max(1, -(-self.classes // swaps)) if swaps else 0,
            "new_classes": swaps,
            "school_year": self.extra.school_year,
        }

    def sessions(self) -> list[Session]:
        """The school year, two semesters and three trimesters, each of those with two grading periods."""
        year = self.extra.school_year
        first, last = date(year - 1, *_FIRST), date(year, *_FIRST)
        root = f"as-{year}"
        made = [Session(root, f"School Year {year - 1}-{year}", "schoolYear", first, last, "")]
        cuts = {
            "semester": (first, date(year, 1, 17), last),
            "term": (first, date(year - 1, 11, 21), date(year, 3, 6), last),
        }
        for kind, days in cuts.items():
            for number, (start, end) in enumerate(pairwise(days), 1):
                key = f"{root}-{kind[0]}{number}"
                made.append(Session(key, f"{kind.title()} {number}", kind, start, end, root))
                middle = start + (end - start) / 2
                for half, (begin, stop) in enumerate(((start, middle), (middle, end)), 1):
                    title = f"{kind.title()} {number}, Grading Period {half}"
                    made.append(Session(f"{key}-g{half}", title, "gradingPeriod", begin, stop, key))
        return made

    def modified(self, day: int) -> str:
        """The dateLastModified of what changed on ``day``: the evening before, in the standard's form."""
        return f"{date(self.extra.school_year - 1, *_FIRST) + timedelta(days=day - 1)}T02:00:00.000Z"


def shape_of(users: int, seed: int, extra: Extra) -> Shape:
    """A district's shape; SettingsError for a size or a rate that no district can have."""
    if not SMALLEST <= users <= LARGEST:
        raise SettingsError(
            "sample.users", f"A sample has {SMALLEST} to {LARGEST:,} users.", todo="Choose another number of users."
        )
    if not 1 <= extra.loads <= SUBJECT_SLOTS or not 0 <= extra.change_percent <= 100 or extra.class_size < 0:
        raise SettingsError(
            "sample.rate",
            f"A student has 1 to {SUBJECT_SLOTS} classes, a day touches 0 to 100 % of users, a class has a size.",
            todo="Choose a number within these bounds.",
        )
    return Shape(users, seed, extra)


def check_order(day: int, version: str, extra: Extra) -> None:
    """SettingsError for a day, a version or a delta that cannot be written."""
    if day < 1:
        raise SettingsError("sample.day", "Days are counted from 1.", todo="Choose day 1 or later.")
    if version not in (V1P1, V1P2):
        raise SettingsError("sample.version", "A sample is OneRoster 1.1 or 1.2.", todo="Choose 1.1 or 1.2.")
    if extra.delta and day == 1:
        raise SettingsError("sample.delta", "The first day has no day before it.", todo="Ask for day 2 or later.")


def _period(days: int, change: float) -> int:
    return max(2, round(days / change)) if change else 0
