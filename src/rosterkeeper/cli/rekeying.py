"""The command about a held run whose people are the same under new ids."""
# ruff: noqa: PLC0415 -- Django is imported by the commands that need it, not by help and validate

import shutil
from pathlib import Path

import click
import msgspec

from rosterkeeper.cli.output import as_json, give, tell, tell_error, tell_table
from rosterkeeper.cli.progress import shown
from rosterkeeper.cli.report import exit_code, failed, report_run
from rosterkeeper.cli.session import database
from rosterkeeper.job.words import Result

_readable = click.Path(exists=True, dir_okay=False, path_type=Path)
_PART = 1 << 20
_writable = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("run", type=click.IntRange(min=1))
@click.option("--mapping", type=_readable, help="Take this CSV (entity, old, new) in the place of what is proposed.")
@click.option("--proposed", is_flag=True, help="Forget a mapping that was uploaded, and propose one anew.")
@click.option("--out", type=_writable, help="Write the mapping to this CSV, to be mended.")
@click.option("--confirm", is_flag=True, help="Give the live records these new ids. This cannot be undone.")
@as_json
def ids(run: int, mapping: Path | None, proposed: bool, out: Path | None, confirm: bool, as_json: bool) -> int:
    """Show who became whom in a held run that brings everybody under new ids, and give them those ids."""
    with database(), shown() as follow:
        from rosterkeeper.features.runs import rekeying, workflow

        held = workflow.find(run)
        workflow.check_waiting(held)
        if mapping is not None:
            with mapping.open("rb") as file:
                rekeying.keep_upload(held, iter(lambda: file.read(_PART), b""))
        elif proposed:
            rekeying.forget_upload(held)
        found = rekeying.look(held, on_progress=follow).result
        if out is not None and not failed(found):
            shutil.copyfile(rekeying.mapping_of(held), out)
        if confirm and not failed(found):
            ended = rekeying.rekey(held, on_progress=follow)
            return report_run(workflow.name_of(held), "rekey", ended.run, ended.result, as_json=as_json)
    if failed(found):
        tell_error(found.code, found.what, found.todo)
    elif as_json:
        give({"run": run, **{name: msgspec.to_builtins(getattr(found, name)) for name in _TOLD}})
    else:
        _tell(run, found)
    return exit_code(found)


_TOLD = ("rekeyed", "pairs", "unsure")


def _tell(run: int, found: Result) -> None:
    rows = [(name, each.gone, each.come, each.same, each.unsure) for name, each in found.rekeyed.items()]
    tell_table(("entity", "go", "come", "same", "unsure"), rows)
    for each in found.pairs:
        tell(f"{each.entity}  {each.old} -> {each.new}  by {each.by}")
    for each in found.unsure:
        tell(f"{each.entity}  {each.old}: {each.old_number} old and {each.new_number} new ones share {each.by}")
    tell(f"Nothing was changed. Next: rosterkeeper ids {run} --out FILE to mend the mapping, or --confirm.")
