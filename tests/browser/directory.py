"""A directory for the furnished installation: accounts, a list that waits, matched and disputed people, groups."""

import io

from rosterkeeper.features.groups import changing
from rosterkeeper.features.groups.models import Group
from rosterkeeper.features.people import fresh, hand, rulings, trying, uploading
from rosterkeeper.features.people.models import Person
from rosterkeeper.features.roster.models import LIVE
from rosterkeeper.features.scim import tokens
from rosterkeeper.matching.tables import GroupKind, Result, Ruling

# Of the people with an address: so many get an account, so many two accounts of one address.
_MATCHED, _DISPUTED = 20, 2


def furnish_directory(district: int, connection: int, *, name: str, by: int) -> dict[str, str]:
    """Fill the district's directory and match it; returns what stands in the addresses of its pages."""
    users = LIVE["users"]._default_manager.filter(connection_id=connection, status="active").exclude(email="")
    mails = list(users.order_by("sourced_id").values_list("email", flat=True)[: _MATCHED + _DISPUTED])
    account = hand.add(district, {"username": "ours", "display_name": name, "family_name": name})
    for number, mail in enumerate([*mails, *mails[-_DISPUTED:]]):
        hand.add(district, {"username": f"u{number}", "email": mail, "given_name": name})
    listed = uploading.keep(
        io.BytesIO(b"username,mail\nada,ada@example.org\n,\n"), f"{name}.csv", district=district, account=by
    )
    for number in uploading.waiting():
        uploading.carry_out(number)
    fresh.refresh(district)
    disputed = Person.objects.filter(district_id=district, result=Result.DISPUTED).first()
    unmatched = Person.objects.filter(district_id=district, result=Result.UNMATCHED).first()
    assert disputed
    assert unmatched
    ruling = rulings.rule(unmatched, rulings.Decided(Ruling.IGNORE), by=by)
    trial = trying.ask(district, mode="create", rules={"student": []}, options={}, account=by)
    trying.carry_out(trial.pk)
    token, _text = tokens.make(district, name)
    group = Group.objects.filter(district_id=district, status="active").first()
    assert group
    merged = changing.make(district, GroupKind.MERGED, name, parts=[group])
    return {
        "/account/<slug:uid>": f"/account/{account.uid}",
        "/person/<slug:uid>": f"/person/{disputed.uid}",
        "/of/<slug:uid>": f"/of/{disputed.uid}",
        "/groups/<slug:uid>/parts": f"/groups/{merged.uid}/parts",
        "/groups/<slug:uid>": f"/groups/{group.uid}",
        "/matching/<slug:part>": "/matching/disputed",
        "/held/<slug:word>": "/held/approve",
        "/settle/<slug:word>": "/settle/drop",
        "<slug:word>": "drop",
        "<int:ruling>": str(ruling.pk),
        "<int:upload>": str(listed.pk),
        "<int:trial>": str(trial.pk),
        "<int:token>": str(token.pk),
        "<int:district>": str(district),
    }
