"""`./run bench`: measures the wanted parts and prints a table; exits 1 where a target is missed."""

import argparse
import os
import re
import sys
from pathlib import Path

from bench import fetch, large, rival
from bench.ground import DATABASES, Ground
from bench.measure import Failed
from bench.report import Report

ROOT = Path(__file__).resolve().parents[1]
PARTS = {
    "floors": "the least that a first load must do, measured by itself",
    "first-load": "a large district into an empty database, over the floors",
    "unchanged": "the same again, over inflate + parse",
    "next-day": "the next day's district, with 5 % of the users touched",
    "pages": "the pages over the large district, its catalog, and an idle service",
    "people": "matching the large district to as many accounts by four rules, signing in, and SCIM",
    "console": "the teacher's console over the large district, and 2,000 teachers who open it at once",
    "small": "a district of 40,000 users",
    "fetch": "151,000 records over REST, over reading the same bytes and decoding them",
    "dlt": "151,000 records over REST into PostgreSQL, against dlt",
}


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run bench",
        description="Speed and memory, against floors measured in the same run.",
        epilog="\n".join(f"{name:12} {says}" for name, says in PARTS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="what to measure; everything where none is named")
    parser.add_argument("--users", type=int, default=1_000_000, help="the large district's size (1,000,000)")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON, too")
    parser.add_argument("--readme", action="store_true", help="put the table into README.md")
    given = parser.parse_args()
    unknown = sorted(set(given.parts) - set(PARTS))
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}; the parts are {', '.join(PARTS)}")
    return given


def _into_readme(table: str) -> None:
    page = ROOT / "README.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(
        re.sub(
            r"(<!-- bench -->\n).*?(<!-- /bench -->)", lambda at: f"{at[1]}\n{table}\n\n{at[2]}", text, flags=re.DOTALL
        ),
        encoding="utf-8",
    )


def main() -> int:
    """Measure, print, and say whether every target was met."""
    given = _asked()
    parts = given.parts or list(PARTS)
    kinds = DATABASES if given.database == "both" else (given.database,)
    report = Report()
    if os.getloadavg()[0] > (os.cpu_count() or 1) / 2:
        print(
            "bench: this machine is busy with something else; the figures will be worse than they are", file=sys.stderr
        )
    ground = Ground(ROOT / "var" / "bench")
    try:
        if {"floors", "first-load", "unchanged", "next-day", "pages", "people", "console"} & set(parts):
            print(f"== a district of {given.users:,} users", flush=True)
            large.measure(ground, report, given.users, kinds, parts)
        if "small" in parts:
            print("== a district of 40,000 users", flush=True)
            large.measure_small(ground, report, kinds)
        if "fetch" in parts:
            print("== fetching over REST", flush=True)
            fetch.measure(ground, report)
        if "dlt" in parts:
            print("== against dlt", flush=True)
            rival.measure(ground, report)
    except Failed as fault:
        print(f"bench: stopped: {fault}", file=sys.stderr)
        return 1
    finally:
        ground.close()
    print(f"\n{report.table()}")
    if given.json:
        given.json.write_text(report.json() + "\n", encoding="utf-8")
    if given.readme:
        _into_readme(report.table())
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main())
