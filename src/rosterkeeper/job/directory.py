"""A directory's CSV: what it would change of a district's accounts, and writing that."""

from pathlib import Path
from typing import Final

from rosterkeeper.engine.outcomes import Outcome
from rosterkeeper.engine.reasons import Reason
from rosterkeeper.job.telling import finding_lines
from rosterkeeper.job.words import LISTED, Counts, Job, Listing, Result
from rosterkeeper.matching.accounts import Accounts
from rosterkeeper.matching.directory.comparing import Numbers, compare
from rosterkeeper.matching.directory.landing import land
from rosterkeeper.matching.directory.writing import write
from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.artifacts import Artifacts
from rosterkeeper.store.database import Database
from rosterkeeper.store.findings import count_findings

# So few may always be gone.
_FLOOR: Final = 5
_MOST_LINES: Final = 1000


def take_listing(job: Job, scratch: Scratch, database: Database) -> Result:
    """Compare the job's file with the accounts, and write what it changes where that is asked for and not held."""
    listing = job.listing
    if listing is None:
        raise RosterkeeperError("job.no_listing", "The job names no file.", todo="Upload the file once more.")
    land(scratch, Path(listing.path), listing.columns)
    accounts = Accounts(Artifacts(Path(job.artifacts)), job.district)
    accounts.land(database, scratch)
    numbers = compare(scratch, columns=tuple(listing.columns), whole=listing.whole, now=job.now)
    reasons = _reasons(numbers, listing)
    changes = numbers.add + numbers.update + numbers.gone + numbers.restore
    is_held = bool(reasons) and not listing.confirmed
    if listing.applies and not is_held:
        write(database, scratch, accounts, now=job.now)
    outcome = Outcome.HELD if is_held else Outcome.APPLIED if changes else Outcome.UNCHANGED
    return Result(
        outcome=outcome,
        code=reasons[0].code if is_held else "",
        what=reasons[0].says if is_held else "",
        todo="Look at the numbers; apply the file only if so many accounts are truly gone." if is_held else "",
        reasons=reasons,
        counts={
            LISTED: Counts(
                add=numbers.add,
                update=numbers.update,
                remove=numbers.gone,
                restore=numbers.restore,
                unchanged=numbers.unchanged + numbers.other,
                rejected=numbers.rejected,
            )
        },
        findings=count_findings(scratch),
        lines=finding_lines(scratch)[:_MOST_LINES],
    )


def _reasons(numbers: Numbers, listing: Listing) -> list[Reason]:
    gone, listed = numbers.gone, numbers.listed
    if gone <= _FLOOR or gone * 100 <= listed * listing.gone_percent:
        return []
    says = f"{gone} of {listed} accounts are not in the file any more; they would be suspended."
    return [Reason("hold.directory_gone", says, number=gone, of=listed)]
