"""A run's findings: counted whole, listed up to a bound for each code."""

from typing import Final

import pyarrow as pa

from rosterkeeper.oneroster.findings import CODES
from rosterkeeper.scratch import Scratch
from rosterkeeper.store.database import Database
from rosterkeeper.store.schema import FINDINGS

# A feed with a million bad cells has one fault, not a million; the counts stay whole.
LISTED_PER_CODE: Final = 10_000


def count_findings(scratch: Scratch) -> dict[str, int]:
    """How often each code was found, by code."""
    rows = scratch.rows("SELECT code, count(*) FROM finding GROUP BY code ORDER BY code")
    return {str(code): int(number or 0) for code, number in rows}


def list_findings(scratch: Scratch, run: int) -> pa.Table:
    """The findings as rows of the findings table, worst first, in the order of the files."""
    # Those that occur: all the product's codes are a text that takes longer to read than most runs' findings.
    told = [CODES[code] for code in count_findings(scratch)]
    severities = " ".join(f"WHEN '{code.name}' THEN '{code.severity}'" for code in told) or "WHEN '' THEN ''"
    return scratch.reader(
        f"""
        SELECT {run}::BIGINT AS run_id, row_number() OVER (ORDER BY place, file, row, code, field)::BIGINT AS number,
            code, severity, file, row, entity, sourced_id, field
        FROM (
            SELECT *, CASE severity WHEN 'error' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END AS place
            FROM (SELECT code, CASE code {severities} END AS severity, coalesce(file, '') AS file,
                coalesce(row, 0)::BIGINT AS row, coalesce(entity, '') AS entity,
                coalesce(sourced_id, '') AS sourced_id, coalesce(field, '') AS field FROM finding)
            QUALIFY row_number() OVER (PARTITION BY code ORDER BY file, row, field) <= {LISTED_PER_CODE}
        ) ORDER BY number
        """
    ).read_all()


def write_findings(database: Database, scratch: Scratch, run: int) -> None:
    """Write a run's findings; repeating it for the same run replaces them."""
    database.run(f"DELETE FROM {FINDINGS} WHERE run_id = $1", [run])
    rows = list_findings(scratch, run)
    if rows.num_rows:
        database.append(FINDINGS, rows)
