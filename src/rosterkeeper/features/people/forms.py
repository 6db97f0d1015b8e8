"""The forms of the directory and of matching."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from rosterkeeper.features.people import hand
from rosterkeeper.features.people.listing import Wanted
from rosterkeeper.features.people.models import DirectoryAccount
from rosterkeeper.features.people.wording import FIELDS, KIND, KINDS, MODES, ORIGINS, STATUS
from rosterkeeper.matching.directory.headings import FIELDS as COLUMNS
from rosterkeeper.matching.lifecycle_options import SECTION, LifeOptions
from rosterkeeper.matching.rules import Normalisers, Settings

_LONGEST: Final = 200
_LINKED: Final = {"": None, "yes": True, "no": False}
_SEARCH: Final = {"type": "search", "autocomplete": "off", "spellcheck": "false"}
_ANY: Final = ("", _("any"))


class AccountsForm(forms.Form):
    """Which accounts a list is of."""

    text = forms.CharField(
        label=_("Name, e-mail, username or id"),
        required=False,
        max_length=_LONGEST,
        widget=forms.TextInput(attrs=_SEARCH),
    )
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[_ANY, *STATUS.items()])
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[_ANY, *KIND.items()])
    origin = forms.ChoiceField(label=_("Came by"), required=False, choices=[_ANY, *ORIGINS.items()])
    linked = forms.ChoiceField(
        label=_("Person"), required=False, choices=[_ANY, ("yes", _("with a person")), ("no", _("without a person"))]
    )

    def wanted(self, text: str) -> Wanted:
        """The list that was asked for; the text is told apart, for it comes from a body alone."""
        given = self.cleaned_data
        return Wanted(text, given["status"], given["kind"], given["origin"], _LINKED[given["linked"]])


class AccountForm(forms.Form):
    """The fields of an account that can be changed by hand."""

    def __init__(self, stated: Any, *, account: DirectoryAccount | None = None) -> None:
        initial = {name: getattr(account, name) for name in hand.FIELDS} if account else {}
        super().__init__(stated, initial=initial)
        for name in hand.FIELDS:
            label = str(FIELDS[name])
            if name == "kind":
                choices = [("", _("not known")), *KIND.items()]
                self.fields[name] = forms.ChoiceField(label=label, required=False, choices=choices)
            else:
                self.fields[name] = forms.CharField(label=label, required=False, max_length=_LONGEST)
        self.fields["email"].widget.input_type = "email"


class QueueForm(forms.Form):
    """Which persons a list is of; ``school`` is CONNECTION:ORG."""

    text = forms.CharField(
        label=_("Name, e-mail, username or id"),
        required=False,
        max_length=_LONGEST,
        widget=forms.TextInput(attrs=_SEARCH),
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[_ANY, *KINDS.items()])
    school = forms.ChoiceField(label=_("School"), required=False)
    reason = forms.ChoiceField(label=_("Reason"), required=False)

    def __init__(self, stated: Any, *, schools: Sequence[tuple[str, str]], reasons: Sequence[tuple[str, str]]) -> None:
        super().__init__(stated)
        for name, choices in (("school", schools), ("reason", reasons)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for the type checker
            field.choices = [_ANY, *choices]


class SearchForm(forms.Form):
    """Somebody to look for, among accounts or persons."""

    text = forms.CharField(
        label=_("Name, e-mail, username or id"), max_length=_LONGEST, widget=forms.TextInput(attrs=_SEARCH)
    )


class UploadForm(forms.Form):
    """A list of accounts."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("As Entra ID, Google Workspace or Okta export their users, or any list with a line of headings."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
    )
    whole = forms.ChoiceField(
        label=_("What the file is"),
        choices=[
            ("yes", _("All accounts of the directory: whoever is not in it any more is suspended, never deleted")),
            ("no", _("Additions and changes only: nobody is suspended for not being in it")),
        ],
        initial="yes",
        widget=forms.RadioSelect,
    )


class ColumnsForm(forms.Form):
    """Which of a file's columns says what."""

    def __init__(self, stated: Any, *, headings: Sequence[str], columns: Mapping[str, str], whole: bool) -> None:
        super().__init__(stated)
        choices = [("", _("not in the file")), *((each, each) for each in headings)]
        for name in COLUMNS:
            self.fields[name] = forms.ChoiceField(
                label=str(FIELDS[name]), required=False, choices=choices, initial=columns.get(name, "")
            )
        base = UploadForm.base_fields["whole"]
        assert isinstance(base, forms.ChoiceField)  # noqa: S101 -- for the type checker
        self.fields["whole"] = forms.ChoiceField(
            label=base.label,
            choices=list(base.choices),  # type: ignore[arg-type]
            initial="yes" if whole else "no",
            widget=forms.RadioSelect,
        )


