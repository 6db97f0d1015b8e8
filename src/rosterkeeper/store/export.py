"""export: the active roster as a OneRoster CSV zip, bulk, conforming to 1.1 or 1.2."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rosterkeeper.engine import forms
from rosterkeeper.oneroster.fields import (
    BASE_FIELDS,
    ENTITIES,
    FILES_V1P1,
    FILES_V1P2,
    METADATA_PREFIX,
    PASSWORD_FIELDS,
    ROLES,
    USERS,
    V1P1,
    V1P2,
    Entity,
    Field,
)
from rosterkeeper.oneroster.manifest import manifest_text
from rosterkeeper.oneroster.vocabulary import ROLE_TO_V1P1, ROLE_TO_V1P2
from rosterkeeper.scratch import Scratch, quoted
from rosterkeeper.store.live import StoredRoster
from rosterkeeper.store.state_hash import one_role

SYSTEM_NAME: Final = "Rosterkeeper"


def export_roster(scratch: Scratch, live: StoredRoster, *, version: str, out: Path) -> dict[str, int]:
    """Write the zip (whole, or not at all) and return how many rows each file holds."""
    for entity in ENTITIES:
        scratch.land(
            f"CREATE TABLE hash_{entity.table} AS SELECT * FROM incoming", live.everything(entity, active_only=True)
        )
    rows: dict[str, int] = {}
    files: dict[str, Path] = {}
    for entity in ENTITIES:
        if version not in entity.versions:
            continue
        where = " WHERE e.org_sourced_id <> ''" if entity is ROLES else ""
        number = scratch.count(f"SELECT count(*) FROM hash_{entity.table} e{where}")
        if number:
            path = scratch.folder / entity.file
            _write_csv(scratch, entity, version, path, where)
            files[entity.name] = path
            rows[entity.name] = number
    every = FILES_V1P1 if version == V1P1 else FILES_V1P2
    manifest = manifest_text(
        version, {name: "bulk" if name in files else "absent" for name in every}, system_name=SYSTEM_NAME
    )
    unfinished = out.with_name(f".{out.name}.unfinished")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        package.writestr("manifest.csv", manifest)
        for name, path in files.items():
            package.write(path, f"{name}.csv")
    unfinished.chmod(0o600)
    unfinished.replace(out)
    return rows


def _write_csv(scratch: Scratch, entity: Entity, version: str, path: Path, where: str) -> None:
    cells = [
        f"{_cell(entity, field, version)} AS {quoted(field.csv)}"
        for field in entity.fields
        if version in field.versions
    ]
    for key in _metadata_keys(scratch, entity):
        value = f"coalesce(json_extract_string(nullif(e.metadata, '')::JSON, {forms.literal(_pointer(key))}), '')"
        cells.append(f"{value} AS {quoted(METADATA_PREFIX + key)}")
    source = f"hash_{entity.table} e"
    if entity is USERS:
        source += f" LEFT JOIN ({one_role()}) r ON r.user_id = e.sourced_id"
    target = str(path).replace("'", "''")
    scratch.run(
        f"COPY (SELECT {', '.join(cells)} FROM {source}{where} ORDER BY e.sourced_id)"
        f" TO '{target}' (FORMAT csv, HEADER true, DELIMITER ',', QUOTE '\"', ESCAPE '\"', NULLSTR '')"
    )


def _cell(entity: Entity, field: Field, version: str) -> str:
    """One cell as the CSV binding writes it; status and dateLastModified are blank in a bulk file."""
    name = f"e.{quoted(field.column)}"
    if field.csv in BASE_FIELDS[1:] or field.csv in PASSWORD_FIELDS:
        return "''"
    if entity is USERS and field.csv == "orgSourcedIds":
        return _joined("coalesce(r.v1p1_orgs, '')")
    if entity is USERS and field.csv == "role":
        return "coalesce(r.v1p1_role, '')"
    if entity is ROLES and field.csv == "role":
        return _mapped(name, ROLE_TO_V1P2 if version == V1P2 else ROLE_TO_V1P1)
    if field.is_list:
        return _joined(name)
    # A field may not hold a line break (format rules of both bindings).
    return f"regexp_replace({name}, '[\\r\\n]+', ' ', 'g')"


def _joined(cell: str) -> str:
    """A list as one cell: comma separated, and so no item may hold a comma."""
    items = f"list_transform({cell}::JSON::VARCHAR[], lambda item: replace(item, ',', ' '))"
    return f"CASE WHEN {cell} = '' THEN '' ELSE array_to_string({items}, ',') END"


def _mapped(cell: str, words: Mapping[str, str]) -> str:
    pairs = ", ".join(f"{forms.literal(old)}: {forms.literal(new)}" for old, new in words.items())
    return f"coalesce(MAP {{{pairs}}}[{cell}], {cell})"


def _metadata_keys(scratch: Scratch, entity: Entity) -> list[str]:
    rows = scratch.rows(
        f"SELECT DISTINCT unnest(json_keys(metadata::JSON)) AS key FROM hash_{entity.table}"
        " WHERE metadata <> '' ORDER BY key"
    )
    return [str(row[0]) for row in rows]


def _pointer(key: str) -> str:
    """A JSON pointer to a top-level key (RFC 6901)."""
    return "/" + key.replace("~", "~0").replace("/", "~1")
