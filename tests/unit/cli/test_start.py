"""What a command loads before it does anything."""

import os
import subprocess
import sys
from pathlib import Path


def test_the_parent_process_loads_neither_duckdb_nor_arrow_nor_what_only_the_web_needs(tmp_path: Path) -> None:
    environment = {**os.environ, "ROSTERKEEPER_DATA_DIR": str(tmp_path), "ROSTERKEEPER_DATABASE_URL": ""}
    program = [sys.executable, "-X", "importtime", "-m", "rosterkeeper.cli"]
    subprocess.run([*program, "init"], env=environment, capture_output=True, check=True)
    told = subprocess.run([*program, "connection", "list"], env=environment, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines() if line.startswith("import time:")}
    assert "django" in loaded
    # Their names are enough to know that none of them is waiting.
    assert not [each for each in loaded if ".migrations." in each and each.startswith("rosterkeeper.")]
    assert not loaded & {"duckdb", "pyarrow", "httpx2", "oauthlib", "scim2_models", "rosterkeeper.launcher.main"}
