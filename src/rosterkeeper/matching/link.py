"""link: whose account is whose. The rules one after the other, each for its kind of person; see docs/matching.md.

- What somebody ruled comes first; then accounts that the sync made for a person; then each rule in its turn.
- A rule links only what it finds one to one; of the rest each is disputed, until a later rule picks one of the
  candidates, or somebody does.
- A link that is known stays. It falls where an earlier rule gives the person or the account to another one, or the
  rule that made it does and the old link no longer agrees by it; where a stronger key disagrees; or by a ruling.
- A userMasterIdentifier or sourcedId of the account that says somebody else forbids a link by any rule.
- An account that says of which kind it is belongs to nobody of another kind.
- Nobody new is linked who has left, has no role, or is ignored; a purged account is nobody's. A suspended one is
  linked like any other, and stays suspended.
"""

from typing import Final

from rosterkeeper.engine.forms import literal
from rosterkeeper.matching.rules import Field, Key, Rule, Settings
from rosterkeeper.matching.tables import Kind, Origin, Result, Ruling, Status
from rosterkeeper.scratch import Scratch

_RECORD_KEYS: Final = {
    Key.SOURCED_ID: "key_sourced_id",
    Key.MASTER: "key_master",
    Key.EMAIL: "key_email",
    Key.USERNAME: "key_username",
    Key.IDENTIFIER: "key_identifier",
}
_RECORD_COLUMNS: Final = {**_RECORD_KEYS, Key.EMAIL_LOCAL: "key_email", Key.USER_ID: "user_ids"}
_ACCOUNT_KEYS: Final = {
    Field.SOURCED_ID: "key_sourced_id",
    Field.MASTER: "key_master",
    Field.EMAIL: "key_email",
    Field.USERNAME: "key_username",
    Field.IDENTIFIER: "key_identifier",
    Field.EXTERNAL_ID: "key_external_id",
}
# Which of several things that went wrong is told.
_DISPUTES: Final = ("key_disagrees", "several_accounts", "several_persons", "account_taken")
# The places of links in the row of rules that no rule made: by rulings, by the sync, and by rules that are no more.
_RULED: Final = -2
_MADE: Final = -1
_GONE: Final = 1000


def link_persons(scratch: Scratch, settings: Settings) -> None:
    """Make `link` and `candidate`, as land.py says them."""
    _make_grounds(scratch, settings)
    _obey(scratch)
    _recall(scratch, settings)
    _keep(scratch, _MADE)
    for place in range(max(len(settings.rules.of(kind)) for kind in Kind)):
        made = {kind: settings.rules.of(kind)[place] for kind in Kind if place < len(settings.rules.of(kind))}
        _pair(scratch, made, settings)
        _count(scratch)
        _keep(scratch, place, "AND (person_id, account_id) IN (SELECT person_id, account_id FROM pair)")
        _take_sole(scratch, made)
        _keep(scratch, place)
        _dispute(scratch, made)
    _keep(scratch, _GONE)
    _conclude(scratch)


def _make_grounds(scratch: Scratch, settings: Settings) -> None:
    """Make `seeker`, the live records of those who may be linked; `whose`, all records' strong keys; empty tables.

    Of a million records only what the rules look at is kept a second time.
    """
    keys = {rule.key for kind in Kind for rule in settings.rules.of(kind)}
    seen = sorted({_RECORD_COLUMNS[each] for each in keys})
    scratch.run(
        f"""
        CREATE TABLE spoken AS SELECT DISTINCT ON (person_id) s.person_id, r.word, r.account_id
            FROM ruling r JOIN person_record s USING (connection_id, sourced_id)
            WHERE r.word IN ('{Ruling.LINK}', '{Ruling.CREATE}', '{Ruling.IGNORE}') ORDER BY s.person_id, r.id DESC;
        CREATE TABLE seeker AS SELECT s.person_id, p.kind{"".join(f", r.{each}" for each in seen)}
            FROM person_record s JOIN person p USING (person_id) JOIN record r USING (rec)
            WHERE r.status = 'active' AND len(r.roles) > 0
                AND s.person_id NOT IN (SELECT person_id FROM spoken WHERE word <> '{Ruling.LINK}');
        CREATE VIEW whose AS SELECT s.person_id, r.key_sourced_id, r.key_master
            FROM person_record s JOIN record r USING (rec);
        CREATE VIEW holder AS SELECT * FROM account WHERE status <> '{Status.PURGED}';
        CREATE TABLE linked (person_id BIGINT, account_id BIGINT, result VARCHAR, reason VARCHAR);
        CREATE TABLE claimed (person_id BIGINT, account_id BIGINT, rule VARCHAR, place BIGINT, why VARCHAR);
        CREATE TABLE tried (person_id BIGINT, why VARCHAR);
        """
    )


