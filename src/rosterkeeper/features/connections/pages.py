"""The pages of connections: add one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.connections import workflow
from rosterkeeper.features.connections.forms import ConnectionForm
from rosterkeeper.features.connections.stating import made
from rosterkeeper.oneroster.errors import SettingsError


@needs(Right.SETTINGS)
def add(request: HttpRequest) -> HttpResponse:
    """Add a connection."""
    form = ConnectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            spec = made(form.cleaned_data["kind"], form.stated())
            connection = workflow.add(form.cleaned_data["name"], spec)
        except SettingsError as fault:
            form.add_error(None, f"{fault.what} {fault.todo}")
        else:
            return redirect("connection", connection.pk)
    return render(request, "connections/add.html", {"form": form})
