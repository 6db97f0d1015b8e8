"""Which records speak of one human: `component` (rec, comp, reason). A record without a row there is one by itself.

The rules, see docs/matching.md:

- A ruling joins two records; equal userMasterIdentifiers do.
- An equal userId of one type joins where the given names agree, too: a household's number is not a human's.
- An equal e-mail address joins where the given names agree, too; of staff of two connections also without, where each
  connection has it once. Nothing rests on it where a userMasterIdentifier or a userId of one type disagrees.
- By userId or e-mail address a student is never joined with a parent or with staff.
- What more than `_MOST` records share joins nobody, and a record that was ruled to be split off is joined with none.
- Where e-mail addresses and userIds would join two userMasterIdentifiers, or more than `_MOST` records, they do not.
"""

from typing import Final

from rosterkeeper.matching.tables import Kind, Ruling
from rosterkeeper.scratch import Scratch

RULED: Final = "ruling"
MASTER: Final = "user_master_identifier"
USER_ID: Final = "user_id"
EMAIL: Final = "email"
# So many records of one human are believed.
_MOST: Final = 10
# Steps from one end of a component to the other; what is longer is not believed to be one.
_STEPS: Final = 20


def join_records(scratch: Scratch) -> None:
    """Make `component`; `record` and `ruling` must be there."""
    _find_pairs(scratch)
    ruled = f"SELECT count(*) FROM ruling WHERE word = '{Ruling.JOIN}'"
    if scratch.count("SELECT count(*) FROM shared") + scratch.count(ruled):
        _join_pairs(scratch)
    else:
        # A district where nobody shares anything has no pairs to judge, and is not asked about them.
        scratch.run("CREATE TABLE component (rec BIGINT, comp BIGINT, reason VARCHAR)")
    for name in ("shared", "several", "holder", "edge", "firm", "loose", "too_much", "way", "step"):
        scratch.run(f"DROP TABLE IF EXISTS {name}")


def _join_pairs(scratch: Scratch) -> None:
    _judge_pairs(scratch)
    spread(scratch, f"SELECT a, b FROM edge WHERE reason IN ('{RULED}', '{MASTER}')", "firm")
    spread(scratch, "SELECT a, b FROM edge", "loose")
    scratch.run(_TOO_MUCH)
    scratch.run(_COMPONENT)


def spread(scratch: Scratch, edges: str, name: str) -> None:
    """Make the table ``name`` (rec, comp): the connected components of the edges (a, b), by their smallest member."""
    scratch.run(f"CREATE OR REPLACE TABLE way AS SELECT a, b FROM ({edges}) UNION SELECT b, a FROM ({edges})")
    scratch.run(f"CREATE OR REPLACE TABLE {name} AS SELECT a AS rec, least(a, min(b)) AS comp FROM way GROUP BY a")
    for _ in range(_STEPS):
        scratch.run(
            f"CREATE OR REPLACE TABLE step AS SELECT n.rec, least(n.comp, min(m.comp)) AS comp, n.comp AS was"
            f" FROM {name} n JOIN way w ON w.a = n.rec JOIN {name} m ON m.rec = w.b GROUP BY n.rec, n.comp"
        )
        moved = scratch.count("SELECT count(*) FROM step WHERE comp <> was")
        scratch.run(f"CREATE OR REPLACE TABLE {name} AS SELECT rec, comp FROM step")
        if not moved:
            break


def _find_pairs(scratch: Scratch) -> None:
    """Make `shared`: pairs of records, the smaller first, and the key that both have."""
    # Whatever is equal is so without case and blanks, too.
    bare = "lower(user_ids[2:-2])"
    for each in ' {}"':
        bare = f"replace({bare}, '{each}', '')"
    split = f"string_split({bare}, ',')"
    user_ids = f"SELECT rec, user_ids, unnest({split}) AS value FROM record WHERE user_ids <> ''"
    sources = {
        MASTER: "SELECT rec, key_master AS value FROM record WHERE key_master <> ''",
        USER_ID: user_ids,
        EMAIL: "SELECT rec, key_email AS value FROM record WHERE key_email <> ''",
    }
    scratch.run("CREATE TABLE shared (a BIGINT, b BIGINT, key VARCHAR)")
    for key, source in sources.items():
        # A hash holds a million values in little; the pairs of the few equal ones are then compared by value.
        scratch.run(
            f"CREATE OR REPLACE TABLE several AS SELECT h FROM (SELECT hash(value) AS h FROM ({source}))"
            " GROUP BY h HAVING count(*) > 1"
        )
        if not scratch.count("SELECT count(*) FROM several"):
            continue
        holders = f"SELECT rec, value FROM (SELECT *, hash(value) AS h FROM ({source})) SEMI JOIN several USING (h)"
        if key == USER_ID:
            exact = "SELECT rec, unnest(user_ids::JSON::VARCHAR[]) AS each FROM record WHERE rec IN (SELECT rec FROM"
            exact = f"SELECT DISTINCT rec, userid_key(each) AS value FROM ({exact} ({holders})))"
            holders = f"SELECT * FROM ({exact}) WHERE value <> ''"
        scratch.run(
            f"CREATE OR REPLACE TABLE holder AS SELECT rec, value FROM ({holders})"
            f" QUALIFY count(*) OVER (PARTITION BY value) BETWEEN 2 AND {_MOST}"
        )
        scratch.run(
            f"INSERT INTO shared SELECT DISTINCT x.rec, y.rec, '{key}' FROM holder x JOIN holder y USING (value)"
            " WHERE x.rec < y.rec"
        )


