"""The state hash: one number that two equal rosters share, whatever brought them and wherever they stand.

The roster hash covers what CSV 1.1, CSV 1.2, REST 1.1 and REST 1.2 can all carry; docs/roster-hash.md is its
contract. With every field, it covers each stored field of each row, removed rows too.
"""

import hashlib

from rosterkeeper.engine import forms
from rosterkeeper.oneroster.fields import ENTITIES, ROLES, USER_PROFILES, USERS, Entity, Field
from rosterkeeper.oneroster.vocabulary import ROLE_PRECEDENCE, ROLE_TO_V1P1
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.store.live import StoredRoster
from rosterkeeper.store.schema import live_columns

# What a row's place in our tables says, and not the roster.
_BOOKKEEPING = ("connection_id", "district_id", "changed_run")


def state_hash(scratch: Scratch, live: StoredRoster, *, every_field: bool) -> str:
    """The SHA-256 over the rows' own hashes, in byte order of id, entity after entity."""
    digest = hashlib.sha256()
    for entity in ENTITIES:
        scratch.land(
            f"CREATE TABLE hash_{entity.table} AS SELECT * FROM incoming",
            live.everything(entity, active_only=not every_field),
        )
    for name, query in _every_field() if every_field else _shared_fields():
        digest.update(f"{name}\n".encode())
        for batch in scratch.reader(query):
            digest.update("".join(batch.column(0).to_pylist()).encode())
    return digest.hexdigest()


def _every_field() -> list[tuple[str, str]]:
    queries = []
    for entity in ENTITIES:
        cells = ", ".join(f"{quoted(each)}::VARCHAR" for each in live_columns(entity) if each not in _BOOKKEEPING)
        queries.append((entity.name, _lines(cells, f"hash_{entity.table}")))
    return queries


def _shared_fields() -> list[tuple[str, str]]:
    queries = []
    for entity in ENTITIES:
        if entity in (ROLES, USER_PROFILES):
            continue
        cells = ["sourced_id", *(_cell(field) for field in _shared(entity))]
        source = f"hash_{entity.table}"
        if entity is USERS:
            cells += ["coalesce(v1p1_role, '')", "coalesce(v1p1_orgs, '')"]
            source = f"hash_{USERS.table} LEFT JOIN ({one_role()}) r ON r.user_id = sourced_id"
        queries.append((entity.name, _lines(", ".join(cells), source)))
    queries.append(("agents", _agents()))
    return queries


def _shared(entity: Entity) -> list[Field]:
    # Agents are told apart as pairs, for one feed links one way and another both.
    return [field for field in entity.stored_fields if field.in_roster_hash and field.csv != "agentSourcedIds"]


def _cell(field: Field) -> str:
    name = quoted(field.column)
    if not field.is_list:
        return name
    return f"CASE WHEN {name} = '' THEN '' ELSE to_json(list_sort(list_distinct({name}::JSON::VARCHAR[])))::VARCHAR END"


def _lines(cells: str, source: str) -> str:
    return f"SELECT md5(concat_ws({forms.SEPARATOR}, {cells})) FROM {source} ORDER BY sourced_id"


def _agents() -> str:
    pairs = (
        "SELECT DISTINCT least(sourced_id, agent) AS one, greatest(sourced_id, agent) AS other FROM"
        " (SELECT sourced_id, unnest(agent_sourced_ids::JSON::VARCHAR[]) AS agent"
        f" FROM hash_{USERS.table} WHERE agent_sourced_ids <> '')"
    )
    return f"SELECT md5(concat_ws({forms.SEPARATOR}, one, other)) FROM ({pairs}) ORDER BY one, other"


def one_role() -> str:
    """A person as OneRoster 1.1 tells it: one role, all orgs (spec notes, section 3, serving 1.1 from 1.2)."""
    pairs = ", ".join(f"{forms.literal(new)}: {forms.literal(old)}" for new, old in ROLE_TO_V1P1.items())
    order = ", ".join(forms.literal(role) for role in ROLE_PRECEDENCE)
    told = f"CASE WHEN starts_with(l.role, 'ext:') THEN 'aide' ELSE coalesce(MAP {{{pairs}}}[l.role], l.role) END"
    return (
        "SELECT user_id, arg_min(told, place) AS v1p1_role,"
        " to_json(list_sort(list_distinct(list(org) FILTER (org <> ''))))::VARCHAR AS v1p1_orgs FROM ("
        f"SELECT l.user_sourced_id AS user_id, l.org_sourced_id AS org, {told} AS told,"
        " CASE WHEN l.role_type <> 'primary' THEN 200 WHEN u.primary_org_sourced_id = l.org_sourced_id THEN 0"
        f" ELSE 100 END + coalesce(nullif(list_position([{order}], {told}), 0), 99) AS place"
        f" FROM hash_{ROLES.table} l JOIN hash_{USERS.table} u ON u.sourced_id = l.user_sourced_id"
        ") GROUP BY user_id"
    )
