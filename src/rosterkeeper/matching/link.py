"""Whose account is whose."""

from rosterkeeper.matching.rules import Settings
from rosterkeeper.matching.tables import Result
from rosterkeeper.scratch import Scratch


def link_persons(scratch: Scratch, settings: Settings) -> None:
    """Make `link` and `candidate`, as land.py says them."""
    scratch.run(
        f"""
        CREATE TABLE pair AS
        SELECT DISTINCT s.person_id, a.id AS account_id FROM person_record s JOIN record r USING (connection_id, sourced_id)
            JOIN account a ON a.key_email = r.key_email WHERE r.key_email <> '' AND a.status <> 'purged';
        CREATE TABLE sole AS SELECT person_id, account_id FROM pair
            QUALIFY count(*) OVER (PARTITION BY person_id) = 1 AND count(*) OVER (PARTITION BY account_id) = 1;
        CREATE TABLE link AS SELECT p.person_id,
            CASE WHEN s.account_id IS NULL THEN '{Result.UNMATCHED}' ELSE '{Result.LINKED}' END AS result,
            CASE WHEN s.account_id IS NULL THEN 'no_account' ELSE 'email' END AS reason,
            coalesce(s.account_id, 0) AS account_id
        FROM person p LEFT JOIN sole s USING (person_id);
        CREATE TABLE candidate AS SELECT person_id, account_id, 'email' AS rule FROM pair WHERE false;
        """
    )
