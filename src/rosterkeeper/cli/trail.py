"""Commands about the audit log: prove it, read it."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

from collections.abc import Iterator

import click

from rosterkeeper.cli.output import as_json, give, tell
from rosterkeeper.cli.session import database


@click.group()
def audit() -> None:
    """The audit log: who did what, when, from where, to which records."""


@audit.command()
@click.option("--noted", default="", metavar="DIGEST", help="The digest of an earlier verification: it must be there.")
@as_json
def verify(noted: str, as_json: bool) -> int:
    """Prove that no entry was changed or taken away. Note the digest down elsewhere: it proves the log up to now."""
    with database():
        from rosterkeeper.features.audit.chain import verify as prove

        proven = prove(noted=noted.strip())
    if as_json:
        give({"entries": proven.entries, "digest": proven.digest})
    else:
        tell(f"All {proven.entries} entries are as they were written.", f"digest {proven.digest}")
    return 0


@audit.command()
@click.option("--about", default="", metavar="KEY", help="What was done to a record, or who saw it: user:3:S-17.")
@click.option("--action", default="", help="One action, or all of a kind: account.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV instead of one JSON object a line.")
@as_json
def show(about: str, action: str, as_csv: bool, as_json: bool) -> int:
    """Print the entries, the newest first."""
    with database():
        from rosterkeeper.features.audit import finding, writing

        rows = finding.entries(finding.Wanted(key=about.strip(), action=action.strip())).iterator(chunk_size=2000)
        lines = writing.as_csv(rows) if as_csv else writing.as_json(rows)
        if as_json:
            # One object, and still no more than a line of it in memory.
            lines = _one_object(writing.as_json(rows))
        for line in lines:
            click.echo(line, nl=False)
    return 0


def _one_object(lines: Iterator[str]) -> Iterator[str]:
    yield '{"entries": ['
    for number, line in enumerate(lines):
        yield f"{',' if number else ''}\n{line.rstrip()}"
    yield "]}\n"
