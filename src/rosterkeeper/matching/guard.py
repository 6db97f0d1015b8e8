"""guard: whether a matching looks like an accident; then its life cycle waits until somebody has looked at it.

No roster change is better than a wrong one. While it is held nobody is made, changed, suspended or erased; who leaves
or would lose the account stays as before. What only adds, new persons and new links, is not held back.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from rosterkeeper.engine.reasons import Reason
from rosterkeeper.matching.held import Held, read_held
from rosterkeeper.matching.lifecycle_options import Life
from rosterkeeper.matching.tables import Origin, Result, Status
from rosterkeeper.scratch import Scratch

# What the reasons are about, as a run's are about users.
ENTITY: Final = "accounts"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``held`` is `Held` as JSON, '' where nothing is; ``approved`` the approval that is still to be kept."""

    held: str = ""
    approved: str = ""


def judge(scratch: Scratch, life: Life, *, now: str) -> Verdict:
    """Compare what is about to happen with the limits; `life_new`, `life_owner` and `life_fate` must be there."""
    _find_losses(scratch)
    reasons = reasons_to_hold(scratch, life)
    if not reasons:
        return Verdict()
    fingerprint = _fingerprint(scratch)
    if fingerprint == life.approved:
        return Verdict()
    before = read_held(life.held)
    held = Held(fingerprint=fingerprint, since=now, reasons=reasons)
    if before is not None and before.fingerprint == fingerprint:
        held = msgspec.structs.replace(before, reasons=reasons)
    return Verdict(msgspec.json.encode(held).decode(), life.approved)


def keep_what_was(scratch: Scratch) -> None:
    """Let nobody leave or lose the account; whoever would get it instead waits."""
    scratch.run(
        f"""
        UPDATE person SET status = 'active', left_at = '' FROM life_loss x
        WHERE x.person_id = person.person_id AND x.loss = 'leave' AND person.status <> 'active';
        CREATE TABLE life_kept AS SELECT k.person_id, k.result, k.reason, k.account_id
        FROM known_person k JOIN life_loss x USING (person_id, account_id) SEMI JOIN person USING (person_id)
        WHERE x.loss = 'unlink';
        UPDATE link SET result = '{Result.UNMATCHED}', reason = 'held', account_id = 0
        WHERE account_id IN (SELECT account_id FROM life_kept);
        UPDATE link SET result = k.result, reason = k.reason, account_id = k.account_id
        FROM life_kept k WHERE k.person_id = link.person_id;
        """
    )


def _find_losses(scratch: Scratch) -> None:
    """Make `life_loss` (person_id, account_id, loss): known persons who leave, and those who lose their account.

    What somebody ruled about a person is no accident, and neither is an account that moves with a joined record.
    """
    scratch.run(
        f"""
        CREATE TABLE life_loss AS
        WITH ruled AS (
            SELECT DISTINCT k.person_id FROM ruling r JOIN known_record k USING (connection_id, sourced_id)
        )
        SELECT k.person_id, k.account_id,
            CASE WHEN o.account_id IS NULL THEN 'unlink' WHEN NOT o.is_here THEN 'leave' END AS loss
        FROM known_person k LEFT JOIN life_owner o USING (account_id)
        WHERE k.account_id > 0 AND k.status = 'active' AND NOT coalesce(o.is_here, false)
            AND k.person_id NOT IN (SELECT person_id FROM ruled)
            AND k.account_id IN (SELECT id FROM account WHERE status <> '{Status.PURGED}')
        """
    )


def reasons_to_hold(scratch: Scratch, life: Life) -> list[Reason]:
    """What of it is too much at once; `life_loss`, `life_new` and `life_fate` must be there."""
    limits = life.options.limits
    had = scratch.count("SELECT count(*) FROM known_person WHERE account_id > 0 AND status = 'active'")
    of_sync = f"SELECT count(*) FROM account WHERE origin = '{Origin.SYNC}'"
    made, ever = scratch.count(f"{of_sync} AND status <> '{Status.PURGED}'"), scratch.count(of_sync)
    leaving = scratch.count("SELECT count(*) FROM life_loss WHERE loss = 'leave'")
    losing = scratch.count("SELECT count(*) FROM life_loss WHERE loss = 'unlink'")
    making = scratch.count("SELECT count(*) FROM life_new WHERE NOT is_ruled")
    erasing = scratch.count("SELECT count(*) FROM life_fate WHERE fate = 'purge'")
    reasons = []
    if _over(leaving, had, limits.leave, limits.floor):
        says = f"{leaving} of {had} people with an account would leave; the limit is {limits.leave:g} %."
        reasons.append(Reason("hold.people_leave", says, ENTITY, "", leaving, had))
    if _over(losing, had, limits.unlink, limits.floor):
        says = f"{losing} of {had} people would lose their account; the limit is {limits.unlink:g} %."
        reasons.append(Reason("hold.people_unlink", says, ENTITY, "", losing, had))
    if ever and _over(making, made, limits.create, limits.floor):
        says = f"{making} accounts would be made beside the sync's {made}; the limit is {limits.create:g} %."
        reasons.append(Reason("hold.people_create", says, ENTITY, "", making, made))
    if _over(erasing, made, limits.purge, limits.floor):
        says = f"{erasing} of the sync's {made} accounts would be erased; the limit is {limits.purge:g} %."
        reasons.append(Reason("hold.people_purge", says, ENTITY, "", erasing, made))
    return reasons


def _over(number: int, of: int, percent: float, floor: int) -> bool:
    return number > floor and number * 100 > of * percent


def _fingerprint(scratch: Scratch) -> str:
    """A print of who is about to be made, to leave, to lose the account and to be erased; the order does not matter."""
    parts = [
        "SELECT 'create:' || person_id AS said FROM life_new",
        "SELECT loss || ':' || account_id FROM life_loss",
        "SELECT 'purge:' || account_id FROM life_fate WHERE fate = 'purge'",
    ]
    rows = scratch.rows(
        "SELECT md5(count(*) || ':' || bit_xor(md5_number(said))::VARCHAR || ':'"
        " || sum(md5_number_lower(said))::VARCHAR)"
        f" FROM ({' UNION ALL '.join(parts)})"
    )
    return str(rows[0][0])
