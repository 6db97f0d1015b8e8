"""Commands about OneRoster CSV packages: validate, export, sample, sample-server."""
# ruff: noqa: PLC0415 -- Django and the sample are imported by the commands that need them

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from rosterkeeper.cli.findings import spoken, tell_lines
from rosterkeeper.cli.output import as_json, chat, give, tell, tell_error
from rosterkeeper.cli.progress import shown
from rosterkeeper.cli.report import exit_code, failed, run_object, tell_counts, tell_findings
from rosterkeeper.cli.session import configuration, database
from rosterkeeper.engine.outcomes import EXIT_OK
from rosterkeeper.job.launch import launch
from rosterkeeper.job.words import Action, Job, Result
from rosterkeeper.oneroster.fields import V1P1, V1P2
from rosterkeeper.sources.spec import CsvSpec

_version = click.option(
    "--version", type=click.Choice((V1P1, V1P2)), default=V1P2, show_default=True, help="OneRoster's version."
)
# Said here too, because loading the server takes longer than any other command.
_FORMS = ("oauth1", "oauth1-sha1", "oauth2", "bearer", "classlink")
_readable = click.Path(exists=True, dir_okay=False, path_type=Path)
_writable = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_readable)
@click.option("--strict", is_flag=True, help="Fail on whatever the standard forbids, even where a sync repairs it.")
@as_json
def validate(file: Path, strict: bool, as_json: bool) -> int:
    """Read a package as a sync would, without a database, and say whether it would be accepted."""
    with shown() as follow:
        job = _validation(file, strict=strict)
        try:
            result = launch(job, on_progress=follow)
        finally:
            shutil.rmtree(job.scratch, ignore_errors=True)
    if as_json:
        lines = [msgspec.to_builtins(spoken(line)) for line in result.lines]
        give(
            {
                "file": str(file),
                "accepted": exit_code(result) == EXIT_OK,
                "strict": strict,
                **run_object(result),
                "lines": lines,
            }
        )
    else:
        _tell_validation(file, result)
    if failed(result):
        tell_error(result.code, result.what, result.todo)
    return exit_code(result)


@click.command()
@click.argument("name")
@_version
@click.argument("out", type=_writable)
@as_json
def export(name: str, version: str, out: Path, as_json: bool) -> int:
    """Write a connection's live roster as a OneRoster CSV package."""
    with database(), shown() as follow:
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.runs.workflow import read

        target = str(out.absolute())
        result = read(find(name), Action.EXPORT, on_progress=follow, out=target, version=version)
    if as_json:
        give({"connection": name, "file": str(out), **run_object(result), "version": version})
    if failed(result):
        tell_error(result.code, result.what, result.todo)
    elif not as_json:
        tell(f"The roster of {name} was written to {out} (OneRoster {version}).")
    return exit_code(result)


@click.command()
@click.argument("out", type=_writable)
@click.option("--users", type=click.IntRange(min=1), required=True, help="How many people, about.")
@click.option("--seed", type=int, required=True, help="The same seed makes the same district.")
@click.option("--day", type=click.IntRange(min=1), default=1, show_default=True, help="The district on a later day.")
@click.option(
    "--school-year", type=click.IntRange(1990, 2200), help="The year in which it ends; this one if not given."
)
@click.option("--delta", is_flag=True, help="Only what changed since the day before; from day 2 on.")
@_version
@as_json
def sample(out: Path, version: str, *, school_year: int | None, delta: bool, as_json: bool, **numbers: int) -> int:
    """Write a package of a made-up district."""
    from rosterkeeper.sample import Extra, write_sample

    extra = Extra(delta=delta) if school_year is None else Extra(delta=delta, school_year=school_year)
    truth = write_sample(out, version=version, extra=extra, **numbers)
    if as_json:
        give({"file": str(out), **msgspec.to_builtins(truth)})
    else:
        tell(f"A made-up district was written to {out} (OneRoster {version}).")
    return 0


@click.command(name="sample-server")
@click.argument("file", type=_readable)
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--version", type=click.Choice((V1P1, V1P2)), help="OneRoster's version; the package's own if not given.")
@click.option("--auth", type=click.Choice(_FORMS), default="oauth2", show_default=True, help="How callers sign in.")
@click.option(
    "--faults", metavar="PLAN", default="", help="A fault plan's file, or faults by name: clamp=500,no-total."
)
@as_json
def sample_server(file: Path, port: int, version: str | None, auth: str, faults: str, as_json: bool) -> int:
    """Serve a package over OneRoster REST on this machine, for trying out; ends with Ctrl-C."""
    from rosterkeeper.sample import SampleServer, Service, read_plan

    service = Service(faults=read_plan(faults))
    with SampleServer(file, port=port, version=version or "", auth=auth, service=service) as server:
        if as_json:
            told = {"url": server.url, "version": server.version, "auth": auth, "token_url": server.token_url}
            give({**told, "tenant_id": server.tenant_id})
        else:
            tenant = f", tenant {server.tenant_id}" if server.tenant_id else ""
            tell(f"Serving {file} at {server.url} (OneRoster {server.version}, {auth}{tenant}).")
        try:
            server.wait()
        except KeyboardInterrupt:
            chat("The sample server has ended.")
    return 0


def _validation(file: Path, *, strict: bool) -> Job:
    stated = configuration()
    now = datetime.now(UTC)
    return Job(
        action=Action.VALIDATE,
        now=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        today=now.astimezone().date().isoformat(),
        scratch=tempfile.mkdtemp(prefix="rosterkeeper-validate-"),
        source=CsvSpec(path=str(file.absolute()), label=file.name),
        memory_limit=stated.memory_limit,
        threads=stated.threads,
        strict=strict,
    )


def _tell_validation(file: Path, result: Result) -> None:
    tell_lines(result.lines)
    tell_counts(result)
    tell_findings(result)
    verdict = "would be accepted" if exit_code(result) == EXIT_OK else "is not accepted"
    tell(f"{file.name} {verdict}" + (f" (OneRoster {result.version}, {result.form})." if result.version else "."))