def _judge_pairs(scratch: Scratch) -> None:
    """Make `edge` (a, b, reason): the pairs that join."""
    scratch.run(_FACT)
    scratch.run(_OTHER_ID)
    kinds_fit = f"(x.kind = y.kind OR (x.kind <> '{Kind.STUDENT}' AND y.kind <> '{Kind.STUDENT}'))"
    masters_fit = "(x.key_master = '' OR y.key_master = '' OR x.key_master = y.key_master)"
    lone_staff = (
        f"(x.kind = '{Kind.STAFF}' AND y.kind = '{Kind.STAFF}' AND x.connection_id <> y.connection_id"
        " AND x.is_lone AND y.is_lone)"
    )
    scratch.run(
        f"""
        CREATE TABLE edge AS
        SELECT s.a, s.b, s.key AS reason FROM shared s JOIN fact x ON x.rec = s.a JOIN fact y ON y.rec = s.b
        WHERE s.key = '{MASTER}' OR ({kinds_fit} AND {masters_fit} AND (
            (s.key = '{USER_ID}' AND list_has_any(x.given, y.given))
            OR (s.key = '{EMAIL}' AND (list_has_any(x.given, y.given) OR {lone_staff})
                AND NOT EXISTS (SELECT 1 FROM other_id o WHERE o.a = s.a AND o.b = s.b))))
        UNION
        SELECT least(x.rec, y.rec), greatest(x.rec, y.rec), '{RULED}' FROM ruling r
            JOIN record x USING (connection_id, sourced_id)
            JOIN record y ON y.connection_id = r.other_connection_id AND y.sourced_id = r.other_sourced_id
        WHERE r.word = '{Ruling.JOIN}' AND x.rec <> y.rec
        """
    )
    alone = (
        f"SELECT rec FROM record SEMI JOIN (SELECT * FROM ruling WHERE word = '{Ruling.SPLIT}')"
        " USING (connection_id, sourced_id)"
    )
    scratch.run(f"DELETE FROM edge WHERE a IN ({alone}) OR b IN ({alone})")
    scratch.run("DROP TABLE fact; DROP TABLE other_id")


# What pairs are judged by: given names by their first word, and whether the connection's staff has the address once.
_FACT: Final = f"""
    CREATE TABLE fact AS
    SELECT r.rec, r.connection_id, r.kind, r.key_master, r.user_ids,
        list_filter(list_transform([given_name, preferred_given_name],
            lambda each: string_split(fold(trim(each)), ' ')[1]), lambda each: each <> '') AS given,
        count(*) FILTER (r.kind = '{Kind.STAFF}') OVER (PARTITION BY r.connection_id, r.key_email) = 1 AS is_lone
    FROM record r SEMI JOIN (SELECT a AS rec FROM shared UNION SELECT b FROM shared) s USING (rec)
"""
# Pairs with an equal address of which both have userIds of a type, and none of it is equal.
_OTHER_ID: Final = f"""
    CREATE TABLE other_id AS
    WITH held AS (
        SELECT rec, userid_type(each) AS type, list(userid_key(each)) AS ids
        FROM (SELECT rec, unnest(user_ids::JSON::VARCHAR[]) AS each FROM fact WHERE user_ids <> '')
        WHERE userid_key(each) <> '' GROUP BY ALL
    )
    SELECT DISTINCT s.a, s.b FROM shared s JOIN held x ON x.rec = s.a JOIN held y ON y.rec = s.b AND y.type = x.type
    WHERE s.key = '{EMAIL}' AND NOT list_has_any(x.ids, y.ids)
"""
# What the keys that may err would join too much of: two humans who are known as two, or a crowd.
_TOO_MUCH: Final = f"""
    CREATE TABLE too_much AS
    SELECT l.comp FROM loose l JOIN record r USING (rec) LEFT JOIN firm f USING (rec) GROUP BY l.comp
    HAVING count(DISTINCT CASE WHEN r.key_master <> '' THEN coalesce(f.comp, l.rec) END) > 1
        OR (count(*) > {_MOST} AND count(DISTINCT coalesce(f.comp, l.rec)) > 1)
"""
_COMPONENT: Final = f"""
    CREATE TABLE component AS
    WITH joined AS (
        SELECT l.rec, CASE WHEN t.comp IS NULL THEN l.comp ELSE coalesce(f.comp, l.rec) END AS comp,
            t.comp IS NULL AS is_loose
        FROM loose l LEFT JOIN firm f USING (rec) LEFT JOIN too_much t ON t.comp = l.comp
    ), why AS (
        SELECT rec, arg_min(reason, place) AS reason FROM (
            SELECT unnest([a, b]) AS rec, reason, CASE reason WHEN '{RULED}' THEN 0 WHEN '{MASTER}' THEN 1
                WHEN '{USER_ID}' THEN 2 ELSE 3 END AS place FROM edge
        ) JOIN joined USING (rec) WHERE is_loose OR place < 2 GROUP BY rec
    )
    SELECT j.rec, j.comp, coalesce(w.reason, '') AS reason FROM joined j LEFT JOIN why w USING (rec)
"""
