"""The page of a held run whose people are the same under new ids."""

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from rosterkeeper.features.accounts.rights import Role
from rosterkeeper.features.audit.models import Entry
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.features.runs.models import Run
from tests.flow.rekeying import rekey, renamed
from tests.pages.site import Site, text_of


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
