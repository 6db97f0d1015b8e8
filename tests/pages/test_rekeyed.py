"""The page of a held run whose people are the same under new ids."""

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from rosterkeeper.features.accounts import tokens
from rosterkeeper.features.accounts.rights import Right, Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.features.runs.models import Run
from tests.flow.rekeying import rekey, renamed
from tests.pages.site import HOST, Site, text_of


def test_it_is_looked_at_downloaded_uploaded_and_confirmed(synced: Site, tmp_path: Path) -> None:
    connection = synced.connection()
    package = Path(connection.settings["path"])
    package.write_bytes(rekey(package, tmp_path / "new.zip").read_bytes())
    someone = LIVE["users"]._default_manager.filter(connection_id=connection.pk).order_by("sourced_id")[0]
    synced.administrator.post(f"/connections/{connection.pk}/sync/")
    synced.work()
    run = Run.objects.latest("id")
    page = f"/runs/{run.pk}/ids/"
    assert page in text_of(synced.administrator.get(f"/runs/{run.pk}/"))
    assert "Let Rosterkeeper look" in text_of(synced.administrator.get(page))
    assert synced.signed_in(Role.VIEWER).post(f"{page}look/").status_code == 403
    assert synced.administrator.get(f"{page}mapping.csv").status_code == 404
    synced.administrator.post(f"{page}look/", {"proposed": "yes"})
    synced.work()
    key = str(getattr(someone, "sourced_id", ""))
    listed = b"".join(synced.administrator.get(f"{page}mapping.csv"))
    assert f"users,{key},{renamed(key)}" in listed.decode()
    shown = text_of(synced.administrator.get(page))
    assert "Confirm the mapping" in shown
    assert str(getattr(someone, "family_name", "")) not in shown
    wrong = SimpleUploadedFile("ids.csv", b"entity,old,new\nusers,x,y\n")
    synced.administrator.post(f"{page}look/", {"mapping": wrong})
    synced.work()
    assert "rekey.does_not_fit" in text_of(synced.administrator.get(page))
    synced.administrator.post(f"{page}look/", {"mapping": SimpleUploadedFile("ids.csv", listed)})
    synced.work()
    assert "What the uploaded mapping says" in text_of(synced.administrator.get(page))
    synced.administrator.post(f"{page}confirm/")
    assert synced.work() == 0
    synced.administrator.post(f"{page}confirm/", {"understood": "yes"})
    synced.work()
    done = Run.objects.latest("id")
    assert (done.action, done.outcome) == ("rekey", "applied")
    told = text_of(synced.administrator.get(f"/runs/{done.pk}/"))
    assert "nobody was added or removed" in told
    assert "cannot be undone" in text_of(synced.administrator.get(f"/connections/{connection.pk}/back/undo/"))
    assert Entry.objects.filter(action="run.rekeyed", about=f"run:{run.pk}").exists()
    assert synced.administrator.post(f"{page}confirm/", {"understood": "yes"}).status_code == 404


def test_programs_and_the_command_look_at_mappings_upload_and_confirm_them(synced: Site, tmp_path: Path) -> None:
    connection = synced.connection()
    package = Path(connection.settings["path"])
    package.write_bytes(rekey(package, tmp_path / "new.zip").read_bytes())
    synced.administrator.post(f"/connections/{connection.pk}/sync/")
    synced.work()
    held = Run.objects.latest("id")
    at, call = f"/api/v1/runs/{held.pk}/ids", _program(synced)
    assert call.get(at).json()["state"] == "unknown"
    assert call.post(at, {}, "application/json").status_code == 202
    assert call.get(at).json()["state"] == "waiting"
    synced.work()
    found = call.get(at).json()
    assert (found["state"], found["is_uploaded"]) == ("ready", False)
    assert {name for name, each in found["entities"].items() if each["same"] < each["gone"]} == set()
    mapping = b"".join(call.get(f"{at}/mapping"))
    wrong = SimpleUploadedFile("ids.csv", b"entity,old,new\nusers,x,y\n")
    assert call.post(f"{at}/mapping", {"file": wrong}).status_code == 202
    synced.work()
    assert (call.get(at).json()["state"], call.get(at).json()["code"]) == ("failed", "rekey.does_not_fit")
    (tmp_path / "ids.csv").write_bytes(mapping)
    told = synced.installation.run("ids", held.pk, "--mapping", tmp_path / "ids.csv", "--json").ok().object
    assert {name: each["same"] for name, each in told["rekeyed"].items()} == {
        name: each["same"] for name, each in found["entities"].items()
    }
    refused = call.post(f"{at}/confirm", {"understood": False}, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "rekey.not_understood")
    assert call.post(f"{at}/confirm", {"understood": True}, "application/json").status_code == 202
    synced.work()
    assert Run.objects.latest("id").outcome == "applied"
    undone = call.post(f"/api/v1/connections/{connection.pk}/undo", {}, "application/json")
    synced.work()
    result = call.get(f"/api/v1/orders/{undone.json()['id']}").json()["result"]
    assert result["code"] == "undo.rekeyed"
    assert "Put single people right under Directory, Matching" in result["todo"]


def _program(site: Site) -> Client:
    _, text = tokens.make(site.account(Role.ADMINISTRATOR), "program", [Right.SEE, Right.RUN])
    return Client(headers={"host": HOST, "authorization": f"Bearer {text}"})
