"""The forms of connections, one a kind: each shows just its own fields (N01), and states what the commands state."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.connecting import faults
from rosterkeeper.features.connections import checks, stating
from rosterkeeper.features.connections.districts import usual
from rosterkeeper.features.connections.models import Connection
from rosterkeeper.features.connections.workflow import check_name
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.oneroster.presets import BY_NAME, PRESETS

Stated = dict[str, str | int]
if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Words = str | _StrPromise
    Choices = Sequence[tuple[str, Words]]

# The guides' list (L12), and Other (R03).
SIS: Final = ("powerschool", "ellucian", "eschoolplus", "illuminate", "unit4", "other")
_AS_SIS: Final = ("", _("As the SIS has it"))
_SECRET: Final = {"autocomplete": "off", "spellcheck": "false"}
_PLAIN: Final = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


def _secret(label: "Words", help_text: "Words" = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs=_SECRET)
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text, max_length=4000)


def _text(label: "Words", help_text: "Words" = "", *, required: bool = False) -> forms.CharField:
    widget = forms.TextInput(attrs=_PLAIN)
    return forms.CharField(label=label, required=required, widget=widget, help_text=help_text, max_length=2000)


def _choice(label: "Words", choices: "Choices", help_text: "Words" = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, help_text=help_text)


class SourceForm(forms.Form):
    """Name and district; the kinds add what their source needs.

    Where a connection is edited, its district is fixed and a secret left blank stays as it is. ``districts`` are those
    that can be chosen; without them, any can be named.
    """

    kind: ClassVar[str]
    # Fields that a preset may fill in where they are left blank.
    advanced: ClassVar[tuple[str, ...]] = ()

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("A label for this connection, such as the district and its SIS.")
    )
    district = forms.CharField(
        label=_("District"),
        max_length=100,
        help_text=_("Whose roster it is. Choose one from the list, or write the name of a new one."),
        widget=forms.TextInput(attrs={"list": "districts", "autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, editing: bool = False, districts: Sequence[str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.editing = editing
        if districts is not None:
            self.fields["district"] = forms.ChoiceField(
                label=_("District"), choices=[(name, name) for name in districts], help_text=_("Whose roster it is.")
            )
            self.order_fields(["name", "district"])
        else:
            self.fields["district"].initial = usual()
        if editing:
            del self.fields["district"]
            for field in self.fields.values():
                if isinstance(field.widget, forms.PasswordInput):
                    field.help_text = _("Stored and never shown. Leave it blank to keep it.")

    def _post_clean(self) -> None:
        """Judge the name, the district and the source together, so that one pass shows all that is wrong."""
        super()._post_clean()  # type: ignore[misc]
        name, district = self.cleaned_data.get("name", ""), self.cleaned_data.get("district", "")
        for text, code in ((name, "connection.name"), (district, "connection.district")):
            if text and not _can_be_named(text):
                faults.mark(self, code)
        if self.editing:
            # What is wrong with the rest can be told only together with what is stored.
            return
        same = Connection.objects.filter(removed_at=None, district__name=district, name=name)
        if name and same.exists():
            faults.mark(self, "connection.name_taken")
        self._judge_source()

    def _judge_source(self) -> None:
        """Put what cannot be right of the source's settings at their fields."""

    def stated(self) -> Stated:
        """What was stated of the source, in the words of its spec; what was left blank is not in it."""
        raise NotImplementedError

    def _filled(self, names: Sequence[str]) -> Stated:
        values = {name: self.cleaned_data.get(name) for name in names}
        return {name: value for name, value in values.items() if value not in (None, "")}

    def _require(self, names: Sequence[str]) -> None:
        """Refuse what was left blank; a secret only where there is none yet."""
        for name in names:
            kept = self.editing and isinstance(self.fields[name].widget, forms.PasswordInput)
            if not self.cleaned_data.get(name) and name not in self.errors and not kept:
                self.add_error(name, forms.Field.default_error_messages["required"])


