"""From a valid form to a stored connection: the one way of the add and the edit page."""

from collections.abc import Callable
from typing import Final

import msgspec
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest

from rosterkeeper.engine.options import Options
from rosterkeeper.features.connecting import within
from rosterkeeper.features.connecting.forms import SIS, CsvForm, SourceForm, Stated
from rosterkeeper.features.connections import exclusive, stating, uploads, workflow
from rosterkeeper.features.connections.choosing import choose, options_of
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.specs import stated_spec
from rosterkeeper.sources.spec import CsvSpec, SourceSpec

_SECRETS: Final = ("secret", "password")


def create(request: HttpRequest, form: SourceForm) -> Connection:
    """Add the connection that the form states; SettingsError where it cannot be right."""
    name, district = form.cleaned_data["name"].strip(), form.cleaned_data["district"].strip()
    if not isinstance(form, CsvForm):
        spec = stating.made(form.kind, form.stated())
        within.check_source(request, spec)
        return workflow.add(name, spec, district=district)
    if form.upload is None:
        within.check_source(request, _zip(form))
    return add_zip(name, district, lambda: _zip(form), guardians_only=form.cleaned_data["guardians_only"])


def add_zip(name: str, district: str, spec_of: Callable[[], CsvSpec], *, guardians_only: bool) -> Connection:
    """Add a connection of a zip; ``spec_of``, which may store an upload, is called once it may be there (M05)."""
    options = exclusive.GUARDIANS_ONLY if guardians_only else Options()
    exclusive.check_zip(district, options)
    spec = spec_of()
    try:
        made = workflow.add(name, spec, district=district)
    except BaseException:
        uploads.drop(spec)
        raise
    if guardians_only:
        choose(made, options)
    _sweep()
    return made


def change(request: HttpRequest, connection: Connection, form: SourceForm, *, other_district: bool) -> list[str]:
    """Store what the form states of the connection, and return what was changed, as `store` does."""
    before = stated_spec(connection)
    name = form.cleaned_data["name"].strip()
    spec = _spec(connection, before, form)
    within.check_source(request, spec, before)
    return store(connection, name, spec, other_district=other_district)


def store(connection: Connection, name: str, spec: SourceSpec, *, other_district: bool) -> list[str]:
    """Store name and spec, and return what was changed: ``name``, ``settings``, ``secret``.

    SettingsError where it cannot be right, ``connection.other_district`` where it leads elsewhere and that is not
    said to be meant; an upload that the spec names is dropped then.
    """
    before = stated_spec(connection)
    changed = []
    try:
        with transaction.atomic():
            if name != connection.name:
                workflow.rename(connection, name)
                changed.append("name")
            workflow.edit(connection, spec, other_district=other_district)
    except BaseException:
        if isinstance(spec, CsvSpec) and spec != before:
            uploads.drop(spec)
        raise
    after = stated_spec(connection)
    plain = {name for name in msgspec.structs.asdict(after) if getattr(before, name) != getattr(after, name)}
    changed += ["secret"] if plain & {*_SECRETS} else []
    changed += ["settings"] if plain - {*_SECRETS} else []
    _sweep()
    return changed


def restated(connection: Connection, stated: Stated) -> SourceSpec:
    """The connection's spec with what is stated now, and the rest as it was.

    A stored secret that signs in another way is not kept: an API key is no Client Secret.
    """
    before = stated_spec(connection)
    if isinstance(before, CsvSpec):
        # Another zip: nothing of the one before holds for it.
        return stating.made("csv", stated) if stated else before
    way = bool(connection.settings.get("tenant_id"))
    if bool(stated.get("tenant_id", connection.settings.get("tenant_id"))) != way:
        stated = {"secret": "", **stated}
    return stating.edited(before, stated)


def take_zip(connection: Connection, file: "UploadedFile[bytes]") -> CsvSpec:
    """Store a zip that takes the place of the connection's; SettingsError while a server brings its people (M05)."""
    exclusive.check_zip(connection.district.name, options_of(connection), beside=connection.pk)
    return uploads.keep(file)


def initial(connection: Connection) -> dict[str, object]:
    """What the edit form is filled with: all but the secrets."""
    shown: dict[str, object] = {**connection.settings, "name": connection.name}
    preset = str(connection.settings.get("preset", ""))
    shown["sis"], shown["preset"] = (preset, "") if preset in SIS else ("other", preset)
    if connection.kind == "classlink":
        shown["way"] = "tenant" if connection.settings.get("tenant_id") else "server"
    if connection.kind == "csv":
        spec = stated_spec(connection)
        is_upload = isinstance(spec, CsvSpec) and uploads.is_upload(spec)
        shown["way"] = "upload" if is_upload else "path"
        shown["path"] = "" if is_upload else shown.get("path", "")
    return shown


def has_installed_key() -> bool:
    """Whether the installation brings ClassLink's API key, so that a Tenant ID alone is enough (decision 15)."""
    return bool(settings.ROSTER_CLASSLINK_API_KEY)


def _spec(connection: Connection, before: SourceSpec, form: SourceForm) -> SourceSpec:
    if isinstance(form, CsvForm):
        kept = isinstance(before, CsvSpec) and uploads.is_upload(before)
        if form.upload is None and form.cleaned_data["way"] == "upload" and kept:
            return before
        return take_zip(connection, form.upload) if form.upload is not None else _zip(form)
    stated = form.stated()
    if stated.get("preset") != (connection.settings.get("preset") or "other"):
        # Another SIS brings its own ways; only what was changed by hand beside it is meant to differ from them.
        stated = {
            name: value for name, value in stated.items() if name not in form.advanced or name in form.changed_data
        }
    return stating.made(form.kind, {**_kept_secrets(connection, before, form, stated), **stated})


def _kept_secrets(connection: Connection, before: SourceSpec, form: SourceForm, stated: Stated) -> Stated:
    """The stored secrets that still sign in the same way: an API key is no Client Secret."""
    way_stays = bool(connection.settings.get("tenant_id")) == ("tenant_id" in stated)
    if not way_stays:
        return {}
    kept: Stated = {name: getattr(before, name, "") for name in _SECRETS if getattr(before, name, "")}
    if form.cleaned_data.get("grant") != "password":
        kept.pop("password", None)
    return kept


def _zip(form: CsvForm) -> CsvSpec:
    if form.upload is not None:
        return uploads.keep(form.upload)
    return CsvSpec(path=str(form.stated().get("path", "")))


def _sweep() -> None:
    uploads.sweep(str(each.settings.get("path", "")) for each in workflow.listed() if each.kind == "csv")
