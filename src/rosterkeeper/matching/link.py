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
    """Find what `conclude_links` makes `link` and `candidate` of, as land.py says them."""
    _make_grounds(scratch, settings)
    _obey(scratch)
    _recall(scratch, settings)
    _keep(scratch, _MADE)
    for place in range(max(len(settings.rules.of(kind)) for kind in Kind)):
        made = {kind: settings.rules.of(kind)[place] for kind in Kind if place < len(settings.rules.of(kind))}
        _pair(scratch, made, settings)
        _count(scratch)
        _keep(scratch, place, "SEMI JOIN pair USING (person_id, account_id)")
        _take_sole(scratch, made)
        _keep(scratch, place)
        _dispute(scratch, made)
    _keep(scratch, _GONE)


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
            FROM record r JOIN person_record s USING (rec) JOIN person p USING (person_id)
                ANTI JOIN (SELECT person_id FROM spoken WHERE word <> '{Ruling.LINK}') o USING (person_id)
            WHERE r.status = 'active' AND len(r.roles) > 0;
        CREATE VIEW whose AS SELECT s.person_id, r.key_sourced_id, r.key_master
            FROM person_record s JOIN record r USING (rec);
        CREATE VIEW holder AS SELECT * FROM account WHERE status <> '{Status.PURGED}';
        CREATE TABLE linked (person_id BIGINT, account_id BIGINT, result VARCHAR, reason VARCHAR);
        CREATE TABLE claimed (person_id BIGINT, account_id BIGINT, rule VARCHAR, place BIGINT, why VARCHAR);
        CREATE TABLE of_other_kind (person_id BIGINT);
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
        CREATE OR REPLACE TABLE pair AS SELECT p.person_id, a.id AS account_id, p.kind,
                a.key_master <> '' AS has_master, a.key_sourced_id <> '' AS has_sourced_id, false AS forbidden
            FROM known_person k JOIN heir h ON h.known_id = k.person_id JOIN person p ON p.person_id = h.person_id
                JOIN holder a ON a.id = k.account_id
            WHERE k.account_id > 0 AND k.reason <> 'ruling' AND {_KINDS_FIT}
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
            JOIN pair t ON t.person_id = p.person_id AND t.account_id = k.account_id AND NOT t.forbidden
        QUALIFY row_number() OVER (PARTITION BY p.person_id ORDER BY k.person_id <> p.person_id, k.person_id) = 1
        """
    )


_KINDS_FIT: Final = f"(a.kind = '' OR a.origin = '{Origin.SYNC}' OR list_contains(p.kinds, a.kind))"


def _keep(scratch: Scratch, place: int, only: str = "") -> None:
    """Let the known links of a place stay where person and account are still free."""
    if not scratch.count(f"SELECT count(*) FROM known_link WHERE place = {place}"):
        return
    scratch.run(
        "INSERT INTO linked SELECT person_id, account_id, result, reason FROM known_link"
        f" ANTI JOIN linked l USING (person_id) ANTI JOIN linked m USING (account_id) {only} WHERE place = {place}"
        " QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY person_id) = 1"
    )


def _pair(scratch: Scratch, rules: dict[Kind, Rule], settings: Settings) -> None:
    """Make `pair`: who and which account have an equal value by their kind's rule and fit by their kinds.

    ``has_master`` and ``has_sourced_id`` are such keys of the account's as may say that it is somebody else's: the key
    by which the two were found does not. ``forbidden`` is whether they do.
    """
    scratch.run(
        "CREATE OR REPLACE TABLE wanted (person_id BIGINT, account_id BIGINT, kind VARCHAR, is_open BOOLEAN,"
        " has_master BOOLEAN, has_sourced_id BOOLEAN)"
    )
    for rule in dict.fromkeys(rules.values()):
        by_master = rule.key is Key.MASTER and rule.against is Field.MASTER
        scratch.run(
            f"INSERT INTO wanted SELECT DISTINCT s.person_id, a.id, s.kind, a.kind = '' OR a.origin = '{Origin.SYNC}',"
            f" a.key_master <> '' AND NOT {by_master},"
            f" a.key_sourced_id <> '' AND NOT {rule.against is Field.SOURCED_ID}"
            f" FROM (SELECT * FROM ({_values(rule, settings)}) ANTI JOIN linked USING (person_id)"
            f" WHERE kind IN ({_kinds(rules, rule)})) s JOIN ({_account_values(rule)}) a ON a.value = s.value"
        )
    columns = "w.person_id, w.account_id, w.kind, w.has_master, w.has_sourced_id, false AS forbidden"
    closed = "(SELECT * FROM wanted WHERE NOT is_open) w JOIN holder a ON a.id = w.account_id JOIN person p"
    scratch.run(
        f"CREATE OR REPLACE TABLE pair AS SELECT {columns} FROM wanted w WHERE is_open"
        f" UNION ALL SELECT {columns} FROM {closed} USING (person_id) WHERE {_KINDS_FIT}"
    )
    scratch.run(f"INSERT INTO of_other_kind SELECT person_id FROM {closed} USING (person_id) WHERE NOT {_KINDS_FIT}")
    _forbid(scratch)


def _kinds(rules: dict[Kind, Rule], rule: Rule) -> str:
    return ", ".join(literal(kind) for kind in rules if rules[kind] == rule)


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
        return (
            f"SELECT id, {column} AS value, kind, origin, key_master, key_sourced_id FROM holder WHERE {column} <> ''"
        )
    more = "kind, origin, key_master, key_sourced_id"
    told = f"SELECT id, {more}, unnest(user_ids::JSON::VARCHAR[]) AS each FROM holder WHERE user_ids <> ''"
    return (
        f"SELECT id, userid_value(each) AS value, {more} FROM ({told})"
        f" WHERE userid_type(each) = {literal(_type(rule))} AND userid_value(each) <> ''"
    )


def _type(rule: Rule) -> str:
    return rule.type.strip().lower()


def _forbid(scratch: Scratch) -> None:
    """Say in `pair` where the account's own strong keys say that it is somebody else's."""
    found = []
    if scratch.count("SELECT count(*) FROM pair WHERE has_master"):
        # Either has another one than the person has, or is that of another person.
        found.append(
            "SELECT t.person_id, t.account_id FROM pair t JOIN holder a ON a.id = t.account_id"
            " JOIN whose w ON w.person_id = t.person_id AND w.key_master <> ''"
            " WHERE t.has_master GROUP BY ALL HAVING NOT bool_or(w.key_master = a.key_master)"
        )
        found.append(_of_another("key_master", "t.has_master"))
    if scratch.count("SELECT count(*) FROM pair WHERE has_sourced_id"):
        found.append(_of_another("key_sourced_id", "t.has_sourced_id"))
    if found:
        scratch.run(
            f"UPDATE pair SET forbidden = true FROM (SELECT DISTINCT * FROM ({' UNION ALL '.join(found)})) f"
            " WHERE f.person_id = pair.person_id AND f.account_id = pair.account_id"
        )


def _of_another(key: str, only: str) -> str:
    return (
        "SELECT t.person_id, t.account_id FROM pair t JOIN holder a ON a.id = t.account_id"
        f" JOIN whose w ON w.{key} = a.{key} WHERE {only} GROUP BY ALL HAVING NOT bool_or(w.person_id = t.person_id)"
    )


def _count(scratch: Scratch) -> None:
    """Make `open_pair`, the pairs of whom no earlier rule has linked, and whether either is in several of them."""
    scratch.run(
        """
        CREATE OR REPLACE TABLE open_pair AS
        WITH unlinked AS (
            SELECT person_id, account_id, kind FROM pair ANTI JOIN linked USING (account_id) WHERE NOT forbidden
        )
        SELECT o.*, p.person_id IS NOT NULL AS has_several_accounts, a.account_id IS NOT NULL AS has_several_persons
        FROM unlinked o
            LEFT JOIN (SELECT person_id FROM unlinked GROUP BY person_id HAVING count(*) > 1) p USING (person_id)
            LEFT JOIN (SELECT account_id FROM unlinked GROUP BY account_id HAVING count(*) > 1) a USING (account_id)
        """
    )


def _take_sole(scratch: Scratch, rules: dict[Kind, Rule]) -> None:
    """Link what is one to one: whom an earlier rule left disputed, only with one of the candidates."""
    scratch.run(
        f"""
        INSERT INTO linked SELECT o.person_id, o.account_id, '{Result.LINKED}', {_word(rules)}
        FROM open_pair o ANTI JOIN linked l USING (person_id) ANTI JOIN linked m USING (account_id)
        WHERE NOT o.has_several_accounts AND NOT o.has_several_persons AND (
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
        INSERT INTO claimed SELECT o.person_id, o.account_id, {_word(rules)}, {place}, CASE WHEN forbidden THEN
            'key_disagrees' WHEN has_several_accounts THEN 'several_accounts'
            WHEN has_several_persons AND l.account_id IS NULL THEN 'several_persons' ELSE 'account_taken' END
        FROM (SELECT * FROM pair ANTI JOIN linked USING (person_id)) o
            LEFT JOIN open_pair c USING (person_id, account_id) LEFT JOIN linked l USING (account_id)
        """
    )


def _word(rules: dict[Kind, Rule]) -> str:
    """The word of the rule of the person of the pair ``o``."""
    return f"CASE o.kind {' '.join(f'WHEN {literal(k)} THEN {literal(r.word)}' for k, r in rules.items())} ELSE '' END"


def conclude_links(scratch: Scratch, settings: Settings) -> None:
    """Say of everybody whose account was found, and why none was."""
    # A sourcedId everybody has; that no account carries it says nothing of the person.
    tried = [
        f"SELECT person_id FROM ({_values(rule, settings)}) WHERE kind = '{kind}'"
        for kind in Kind
        for rule in settings.rules.of(kind)
        if rule.key is not Key.SOURCED_ID
    ]
    has_key = " UNION ALL ".join(tried) or "SELECT person_id FROM seeker WHERE false"
    why = " ".join(f"WHEN '{word}' THEN {place}" for place, word in enumerate(_DISPUTES))
    scratch.run(
        f"""
        CREATE OR REPLACE TABLE seeker AS SELECT * FROM seeker ANTI JOIN linked USING (person_id);
        CREATE TABLE candidate AS SELECT person_id, account_id, arg_min(rule, place) AS rule FROM claimed
            WHERE person_id NOT IN (SELECT person_id FROM linked) GROUP BY ALL;
        CREATE TABLE link AS
        WITH dispute AS (
            SELECT person_id, arg_min(why, place * 10 + CASE why {why} END) AS why FROM claimed GROUP BY ALL
        ), key AS (
            SELECT DISTINCT person_id FROM ({has_key})
        ), roles AS (
            SELECT DISTINCT s.person_id
            FROM (SELECT * FROM person_record ANTI JOIN linked USING (person_id)) s JOIN record r USING (rec)
            WHERE r.status = 'active' AND len(r.roles) > 0
        )
        SELECT person_id, result, reason, account_id FROM linked
        UNION ALL
        SELECT p.person_id,
            CASE WHEN v.word = '{Ruling.IGNORE}' THEN '{Result.IGNORED}'
                WHEN d.person_id IS NOT NULL THEN '{Result.DISPUTED}' ELSE '{Result.UNMATCHED}' END AS result,
            CASE WHEN v.word IN ('{Ruling.IGNORE}', '{Ruling.CREATE}') THEN 'ruling'
                WHEN d.person_id IS NOT NULL THEN d.why WHEN p.status <> 'active' THEN 'left'
                WHEN o.person_id IS NULL THEN 'no_role' WHEN w.person_id IS NOT NULL THEN 'other_kind'
                WHEN k.person_id IS NOT NULL THEN 'no_account' ELSE 'no_key' END AS reason,
            0 AS account_id
        FROM (SELECT * FROM person ANTI JOIN linked USING (person_id)) p LEFT JOIN spoken v USING (person_id)
            LEFT JOIN dispute d USING (person_id) LEFT JOIN key k USING (person_id)
            LEFT JOIN (SELECT DISTINCT person_id FROM of_other_kind) w USING (person_id)
            LEFT JOIN roles o USING (person_id);
        """
    )
    scratch.run("DROP VIEW whose; DROP VIEW holder")
    for name in ("spoken", "seeker", "linked", "claimed", "of_other_kind", "known_link"):
        scratch.run(f"DROP TABLE {name}")
    for name in ("wanted", "pair", "open_pair"):
        scratch.run(f"DROP TABLE IF EXISTS {name}")