def _obey(scratch: Scratch) -> None:
    """Link whom somebody linked; of several who were given one account, the last one has it."""
    scratch.run(
        f"""
        INSERT INTO linked SELECT person_id, account_id, '{Result.LINKED}', 'ruling' FROM (
            SELECT DISTINCT ON (r.account_id) s.person_id, r.account_id FROM ruling r
                JOIN person_record s USING (connection_id, sourced_id) JOIN spoken p USING (person_id)
                JOIN holder a ON a.id = r.account_id
            WHERE r.word = '{Ruling.LINK}' AND p.word = r.word AND p.account_id = r.account_id
            ORDER BY r.account_id, r.id DESC
        )
        """
    )


def _recall(scratch: Scratch, settings: Settings) -> None:
    """Make `known_link`: the known links that may stay, each with the place of the rule that made it."""
    places = "".join(
        f" WHEN p.kind = '{kind}' AND k.reason = {literal(rule.word)} THEN {place}"
        for kind in Kind
        for place, rule in enumerate(settings.rules.of(kind))
    )
    scratch.run(
        f"""
        CREATE TABLE pair AS SELECT p.person_id, a.id AS account_id, false AS by_sourced_id, {_KINDS_FIT} AS fits
            FROM known_person k JOIN heir h ON h.known_id = k.person_id JOIN person p ON p.person_id = h.person_id
                JOIN holder a ON a.id = k.account_id
            WHERE k.account_id > 0 AND k.reason <> 'ruling'
                AND p.person_id NOT IN (SELECT person_id FROM linked)
                AND p.person_id NOT IN (SELECT person_id FROM spoken WHERE word = '{Ruling.IGNORE}'
                    OR (word = '{Ruling.CREATE}' AND k.result <> '{Result.CREATED}'));
        """
    )
    _forbid(scratch)
    scratch.run(
        f"""
        CREATE TABLE known_link AS
        SELECT p.person_id, k.account_id, k.result, k.reason, CASE WHEN k.result = '{Result.CREATED}' THEN {_MADE}
            {places} ELSE {_GONE} END AS place
        FROM known_person k JOIN heir h ON h.known_id = k.person_id JOIN person p ON p.person_id = h.person_id
            JOIN pair t ON t.person_id = p.person_id AND t.account_id = k.account_id AND t.fits AND NOT t.forbidden
        QUALIFY row_number() OVER (PARTITION BY p.person_id ORDER BY k.person_id <> p.person_id, k.person_id) = 1;
        DROP TABLE pair;
        """
    )


_KINDS_FIT: Final = f"(a.kind = '' OR a.origin = '{Origin.SYNC}' OR list_contains(p.kinds, a.kind))"


def _keep(scratch: Scratch, place: int, only: str = "") -> None:
    """Let the known links of a place stay where person and account are still free."""
    scratch.run(
        "INSERT INTO linked SELECT person_id, account_id, result, reason FROM known_link k"
        f" WHERE place = {place} {only} AND person_id NOT IN (SELECT person_id FROM linked)"
        " AND account_id NOT IN (SELECT account_id FROM linked)"
        " QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY person_id) = 1"
    )


def _pair(scratch: Scratch, rules: dict[Kind, Rule], settings: Settings) -> None:
    """Make `pair`: who and which account have an equal value by their kind's rule, whether the kinds fit, and whether a
    stronger key forbids it."""
    scratch.run("CREATE OR REPLACE TABLE wanted (person_id BIGINT, account_id BIGINT, by_sourced_id BOOLEAN)")
    for rule in dict.fromkeys(rules.values()):
        kinds = ", ".join(literal(kind) for kind in rules if rules[kind] == rule)
        theirs, ours = _values(rule, settings), _account_values(rule)
        scratch.run(
            f"CREATE OR REPLACE TABLE sought AS SELECT * FROM ({theirs}) ANTI JOIN linked USING (person_id)"
            f" WHERE kind IN ({kinds})"
        )
        # A sourcedId everybody has; that no account carries it says nothing of the person.
        if rule.key is not Key.SOURCED_ID:
            scratch.run("INSERT INTO tried SELECT person_id, 'key' FROM sought")
        scratch.run(
            f"INSERT INTO wanted SELECT DISTINCT s.person_id, a.id, {rule.against is Field.SOURCED_ID}"
            f" FROM sought s JOIN ({ours}) a ON a.value = s.value"
        )
    scratch.run(
        f"CREATE OR REPLACE TABLE pair AS SELECT w.person_id, w.account_id, w.by_sourced_id, {_KINDS_FIT} AS fits"
        " FROM wanted w JOIN holder a ON a.id = w.account_id JOIN person p USING (person_id)"
    )
    scratch.run("INSERT INTO tried SELECT person_id, 'kind' FROM pair WHERE NOT fits")
    scratch.run("DELETE FROM pair WHERE NOT fits")
    _forbid(scratch)


