"""Migrations are frozen: an old one must mean tomorrow what it means today."""

import ast
import sys

from tests.meta.tree import files, place


def test_no_migration_reads_the_product() -> None:
    wrong = []
    for path in files():
        if path.parent.name != "migrations" or path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [each.name for each in node.names]
                if isinstance(node, ast.Import)
                else [node.module or "."]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            wrong += [
                f"{place(path)} imports {name}"
                for name in names
                if name.split(".")[0] not in {"django", *sys.stdlib_module_names}
            ]
    assert not wrong, "\n".join(wrong)
