"""The pages of notices: who is told of what, and what was told."""

from django.contrib import messages
from django.forms.models import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rosterkeeper.features.accounts.rights import Right, needs
from rosterkeeper.features.accounts.scope import sees_all_districts
from rosterkeeper.features.audit.log import record
from rosterkeeper.features.connections.scope import connection_of, connections_seen
from rosterkeeper.features.look.told import refusal
from rosterkeeper.features.notices import targets
from rosterkeeper.features.notices.forms import ExpiryForm, RulesForm, TargetForm
from rosterkeeper.features.notices.kinds import LABELS, Word
from rosterkeeper.features.notices.models import Expiry, Rules
from rosterkeeper.features.notices.scope import events_seen, target_of, targets_seen
from rosterkeeper.features.notices.troubles import rules
from rosterkeeper.features.publish.models import DeliveryState, Kind, Target
from rosterkeeper.oneroster.errors import SettingsError

_SHOWN = 30


@needs(Right.SETTINGS)
def notices(request: HttpRequest) -> HttpResponse:
    """Targets, rules, and what was told lately."""
    return _page(request, RulesForm(initial=model_to_dict(rules())))


@needs(Right.SETTINGS)
def sent(request: HttpRequest) -> HttpResponse:
    """The part of the page that tells what was told; the page asks for it while something waits."""
    return render(request, "notices/sent.html", _sent(request))


@needs(Right.SETTINGS)
def add(request: HttpRequest) -> HttpResponse:
    """Add a target; a webhook's secret is shown once, on the page that follows."""
    form = TargetForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            target, secret = targets.add(form.stated)
        except SettingsError as wrong:
            form.add_error("name", refusal(wrong))
        else:
            _record(request, "notice.target_added", target)
            if secret:
                return render(request, "notices/secret.html", {"target": target, "secret": secret})
            messages.success(request, _("%(name)s was added. Send a test to see it work.") % {"name": target.name})
            return redirect("notices")
    shown = {"form": form, "heading": _("Add a target"), "needs_mail": not targets.can_mail()}
    return render(request, "notices/target.html", shown)


@needs(Right.SETTINGS)
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change a target; its address is not shown, and kept where it is left blank."""
    target = target_of(request, number)
    form = TargetForm(request.POST or None, request=request, target=target)
    if request.method == "POST" and form.is_valid():
        try:
            targets.change(target, form.stated)
        except SettingsError as wrong:
            form.add_error("name", refusal(wrong))
        else:
            _record(request, "notice.target_changed", target)
            messages.success(request, _("%(name)s was changed.") % {"name": target.name})
            return redirect("notices")
    shown = {"form": form, "heading": target.name, "target": target, "is_webhook": target.kind == Kind.WEBHOOK}
    return render(request, "notices/target.html", shown | {"where": targets.where(target)})


@needs(Right.SETTINGS)
@require_POST
def test(request: HttpRequest, number: int) -> HttpResponse:
    """Send a test; the worker does, and the page tells what came of it."""
    target = target_of(request, number)
    targets.try_out(target)
    _record(request, "notice.target_tried", target)
    messages.info(request, _("A test goes to %(name)s; what came of it is below.") % {"name": target.name})
    return redirect("notices")


@needs(Right.SETTINGS)
@require_POST
def renew(request: HttpRequest, number: int) -> HttpResponse:
    """Give a webhook a new secret, shown once."""
    target = target_of(request, number)
    if target.kind != Kind.WEBHOOK:
        raise Http404
    secret = targets.renew_secret(target)
    _record(request, "notice.secret_renewed", target)
    return render(request, "notices/secret.html", {"target": target, "secret": secret})


@needs(Right.SETTINGS)
@require_POST
def delete(request: HttpRequest, number: int) -> HttpResponse:
    """Remove a target, and what waited for it."""
    target = target_of(request, number)
    _record(request, "notice.target_deleted", target)
    target.delete()
    messages.success(request, _("%(name)s was deleted.") % {"name": target.name})
    return redirect("notices")


@needs(Right.SETTINGS, everywhere=True)
@require_POST
def set_rules(request: HttpRequest) -> HttpResponse:
    """Set the rules that hold for all targets."""
    form = RulesForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    Rules.objects.update_or_create(id=1, defaults=form.cleaned_data)
    stated = {name: str(value) for name, value in form.cleaned_data.items()}
    record("notice.rules_changed", account=request.user.pk or 0, details=stated)
    messages.success(request, _("The rules were saved."))
    return redirect("notices")


@needs(Right.SETTINGS)
@require_POST
def set_expiry(request: HttpRequest, connection: int) -> HttpResponse:
    """Set or clear the last day of a connection's credentials."""
    found = connection_of(request, connection)
    form = ExpiryForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This is not a date. Write it as year-month-day."))
    elif form.cleaned_data["last_day"]:
        Expiry.objects.update_or_create(connection_id=found.pk, defaults=form.cleaned_data)
        messages.success(request, _("You will be reminded two weeks and three days before."))
    else:
        Expiry.objects.filter(connection_id=found.pk).delete()
        messages.success(request, _("There is no reminder for %(name)s any more.") % {"name": found.name})
    return redirect("notices")


def _page(request: HttpRequest, form: RulesForm) -> HttpResponse:
    in_use = list(connections_seen(request))
    last_days = dict(Expiry.objects.filter(pk__in=[each.pk for each in in_use]).values_list("pk", "last_day"))
    shown = {
        "targets": [(each, targets.where(each), _meant(each)) for each in targets_seen(request)],
        "rules_form": form if sees_all_districts(request) else None,
        "needs_mail": not targets.can_mail(),
        "expiries": [
            (each, ExpiryForm(initial={"last_day": last_days.get(each.pk)}, auto_id=f"id_%s_{each.pk}"))
            for each in in_use
        ],
        **_sent(request),
    }
    return render(request, "notices/notices.html", shown)


def _sent(request: HttpRequest) -> dict[str, object]:
    events = events_seen(request)[:_SHOWN]
    told = [(each, LABELS.get(Word(each.word), each.word), list(each.deliveries.all())) for each in events]
    waits = any(one.state == DeliveryState.WAITING and one.tries < 2 for *_rest, tellings in told for one in tellings)
    return {"events": told, "waits": waits}


def _meant(target: Target) -> str:
    return ", ".join(str(LABELS[Word(word)]) for word in target.words if word in set(Word)) or _("all notices")


def _record(request: HttpRequest, what: str, target: Target) -> None:
    record(what, account=request.user.pk or 0, about=f"target:{target.pk}", details={"kind": target.kind})
