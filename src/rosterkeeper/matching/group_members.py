"""Who is in each class group, as lists: millions of seats, put in order once and cut where the class ends.

DuckDB's own lists, made distinct and put in order group by group, keep the processor more than twice as long.
"""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from rosterkeeper.scratch import Scratch

# `who` is twice a person's number, and one more where it teaches: with that bit turned, the teacher's seat comes first.
_IN_ORDER: Final = """
    SELECT no, who FROM seat SEMI JOIN changed_group USING (no) WHERE is_now ORDER BY no, xor(who, 1)
"""
_ONE: Final = pa.scalar(1, pa.int64())


def list_members(scratch: Scratch) -> None:
    """Make `group_owners` and `group_students` (no, members: persons in the order of their numbers) of `seat`.

    Each person is once in a group, and who teaches a class is not one of its students, too. A group without owners,
    or students, has no row.
    """
    seats = scratch.table(_IN_ORDER).combine_chunks()
    no, who = _column(seats, "no"), _column(seats, "who")
    person = pc.shift_right(who, _ONE)
    is_owner = pc.equal(pc.bit_wise_and(who, _ONE), 1)
    once = _differs(no, person)
    for table, chosen in (("group_owners", is_owner), ("group_students", pc.invert(is_owner))):
        kept = pc.and_(once, chosen)
        lists = _lists(no.filter(kept), person.filter(kept))
        scratch.land(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM incoming", lists)


def _column(table: pa.Table, name: str) -> pa.Array:
    return pa.concat_arrays(table[name].chunks) if table.num_rows else pa.array([], table.schema.field(name).type)


def _differs(no: pa.Array, person: pa.Array) -> pa.Array:
    """Whether each row is another person in a group than the row before it."""
    if not len(no):
        return pa.array([], pa.bool_())
    other = pc.or_(pc.not_equal(no[1:], no[:-1]), pc.not_equal(person[1:], person[:-1]))
    return pa.concat_arrays([pa.array([True]), other])


def _lists(no: pa.Array, person: pa.Array) -> pa.Table:
    """The persons of each run of one group's rows as one list."""
    runs = pc.run_end_encode(no, run_end_type=pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), runs.run_ends])
    return pa.table({"no": runs.values, "members": pa.ListArray.from_arrays(offsets, person)})
