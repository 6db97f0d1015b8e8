"""The daily digest: how every connection stands, once a day at a chosen time."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from rosterkeeper.features.connections.workflow import listed
from rosterkeeper.features.notices.kinds import Word
from rosterkeeper.features.notices.models import Rules
from rosterkeeper.features.notices.troubles import event_of, rules
from rosterkeeper.features.notices.watching import stale_since
from rosterkeeper.features.publish.models import Event, Target
from rosterkeeper.features.publish.outbox import put, wants
from rosterkeeper.features.runs.models import HeldState, Run
from rosterkeeper.features.runs.standing import Standing, standings


def digest(now: datetime) -> bool:
    """Make today's digest where its time has come and nobody has; whether it was made now."""
    held, today = rules(), localdate(now)
    if localtime(now).time() < held.digest_at or (held.digest_on is not None and held.digest_on >= today):
        return False
    with transaction.atomic():
        Rules.objects.get_or_create(id=1)
        # Compare and set: of several workers one makes it.
        if not Rules.objects.filter(id=1, digest_on=held.digest_on).update(digest_on=today):
            return False
        by_meant: dict[tuple[int | None, tuple[int, ...]], list[Target]] = {}
        for target in Target.objects.order_by("id"):
            if wants(target, Word.DIGEST):
                by_meant.setdefault((target.district, tuple(target.connections)), []).append(target)
        for (district, connections), targets in by_meant.items():
            put(_event(now, held.stale_hours, district, connections), targets)
        return bool(by_meant)


def _event(now: datetime, stale_hours: int, district: int | None, connections: tuple[int, ...]) -> Event:
    in_use = [each for each in listed() if district in (None, each.district_id)]
    all_of_them = standings([each for each in in_use if not connections or each.pk in connections])
    lines = [_line(each, now, stale_hours) for each in all_of_them] or [_("There is no connection yet.")]
    wrong = sum(1 for each in all_of_them if _is_wrong(each, now, stale_hours))
    counted = _("%(wrong)s of %(all)s connections need a look") % {"wrong": wrong, "all": len(all_of_them)}
    event = event_of(Word.DIGEST, counted if wrong else _("All connections are well"), *lines, at=now, path="/")
    event.district = district
    return event


def _is_wrong(each: Standing, now: datetime, stale_hours: int) -> bool:
    ended_badly = each.last_run is not None and each.last_run.outcome in ("failed", "held", "partial")
    return ended_badly or stale_since(each.state, now, stale_hours) is not None


def _line(each: Standing, now: datetime, stale_hours: int) -> str:
    parts = [_(each.last_run.outcome or "running") if each.last_run else _("not synced yet")]
    if each.state.last_updated:
        parts.append(_("Last Updated %(time)s") % {"time": f"{localtime(each.state.last_updated):%Y-%m-%d %H:%M}"})
    if stale_since(each.state, now, stale_hours):
        parts.append(_("stale"))
    if Run.objects.filter(connection_id=each.connection.pk, held_state=HeldState.WAITING).exists():
        parts.append(_("a change waits for approval"))
    changed = _changed(each.connection.pk, now)
    parts.append(_("%(changed)s records changed in a day") % {"changed": changed})
    return f"{each.connection.label}: {', '.join(parts)}."


def _changed(connection_id: int, now: datetime) -> int:
    runs = Run.objects.filter(connection_id=connection_id, outcome__in=("applied", "partial"))
    lately = runs.filter(finished_at__gt=now - timedelta(days=1)).values_list("counts", flat=True)
    return sum(
        counts.get(word, 0)
        for run in lately
        for counts in run.values()
        for word in ("add", "update", "remove", "restore")
    )
