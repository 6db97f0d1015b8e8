"""The pages of the Gateway log: its numbered files, listed and to be downloaded (N39)."""

from datetime import UTC, datetime

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.features.runs import gateway


@needs(Right.SEE)
def listed(request: HttpRequest) -> HttpResponse:
    """The files of this machine, district by district, the newest first."""
    files = []
    for district in districts_seen(request):
        for path in reversed(gateway.files(district.pk)):
            stands = path.stat()
            at = datetime.fromtimestamp(stands.st_mtime, UTC)
            number = path.stem.removeprefix("GW")
            files.append({"district": district, "name": path.name, "number": number, "size": stands.st_size, "at": at})
    shows_district = len({each["district"] for each in files}) > 1
    return render(request, "runs/gateway.html", {"files": files, "shows_district": shows_district})


@needs(Right.SEE)
def download(request: HttpRequest, district: int, number: str) -> FileResponse:
    """One file of a district's log."""
    of = get_object_or_404(districts_seen(request), id=district)
    # By what is there: no part of the address becomes a part of a path.
    found = next((path for path in gateway.files(of.pk) if path.stem == f"GW{number}"), None)
    if found is None:
        raise Http404
    return FileResponse(
        found.open("rb"), as_attachment=True, filename=found.name, content_type="text/plain; charset=utf-8"
    )