class ServerForm(SourceForm):
    """What both kinds of server have: the SIS, and how much is asked for at once."""

    advanced: ClassVar[tuple[str, ...]] = (
        "auth",
        "version",
        "page_size",
        "in_flight",
        "incremental",
        "full_every_days",
    )
    sis = forms.ChoiceField(
        label=_("Which SIS would you like to integrate?"),
        choices=[("", _("Choose…")), *((name, BY_NAME[name].title) for name in SIS)],
    )
    version = _choice(_("OneRoster version"), [_AS_SIS, ("auto", _("Found by asking")), ("1.1", "1.1"), ("1.2", "1.2")])
    page_size = forms.IntegerField(
        label=_("Page size"), required=False, min_value=1, max_value=50_000, help_text=_("Records asked for at once.")
    )
    in_flight = forms.IntegerField(
        label=_("Requests at once"), required=False, min_value=1, max_value=8, help_text=_("From 1 to 8.")
    )
    incremental = _choice(
        _("Ask only for what changed"),
        [("auto", _("Where the server can be trusted with it")), ("on", _("Always")), ("off", _("Never"))],
    )
    full_every_days = forms.IntegerField(
        label=_("Days between full pulls"),
        required=False,
        min_value=1,
        max_value=365,
        help_text=_("Everything is pulled anew when the last full pull is so old; 7 if left blank."),
    )

    def _judge_source(self) -> None:
        if len(self.cleaned_data.get("tenant_id", "").split()) > 1:
            faults.mark(self, "connection.tenant_blank")
        address = self.cleaned_data.get("token_url", "")
        if address and not checks.is_web_address(address):
            faults.mark(self, "connection.token_url")
        if self.errors.keys() & {"sis", "way", "grant", "preset"}:
            # Without these, nobody can say what was meant.
            return
        try:
            checks.check(stating.tidy(stating.made(self.kind, self.stated())))
        except SettingsError as fault:
            faults.show(self, fault)