def _values(rule: Rule, settings: Settings) -> str:
    """A query of person_id, kind, value: what the rule looks at in the roster."""
    if rule.key is Key.USER_ID:
        told = "SELECT person_id, kind, unnest(user_ids::JSON::VARCHAR[]) AS each FROM seeker WHERE user_ids <> ''"
        value, source = "userid_value(each)", f"({told}) WHERE userid_type(each) = {literal(_type(rule))}"
        return f"SELECT * FROM (SELECT person_id, kind, {value} AS value FROM {source}) WHERE value <> ''"
    if rule.key is not Key.EMAIL_LOCAL:
        column = _RECORD_KEYS[rule.key]
        return f"SELECT person_id, kind, {column} AS value FROM seeker WHERE {column} <> ''"
    local, domain = "split_part(key_email, '@', 1)", "split_part(key_email, '@', 2)"
    value = local
    if rule.against is Field.EMAIL:
        known = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in settings.domains.items())
        value = f"{local} || '@' || CASE lower({domain}) {known} END" if known else "NULL::VARCHAR"
    told = f"SELECT person_id, kind, {value} AS value FROM seeker WHERE key_email <> ''"
    return f"SELECT * FROM ({told}) WHERE value <> ''"


def _account_values(rule: Rule) -> str:
    """A query of id, value: what the rule looks at in the directory."""
    if rule.against is not Field.USER_ID:
        column = _ACCOUNT_KEYS[rule.against]
        return f"SELECT id, {column} AS value FROM holder WHERE {column} <> ''"
    told = "SELECT id, unnest(user_ids::JSON::VARCHAR[]) AS each FROM holder WHERE user_ids <> ''"
    return (
        f"SELECT id, userid_value(each) AS value FROM ({told})"
        f" WHERE userid_type(each) = {literal(_type(rule))} AND userid_value(each) <> ''"
    )


def _type(rule: Rule) -> str:
    return rule.type.strip().lower()


def _forbid(scratch: Scratch) -> None:
    """Add ``forbidden`` to `pair`: the account's own strong keys say that it is somebody else's."""
    found = ["SELECT 0::BIGINT AS person_id, 0::BIGINT AS account_id WHERE false"]
    if scratch.count("SELECT count(*) FROM (SELECT 1 FROM holder WHERE key_master <> '' LIMIT 1)"):
        # Either has another one than the person has, or is that of another person.
        found.append(
            "SELECT t.person_id, t.account_id FROM pair t JOIN holder a ON a.id = t.account_id AND a.key_master <> ''"
            " JOIN whose w ON w.person_id = t.person_id AND w.key_master <> ''"
            " GROUP BY ALL HAVING NOT bool_or(w.key_master = a.key_master)"
        )
        found.append(_of_another("key_master", "true"))
    if scratch.count("SELECT count(*) FROM (SELECT 1 FROM holder WHERE key_sourced_id <> '' LIMIT 1)"):
        found.append(_of_another("key_sourced_id", "NOT t.by_sourced_id"))
    scratch.run(
        "CREATE OR REPLACE TABLE paired AS SELECT t.*, f.person_id IS NOT NULL AS forbidden FROM pair t LEFT JOIN"
        f" (SELECT DISTINCT * FROM ({' UNION ALL '.join(found)})) f USING (person_id, account_id);"
        "DROP TABLE pair; ALTER TABLE paired RENAME TO pair"
    )


def _of_another(key: str, only: str) -> str:
    return (
        f"SELECT t.person_id, t.account_id FROM pair t JOIN holder a ON a.id = t.account_id AND a.{key} <> ''"
        f" JOIN whose w ON w.{key} = a.{key} WHERE {only} GROUP BY ALL HAVING NOT bool_or(w.person_id = t.person_id)"
    )


def _count(scratch: Scratch) -> None:
    """Make `open_pair`, the pairs of whom no earlier rule has linked, with how many there are of each."""
    scratch.run(
        """
        CREATE OR REPLACE TABLE open_pair AS SELECT person_id, account_id,
                count(*) OVER (PARTITION BY person_id) AS accounts, count(*) OVER (PARTITION BY account_id) AS persons
            FROM pair WHERE NOT forbidden AND account_id NOT IN (SELECT account_id FROM linked)
        """
    )


