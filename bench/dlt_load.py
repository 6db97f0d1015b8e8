"""The same work done by dlt: its rest_api source, merging into PostgreSQL.

Run by the Python of an environment of its own, since dlt is no dependency of ours. It is given its best: pages as large
as ours, nested lists as JSON columns instead of tables of their own, collections pulled in parallel, and CSV
files loaded by COPY.
"""

import argparse
import json
import re
import time
from pathlib import Path

import dlt  # type: ignore[import-not-found]
from dlt.sources.rest_api import rest_api_source  # type: ignore[import-not-found]

COLLECTIONS = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics")


def source(url: str, token: str, page: int) -> object:
    """Every collection of a OneRoster server, paged by its Link header."""
    return rest_api_source(
        {
            "client": {
                "base_url": url,
                "auth": {"type": "bearer", "token": token},
                "paginator": {"type": "header_link"},
            },
            "resource_defaults": {
                "primary_key": "sourcedId",
                "write_disposition": "merge",
                "endpoint": {"params": {"limit": page}},
            },
            "resources": [{"name": name, "endpoint": {"path": name, "data_selector": name}} for name in COLLECTIONS],
        },
        max_table_nesting=0,
        parallelized=True,
    )


def _snake(name: str) -> str:
    """The name dlt gives a collection's table."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def main() -> None:
    """Load once and print what it took."""
    asked = argparse.ArgumentParser()
    asked.add_argument("url")
    asked.add_argument("token")
    asked.add_argument("database")
    asked.add_argument("folder", type=Path)
    asked.add_argument("--page", type=int, default=10_000)
    given = asked.parse_args()
    began = time.perf_counter()
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(given.folder),
        destination=dlt.destinations.postgres(credentials=given.database),
        dataset_name="by_dlt",
    )
    pipeline.run(source(given.url, given.token, given.page), loader_file_format="csv")
    seconds = time.perf_counter() - began
    with pipeline.sql_client() as database:
        names = [database.make_qualified_table_name(_snake(name)) for name in COLLECTIONS]
        rows = sum(database.execute_sql(f"SELECT count(*) FROM {name}")[0][0] for name in names)
    print(json.dumps({"seconds": seconds, "rows": rows}))


if __name__ == "__main__":
    main()