class ClassLinkForm(ServerForm):
    """ClassLink in one of its two ways: through ClassLink by the Tenant ID, or straight to the district's server."""

    kind = "classlink"
    way = forms.ChoiceField(
        label=_("What did you get from ClassLink?"),
        choices=[
            ("server", _("Endpoint URL, Client ID and Client Secret")),
            ("tenant", _("Tenant ID and API Key")),
        ],
        initial="server",
        widget=forms.RadioSelect(attrs={"data-chooses": ""}),
    )
    tenant_id = _text(_("Tenant ID"), _("The district's number at ClassLink."))
    api_key = _secret(_("API Key"))
    url = _text(
        _("Endpoint URL"), _("The root URL of the roster server, such as https://district-oneroster.example.org.")
    )
    client_id = _text(_("Client ID"), _("ClassLink also calls it Key."))
    secret = _secret(_("Client Secret"))
    auth = _choice(
        _("How to sign in"),
        [
            ("", _("As ClassLink has it (OAuth 1)")),
            ("oauth1", _("OAuth 1, HMAC-SHA256")),
            ("oauth1-sha1", _("OAuth 1, HMAC-SHA1")),
            ("oauth2", _("OAuth 2")),
        ],
    )

    def __init__(self, *args: Any, has_installed_key: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_installed_key = has_installed_key
        if has_installed_key:
            self.fields["api_key"].help_text = _("Leave it blank to use the key of this installation.")

    def clean(self) -> None:
        """Each way needs its own fields."""
        if self.cleaned_data.get("way") == "tenant":
            self._require(["tenant_id"] if self.has_installed_key else ["tenant_id", "api_key"])
        elif "way" in self.cleaned_data:
            self._require(["url", "client_id", "secret"])

    def stated(self) -> Stated:
        """What was stated of the chosen way."""
        is_tenant = self.cleaned_data["way"] == "tenant"
        own = ("tenant_id",) if is_tenant else ("url", "client_id", "secret", "auth")
        made = self._filled([*own, *(name for name in self.advanced if name != "auth")])
        if is_tenant and self.cleaned_data.get("api_key"):
            made["secret"] = self.cleaned_data["api_key"]
        return {**made, "preset": self.cleaned_data["sis"]}


class OneRosterForm(ServerForm):
    """Any OneRoster server: its address and credentials; the rest is folded away (R01, R02)."""

    kind = "oneroster"
    advanced: ClassVar[tuple[str, ...]] = (
        "auth",
        "auth_style",
        "grant",
        "username",
        "password",
        "scope",
        *ServerForm.advanced[1:],
    )
    url = _text(_("Endpoint URL"), _("The root URL of the OneRoster server."))
    client_id = _text(_("Client ID"))
    secret = _secret(_("Client Secret"))
    token_url = _text(
        _("OAuth2 Token URL"), _("Optional. Left blank, the usual places of the SIS and of the standard are tried.")
    )
    preset = _choice(
        _("A SIS that is not in the list above"),
        [("", "—"), *((each.name, each.title) for each in PRESETS if each.name not in SIS)],
        _("What is known of it fills in whatever is left blank."),
    )
    auth = _choice(
        _("How to sign in"),
        [
            _AS_SIS,
            ("oauth2", _("OAuth 2")),
            ("oauth1", _("OAuth 1, HMAC-SHA256")),
            ("oauth1-sha1", _("OAuth 1, HMAC-SHA1")),
            ("bearer", _("The secret itself, as a bearer")),
        ],
    )
    auth_style = _choice(
        _("How the client shows itself for a token"),
        [
            _AS_SIS,
            ("auto", _("Found by trying")),
            ("basic", _("HTTP Basic")),
            ("body", _("In the form")),
            ("query", _("In the query")),
        ],
    )
    grant = forms.ChoiceField(
        label=_("Grant"),
        required=False,
        choices=[("client-credentials", _("Client credentials")), ("password", _("User name and password"))],
        widget=forms.Select(attrs={"data-chooses": ""}),
    )
    username = _text(_("User name"))
    password = _secret(_("Password"))
    scope = _text(_("Scope"), _("Blank asks for the standard's read-only scopes; the word none asks for none."))

    def clean(self) -> None:
        """A server needs an address, and what signs in there."""
        is_bearer = self.cleaned_data.get("auth") == "bearer"
        self._require(["url", "secret"] if is_bearer else ["url", "client_id", "secret"])
        if self.cleaned_data.get("grant") == "password":
            self._require(["username", "password"])

    def stated(self) -> Stated:
        """What was stated of the server."""
        names = ["url", "client_id", "secret", "token_url", *self.advanced]
        if self.cleaned_data["grant"] != "password":
            names = [name for name in names if name not in ("username", "password")]
        return {**self._filled(names), "preset": self.cleaned_data["preset"] or self.cleaned_data["sis"]}


class CsvForm(SourceForm):
    """A zip of OneRoster CSV files: sent by the browser, or already on the server (N05)."""

    kind = "csv"
    way = forms.ChoiceField(
        label=_("Where is the zip?"),
        choices=[
            ("upload", _("On this computer: choose it and upload it")),
            ("path", _("On the server: a zip, or a folder that zips are put into")),
        ],
        initial="upload",
        widget=forms.RadioSelect(attrs={"data-chooses": ""}),
    )
    file = forms.FileField(
        label=_("Zip of OneRoster CSV files"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
        help_text=_("Up to 2 GB. It is stored in the data folder of this server."),
        error_messages={"empty": _("The file is empty. Export it again and choose the new one.")},
    )
    path = _text(_("Path on the server"), _("The whole path, such as /srv/rosters/district.zip."))
    guardians_only = forms.BooleanField(
        label=_("The zip brings guardians only"),
        required=False,
        help_text=_("Its students, staff and classes are left alone; another connection brings them."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.editing:
            del self.fields["guardians_only"]
        if kwargs.get("districts") is not None and self.initial.get("way") != "path":
            # A path on the server is not theirs to name (see within).
            way = self.fields["way"]
            way.choices = way.choices[:1]  # type: ignore[attr-defined]

    def clean(self) -> None:
        """A file or a path, by what was chosen; an edited connection may keep its file."""
        way = self.cleaned_data.get("way")
        if way == "path":
            self._require(["path"])
            path = self.cleaned_data.get("path", "")
            if path and not Path(path).is_absolute():
                self.add_error("path", _("Write the whole path, from the root of the server's disk."))
        elif way == "upload" and not self.editing:
            self._require(["file"])

    def stated(self) -> Stated:
        """The path on the server; an upload gets its own once it is stored."""
        return self._filled(["path"]) if self.cleaned_data["way"] == "path" else {}

    @property
    def upload(self) -> "UploadedFile[bytes] | None":
        """The file that was chosen, where one was."""
        file: UploadedFile[bytes] | None = self.cleaned_data.get("file")
        return file if self.cleaned_data["way"] == "upload" else None


def _can_be_named(text: str) -> bool:
    try:
        check_name(text)
    except SettingsError:
        return False
    return True


FORMS: Final[dict[str, type[SourceForm]]] = {form.kind: form for form in (ClassLinkForm, OneRosterForm, CsvForm)}