def _take_sole(scratch: Scratch, rules: dict[Kind, Rule]) -> None:
    """Link what is one to one: whom an earlier rule left disputed, only with one of the candidates."""
    scratch.run(
        f"""
        INSERT INTO linked SELECT o.person_id, o.account_id, '{Result.LINKED}', {_word(rules)}
        FROM open_pair o JOIN person p USING (person_id)
        WHERE o.accounts = 1 AND o.persons = 1 AND o.person_id NOT IN (SELECT person_id FROM linked)
            AND o.account_id NOT IN (SELECT account_id FROM linked) AND (
                (o.person_id, o.account_id) IN
                    (SELECT person_id, account_id FROM claimed WHERE why NOT IN ('key_disagrees', 'account_taken'))
                OR (o.person_id NOT IN (SELECT person_id FROM claimed)
                    AND o.account_id NOT IN (SELECT account_id FROM claimed WHERE why LIKE 'several%')))
        """
    )


def _dispute(scratch: Scratch, rules: dict[Kind, Rule]) -> None:
    """Keep what is not one to one, is forbidden, or would be an account that somebody else has."""
    place = scratch.count("SELECT coalesce(max(place), 0) + 1 FROM claimed")
    scratch.run(
        f"""
        INSERT INTO claimed SELECT t.person_id, t.account_id, {_word(rules)}, {place}, CASE WHEN forbidden THEN
            'key_disagrees' WHEN accounts > 1 THEN 'several_accounts' WHEN persons > 1 AND l.account_id IS NULL
            THEN 'several_persons' ELSE 'account_taken' END
        FROM (SELECT * FROM pair ANTI JOIN linked USING (person_id)) t
            LEFT JOIN open_pair o USING (person_id, account_id) LEFT JOIN linked l USING (account_id)
            JOIN person p ON p.person_id = t.person_id
        """
    )


def _word(rules: dict[Kind, Rule]) -> str:
    """The word of the rule of person ``p``."""
    return f"CASE p.kind {' '.join(f'WHEN {literal(k)} THEN {literal(r.word)}' for k, r in rules.items())} ELSE '' END"


def _conclude(scratch: Scratch) -> None:
    why = " ".join(f"WHEN '{word}' THEN {place}" for place, word in enumerate(_DISPUTES))
    scratch.run(
        f"""
        CREATE TABLE candidate AS SELECT person_id, account_id, arg_min(rule, place) AS rule FROM claimed
            WHERE person_id NOT IN (SELECT person_id FROM linked) GROUP BY ALL;
        CREATE TABLE link AS
        WITH dispute AS (
            SELECT person_id, arg_min(why, place * 10 + CASE why {why} END) AS why FROM claimed GROUP BY ALL
        ), ways AS (
            SELECT person_id, bool_or(why = 'kind') AS other_kind, bool_or(why = 'key') AS has_key
            FROM tried ANTI JOIN linked USING (person_id) GROUP BY ALL
        ), roles AS (
            SELECT DISTINCT s.person_id
            FROM (SELECT * FROM person_record ANTI JOIN linked USING (person_id)) s JOIN record r USING (rec)
            WHERE r.status = 'active' AND len(r.roles) > 0
        )
        SELECT p.person_id,
            CASE WHEN l.person_id IS NOT NULL THEN l.result WHEN v.word = '{Ruling.IGNORE}' THEN '{Result.IGNORED}'
                WHEN d.person_id IS NOT NULL THEN '{Result.DISPUTED}' ELSE '{Result.UNMATCHED}' END AS result,
            CASE WHEN l.person_id IS NOT NULL THEN l.reason WHEN v.word IN ('{Ruling.IGNORE}', '{Ruling.CREATE}')
                THEN 'ruling' WHEN d.person_id IS NOT NULL THEN d.why WHEN p.status <> 'active' THEN 'left'
                WHEN o.person_id IS NULL THEN 'no_role' WHEN w.other_kind THEN 'other_kind'
                WHEN w.has_key THEN 'no_account' ELSE 'no_key' END AS reason,
            coalesce(l.account_id, 0) AS account_id
        FROM person p LEFT JOIN linked l USING (person_id) LEFT JOIN spoken v USING (person_id)
            LEFT JOIN dispute d USING (person_id) LEFT JOIN ways w USING (person_id)
            LEFT JOIN roles o USING (person_id);
        """
    )
    scratch.run("DROP VIEW whose; DROP VIEW holder")
    for name in ("spoken", "seeker", "linked", "claimed", "tried", "known_link"):
        scratch.run(f"DROP TABLE {name}")
    for name in ("wanted", "sought", "pair", "open_pair"):
        scratch.run(f"DROP TABLE IF EXISTS {name}")