class SettingsForm(forms.Form):
    """A district's settings but the rules, which the page keeps in order by itself."""

    mode = forms.ChoiceField(label=_("Who gets an account"), widget=forms.RadioSelect)
    case = forms.BooleanField(label=_("Capitals make no difference"), required=False)
    spaces = forms.BooleanField(label=_("Blanks make no difference"), required=False)
    unicode = forms.BooleanField(label=_("Different ways to write one letter make no difference"), required=False)
    plus = forms.BooleanField(
        label=_("What stands between + and @ makes no difference"),
        required=False,
        help_text=_("ada+school@example.org is then ada@example.org. Only where your addresses are made so."),
    )
    domains = forms.CharField(
        label=_("Domains"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_(
            "One a line: the roster's domain = the directory's domain. Used by the rule that compares e-mail addresses"
            " with their domain mapped."
        ),
    )
    retention_days = forms.IntegerField(
        label=_("Days until an account of a leaver is erased"),
        min_value=0,
        max_value=36500,
        help_text=_("Only accounts that the sync created. Until then they are suspended; 0 keeps them for good."),
    )
    suspend_linked = forms.BooleanField(
        label=_("Suspend matched accounts of leavers, too"),
        required=False,
        help_text=_("Otherwise accounts that your directory brought are left to your directory."),
    )
    disabled_leave = forms.BooleanField(
        label=_("Who is switched off at the source (enabledUser=false) has left"),
        required=False,
        help_text=_(
            "Otherwise they stay people of the roster, for many systems switch off everybody over the summer or before"
            " the first day. Somebody who has left cannot sign in and is in no group."
        ),
    )
    leave = forms.FloatField(label=_("Hold when more than this % would leave"), min_value=0, max_value=100)
    unlink = forms.FloatField(
        label=_("Hold when more than this % would lose their account"), min_value=0, max_value=100
    )
    create = forms.FloatField(
        label=_("Hold when more than this % of accounts would be created"), min_value=0, max_value=100
    )
    purge = forms.FloatField(label=_("Hold when more than this % would be erased"), min_value=0, max_value=100)
    floor = forms.IntegerField(label=_("Never hold for so few people"), min_value=0, max_value=1_000_000)

    def __init__(self, stated: Any, *, kept: Settings, life: LifeOptions) -> None:
        limits = life.limits
        initial: dict[str, object] = {
            "mode": kept.mode,
            **{name: getattr(kept.normalisers, name) for name in _NORMALISERS},
            "domains": "\n".join(f"{old} = {new}" for old, new in sorted(kept.domains.items())),
            "retention_days": life.retention_days,
            "suspend_linked": life.suspend_linked,
            "disabled_leave": life.disabled_leave,
            **{name: getattr(limits, name) for name in _LIMITS},
        }
        super().__init__(stated, initial=initial)
        field = self.fields["mode"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for the type checker
        field.choices = [(mode, f"{name}. {says}") for mode, (name, says) in MODES.items()]

    def clean_domains(self) -> dict[str, str]:
        """The map of domains."""
        pairs = {}
        for line in self.cleaned_data["domains"].splitlines():
            old, sign, new = line.partition("=")
            if line.strip() and not sign:
                raise forms.ValidationError(_("Write two domains with = between them on each line."))
            if line.strip():
                pairs[old.strip()] = new.strip()
        return pairs

    def options(self, before: Mapping[str, object]) -> dict[str, object]:
        """The options as they are kept; what this form does not know stays."""
        given = self.cleaned_data
        return {
            **before,
            "normalisers": {name: given[name] for name in _NORMALISERS},
            "domains": given["domains"],
            SECTION: {
                "retention_days": given["retention_days"],
                "suspend_linked": given["suspend_linked"],
                "disabled_leave": given["disabled_leave"],
                "limits": {name: given[name] for name in _LIMITS},
            },
        }


_NORMALISERS: Final = Normalisers.__struct_fields__
_LIMITS: Final = ("leave", "unlink", "create", "purge", "floor")
