"""The pages of uploaded lists of accounts: sending one, its columns, its numbers, applying it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.connections.models import District
from rosterkeeper.features.connections.uploads import was_too_large
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.people import uploading
from rosterkeeper.features.people.forms import ColumnsForm, UploadForm
from rosterkeeper.features.people.models import Upload
from rosterkeeper.features.people.pages import district_of
from rosterkeeper.features.people.wording import FIELDS
from rosterkeeper.job.words import LISTED, Counts
from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.oneroster.findings import CODES

_MOST_LINES = 200


def upload_of(district: District, number: int) -> Upload:
    """One of the district's uploads; Http404 where it has none of that number."""
    return get_object_or_404(Upload, district_id=district.pk, pk=number)


@needs(Right.RUN)
@require_http_methods(["GET", "HEAD", "POST"])
def uploads(request: HttpRequest, number: int) -> HttpResponse:
    """Upload a list of accounts, and what was uploaded lately."""
    district = district_of(request, number)
    form = UploadForm(request.POST or None, request.FILES or None)
    if was_too_large(request):
        form.add_error("file", _("The file is larger than 2 GB."))
    elif request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = uploading.keep(
                file.file,
                file.name,
                district=number,
                account=request.user.pk or 0,
                whole=form.cleaned_data["whole"] == "yes",
            )
        except RosterkeeperError as fault:
            form.add_error("file", refusal(fault))
        else:
            return redirect("directory_upload", number, made.pk)
    shown = {"district": district, "form": form, "uploads": uploading.latest(number), "here": "uploads"}
    return render(request, "people/uploads.html", shown)


@needs(Right.RUN)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, number: int, upload: int) -> HttpResponse:
    """One upload: which column says what, the numbers, and applying; a POST chooses the columns."""
    district = district_of(request, number)
    found = upload_of(district, upload)
    sent = request.POST if request.method == "POST" else None
    form = ColumnsForm(sent, headings=found.headings, columns=found.columns, whole=found.whole)
    if request.method == "POST" and form.is_valid():
        columns = {name: form.cleaned_data[name] for name in form.fields if name != "whole"}
        try:
            uploading.choose(found, columns, whole=form.cleaned_data["whole"] == "yes")
        except RosterkeeperError as fault:
            form.add_error(None, refusal(fault))
        else:
            return redirect("directory_upload", number, found.pk)
    return render(request, "people/upload.html", {**_shown(district, found), "form": form})


@needs(Right.RUN)
@require_safe
def upload_now(request: HttpRequest, number: int, upload: int) -> HttpResponse:
    """The part of an upload's page that waits for its numbers."""
    district = district_of(request, number)
    found = upload_of(district, upload)
    answer = render(request, "people/upload_now.html", _shown(district, found))
    if found.wants not in ("look", "apply"):
        answer["HX-Refresh"] = "true"
    return answer


@needs(Right.RUN)
@require_POST
def settle(request: HttpRequest, number: int, upload: int, word: str) -> HttpResponse:
    """Apply an upload, or drop it."""
    found = upload_of(district_of(request, number), upload)
    if word == "drop":
        if uploading.drop(found):
            messages.info(request, _("The file was dropped; nothing was changed."))
        return redirect("directory_uploads", number)
    try:
        uploading.apply(found, confirmed=request.POST.get("confirmed") == "yes")
    except RosterkeeperError as fault:
        messages.error(request, refusal(fault))
    return redirect("directory_upload", number, found.pk)


def _shown(district: District, found: Upload) -> dict[str, object]:
    result = uploading.result_of(found)
    return {
        "district": district,
        "upload": found,
        "result": result,
        "counts": result.counts.get(LISTED, Counts()) if result else None,
        "findings": [(CODES[code], number) for code, number in result.findings.items() if code in CODES]
        if result
        else [],
        "lines": result.lines[:_MOST_LINES] if result else [],
        "columns": [(FIELDS[name], heading) for name, heading in found.columns.items() if name in FIELDS],
        "waits": found.wants in ("look", "apply"),
        "here": "uploads",
    }
