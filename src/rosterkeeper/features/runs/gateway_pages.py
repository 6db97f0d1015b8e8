"""The pages of the Gateway log: its numbered files, listed and to be downloaded (N39)."""

from datetime import UTC, datetime

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.runs import gateway


@needs(Right.SEE)
def listed(request: HttpRequest) -> HttpResponse:
    """The files of this machine, the newest first."""
    files = []
    for path in reversed(gateway.files()):
        stands = path.stat()
        at = datetime.fromtimestamp(stands.st_mtime, UTC)
        number = path.stem.removeprefix("GW")
        files.append({"name": path.name, "number": number, "size": stands.st_size, "at": at})
    return render(request, "runs/gateway.html", {"files": files})


@needs(Right.SEE)
def download(request: HttpRequest, number: str) -> FileResponse:  # noqa: ARG001 -- a view's signature
    """One file of the log."""
    # By what is there: no part of the address becomes a part of a path.
    found = next((path for path in gateway.files() if path.stem == f"GW{number}"), None)
    if found is None:
        raise Http404
    return FileResponse(
        found.open("rb"), as_attachment=True, filename=found.name, content_type="text/plain; charset=utf-8"
    )
