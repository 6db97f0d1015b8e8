"""The pages of parents: those whom a sync took over with their children, and those who were left out, and why."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.people import left_out as leaving
from rosterkeeper.features.people import parents as families
from rosterkeeper.features.people.pages import district_of
from rosterkeeper.features.people.wording import RELATIONSHIPS, STATUS
from rosterkeeper.matching.tables import Kind

_LONGEST = 200


class ParentsForm(forms.Form):
    """Which parents a list is of."""

    text = forms.CharField(
        label=gettext_lazy("Name, e-mail, username or id"),
        required=False,
        max_length=_LONGEST,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        required=False,
        choices=[
            ("", gettext_lazy("parents")),
            (Kind.STAFF.value, gettext_lazy("staff who are parents")),
            (Kind.STUDENT.value, gettext_lazy("students who are parents")),
        ],
    )


class LeftOutForm(forms.Form):
    """Which of those left out a list is of; a school is CONNECTION:ORG."""

    code = forms.ChoiceField(label=gettext_lazy("Reason"), required=False)
    school = forms.ChoiceField(label=gettext_lazy("School"), required=False)

    def __init__(self, stated: object, *, district: int) -> None:
        super().__init__(stated)  # type: ignore[arg-type]
        numbers = leaving.numbers(district)
        reasons = [(code, f"{_(text)} ({numbers[code]})") for code, text in leaving.SHORT.items()]
        for name, choices in (("code", reasons), ("school", leaving.schools(district))):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for the type checker
            field.choices = [("", _("any")), *choices]

    def wanted(self) -> leaving.Wanted:
        """The list that was asked for."""
        connection, _sign, school = self.cleaned_data["school"].partition(":")
        return leaving.Wanted(self.cleaned_data["code"], int(connection or 0), school)


@needs(Right.SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def parents(request: HttpRequest, number: int) -> HttpResponse:
    """The parents with their children; typing asks with POST for the part of the page that lists them."""
    district = district_of(request, number)
    stated = request.POST if request.method == "POST" else request.GET
    form = ParentsForm(stated)
    page = families.Page()
    if form.is_valid():
        # What is typed is taken from a body alone: an address is kept in histories and logs.
        text = form.cleaned_data["text"] if request.method == "POST" else ""
        wanted = families.Wanted(text, form.cleaned_data["kind"] or Kind.PARENT)
        page = families.parents(number, wanted, after=stated.get("after", ""))
    shown = {
        "district": district,
        "form": form,
        "page": page,
        "is_first": not stated.get("after"),
        "here": "parents",
        "relationships": RELATIONSHIPS,
        "statuses": STATUS,
    }
    if request.method == "POST" and request.headers.get("HX-Request"):
        return render(request, "people/parents_found.html", shown)
    numbers = leaving.numbers(number)
    more = {"left_out": sum(numbers.values()), "off": leaving.switched_off(number)}
    return render(request, "people/parents.html", {**shown, **more})


@needs(Right.SEE)
@require_safe
def left_out(request: HttpRequest, number: int) -> HttpResponse:
    """The parents who were left out: why, and what to do about it."""
    district = district_of(request, number)
    form = LeftOutForm(request.GET or None, district=number)
    wanted = form.wanted() if form.is_valid() else leaving.Wanted()
    page = leaving.left_out(number, wanted, after=request.GET.get("after", ""))
    keys = [f"user:{each.connection}:{each.sourced_id}" for each in page.rows]
    if keys:
        record("people.left_out_listed", about=f"district:{number}", keys=keys)
    numbers = leaving.numbers(number)
    asked = request.GET.copy()
    asked.pop("after", None)
    shown = {
        "district": district,
        "form": form,
        "page": page,
        "is_first": not request.GET.get("after"),
        "asked": asked.urlencode(),
        "left_out": sum(numbers.values()),
        "off": leaving.switched_off(number),
        "here": "parents",
        "part": "left_out",
    }
    return render(request, "people/left_out.html", shown)
