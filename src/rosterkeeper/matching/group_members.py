"""Who is in each class group, as lists: millions of seats, put in order once and cut where the class ends.

DuckDB's own lists, made distinct and put in order group by group, keep the processor more than twice as long.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from rosterkeeper.scratch import Scratch

# A seat is one number, which is put in order in half the time that two take: the class's, shifted by so many bits, and
# twice the person's, with one more where it does not teach. So a teacher's seat comes first.
SHIFT: Final = 40
_IN_ORDER: Final = """
    SELECT seat FROM seat {only} WHERE is_now ORDER BY seat
"""
_OF_CHANGED: Final = f"SEMI JOIN changed_group ON changed_group.no = seat >> {SHIFT}"
_PERSON: Final = pa.scalar((1 << SHIFT) - 1 >> 1, pa.int64())
_ONE: Final = pa.scalar(1, pa.int64())
_SHIFT: Final = pa.scalar(SHIFT, pa.int64())
_LISTS: Final = pa.schema([("no", pa.int64()), ("members", pa.list_(pa.int64()))])


def list_members(scratch: Scratch) -> None:
    """Make `group_owners` and `group_students` (no, members: persons in the order of their numbers) of `seat`.

    Each person is once in a group, and who teaches a class is not one of its students, too. A group without owners,
    or students, has no row.
    """
    is_all = scratch.count("SELECT count(*) FROM class_group") == scratch.count("SELECT count(*) FROM changed_group")
    lists: dict[str, list[pa.RecordBatch]] = {"group_owners": [], "group_students": []}
    for seats in _whole_groups(scratch.reader(_IN_ORDER.format(only="" if is_all else _OF_CHANGED))):
        is_owner = pc.equal(pc.bit_wise_and(seats, _ONE), 0)
        once = _differs(pc.shift_right(seats, _ONE))
        for table, chosen in (("group_owners", is_owner), ("group_students", pc.invert(is_owner))):
            lists[table].append(_lists(seats.filter(pc.and_(once, chosen))))
    for table, batches in lists.items():
        made = pa.Table.from_batches(batches, _LISTS)
        scratch.land(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM incoming", made)


def _whole_groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Array]:
    """The seats batch by batch, each group's all in one: what is small stays where the processor has it."""
    kept = pa.array([], pa.int64())
    for batch in batches:
        seats = pa.concat_arrays([kept, batch["seat"]])
        no = pc.shift_right(seats, _SHIFT)
        cut = pc.index(no, no[-1]).as_py() if len(seats) else 0
        yield seats[:cut]
        kept = seats[cut:]
    yield kept


def _differs(members: pa.Array) -> pa.Array:
    """Whether each row is another person in a group than the row before it."""
    if not len(members):
        return pa.array([], pa.bool_())
    return pa.concat_arrays([pa.array([True]), pc.not_equal(members[1:], members[:-1])])


def _lists(seats: pa.Array) -> pa.RecordBatch:
    """The persons of each run of one group's seats as one list."""
    person = pc.bit_wise_and(pc.shift_right(seats, _ONE), _PERSON)
    runs = pc.run_end_encode(pc.shift_right(seats, _SHIFT), run_end_type=pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), runs.run_ends])
    return pa.record_batch([runs.values, pa.ListArray.from_arrays(offsets, person)], schema=_LISTS)
