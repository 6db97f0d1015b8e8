"""Commands about runs: sync, runs, approve, discard, undo, redo, restore, snapshots."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

from typing import TYPE_CHECKING, Any

import click

from rosterkeeper.cli.backups import restored
from rosterkeeper.cli.output import Json, as_json, chat, give, short_time, tell, tell_table
from rosterkeeper.cli.progress import shown
from rosterkeeper.cli.report import failed, report_run
from rosterkeeper.cli.session import database
from rosterkeeper.cli.watch import take_all
from rosterkeeper.engine.options import PARTS, switched_off
from rosterkeeper.engine.outcomes import EXIT_FAILED, MEANINGS, Outcome

if TYPE_CHECKING:
    from rosterkeeper.features.runs.models import Run

number = click.IntRange(min=1)


@click.command()
@click.argument("name")
@click.option("--preview", is_flag=True, help="Show what would happen, and write nothing.")
@click.option("--full", is_flag=True, help="Pull everything, even where only changes would do.")
@click.option("--only", type=click.Choice(PARTS), help="Sync the buildings alone, or the users alone.")
@click.option("--additions-only", is_flag=True, help="Change and remove nothing that is there.")
@click.option("--confirm-options", "confirmed", is_flag=True, help="Agree to what changed options remove.")
@as_json
def sync(name: str, preview: bool, as_json: bool, only: str | None, **wish: Any) -> int:
    """Pull, check, compare and apply a connection's roster; of a folder, every complete zip in order of time."""
    with database(with_child=True), shown() as follow:
        from rosterkeeper.features.connections.choosing import options_of
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.runs import workflow
        from rosterkeeper.features.runs.dropping import folder_of

        found, wanted = find(name), workflow.Wish(only=only or "", **wish)
        if folder_of(found) and not preview:
            return take_all(found, wanted, as_json=as_json)
        way = workflow.preview if preview else workflow.sync
        ended = way(found, wanted, on_progress=follow)
        off = switched_off(options_of(found))
    code = report_run(name, "preview" if preview else "sync", ended.run, ended.result, as_json=as_json)
    if off and not as_json and not failed(ended.result):
        chat(f"not taken over, because it is switched off: {', '.join(off)} (rosterkeeper connection options {name})")
    return code


@click.command()
@click.argument("name")
@click.option("--limit", type=number, default=20, show_default=True, help="How many, the newest first.")
@as_json
def runs(name: str, limit: int, as_json: bool) -> int:
    """List a connection's runs, the newest first."""
    with database():
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.runs.workflow import latest

        found = latest(find(name), limit)
    if as_json:
        give({"connection": name, "runs": [_object(run) for run in found]})
    elif found:
        rows = [
            (
                run.pk,
                run.action,
                run.outcome or "running",
                run.held_state,
                f"{run.started_at:%Y-%m-%d %H:%M:%S}",
                run.code,
            )
            for run in found
        ]
        tell_table(("run", "action", "outcome", "held", "started (UTC)", "code"), rows)
        for run in found:
            for reason in run.reasons if run.held_state == "waiting" else ():
                tell(f"run {run.pk} waits: {reason['says']} ({reason['code']})")
    else:
        tell(f"There is no run yet. Next: rosterkeeper sync {name}")
    return 0


@click.command()
@click.argument("run", type=number)
@click.option("--without-removals", is_flag=True, help="Leave out what the held change removes.")
@as_json
def approve(run: int, without_removals: bool, as_json: bool) -> int:
    """Apply exactly the change that a run holds."""
    with database(), shown() as follow:
        from rosterkeeper.features.runs import workflow

        held = workflow.find(run)
        ended = workflow.approve(held, on_progress=follow, without_removals=without_removals)
        name = workflow.name_of(held)
    return report_run(name, "approve", ended.run, ended.result, as_json=as_json)


@click.command()
@click.argument("run", type=number)
@as_json
def discard(run: int, as_json: bool) -> int:
    """Drop the change that a run holds."""
    with database():
        from rosterkeeper.features.runs import workflow

        workflow.discard(workflow.find(run))
    if as_json:
        give({"run": run, "held_state": "discarded"})
    else:
        tell(f"run {run}: discarded. Nothing was changed.")
    return 0


@click.command()
@click.argument("name")
@as_json
def undo(name: str, as_json: bool) -> int:
    """Bring a roster back to where it was before its last change."""
    with database(), shown() as follow:
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.runs import workflow

        ended = workflow.undo(find(name), on_progress=follow)
    return report_run(name, "undo", ended.run, ended.result, as_json=as_json)


@click.command()
@click.argument("name")
@as_json
def redo(name: str, as_json: bool) -> int:
    """Apply again what the last undo took back."""
    with database(), shown() as follow:
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.runs import workflow

        ended = workflow.redo(find(name), on_progress=follow)
    return report_run(name, "redo", ended.run, ended.result, as_json=as_json)


@click.command()
@click.argument("what", metavar="FILE|NAME")
@click.argument("run", type=number, required=False)
@as_json
def restore(what: str, run: int | None, as_json: bool) -> int:
    """Make an empty installation what the backup FILE holds, or bring a roster back to the kept snapshot of a run."""
    if run is None:
        return restored(what, as_json=as_json)
    with database(), shown() as follow:
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.runs import workflow

        ended = workflow.restore(find(what), run, on_progress=follow)
    return report_run(what, "restore", ended.run, ended.result, as_json=as_json)


@click.command()
@click.argument("name")
@as_json
def snapshots(name: str, as_json: bool) -> int:
    """List a connection's kept snapshots, the newest first."""
    with database():
        from rosterkeeper.features.connections.workflow import find
        from rosterkeeper.features.runs import workflow

        kept = list(workflow.snapshots(find(name)))
    if as_json:
        objects: list[Json] = [
            {
                "run": each.run_id,
                "action": each.action,
                "applied_at": each.applied_at,
                "state_version": each.state_version,
            }
            for each in kept
        ]
        give({"connection": name, "snapshots": objects})
    elif kept:
        rows = [(each.run_id, each.action, short_time(each.applied_at)) for each in kept]
        tell_table(("run", "action", "applied (UTC)"), rows)
    else:
        tell("There is no snapshot yet.")
    return 0


def _object(run: "Run") -> dict[str, Json]:
    lost = bool(run.outcome) and MEANINGS[Outcome(run.outcome)].exit_code == EXIT_FAILED
    return {
        "run": run.pk,
        "action": run.action,
        "outcome": run.outcome or None,
        "held_state": run.held_state,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "subject": run.subject or None,
        "counts": run.counts,
        "findings": run.findings,
        "reasons": run.reasons,
        "seconds": run.seconds,
        "version": run.version,
        "form": run.form,
        "proof": run.proof,
        "not_imported": run.not_imported,
        "only": run.only,
        "by_options": run.by_options,
        "state_version": run.state_version,
        "error": {"code": run.code, "what": run.what, "todo": run.todo} if lost else None,
    }
