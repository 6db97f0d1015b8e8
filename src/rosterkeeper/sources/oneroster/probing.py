"""The connection test: what a fetch needs, tried with one record of each collection (M11-M13, S11-S13, N36, N37).

It writes nothing, tries everything once, asks for a token at most three times, and tells of the first record only
which of the standard's fields it fills.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.oneroster.fields import BASE_FIELDS, DEMOGRAPHICS, ORGS, Entity, Need
from rosterkeeper.oneroster.findings import CODES
from rosterkeeper.sources.contract import Probe, raw_fields
from rosterkeeper.sources.http import faults
from rosterkeeper.sources.http.client import Answer
from rosterkeeper.sources.http.oauth2 import MOST_CALLS
from rosterkeeper.sources.oneroster import urls
from rosterkeeper.sources.oneroster.fetching import COLLECTIONS, Entrance
from rosterkeeper.sources.oneroster.reading import PageReader, Unstorable
from rosterkeeper.sources.oneroster.service import Door, Service, Setup, no_service
from rosterkeeper.sources.oneroster.witness import masks
from rosterkeeper.sources.spec import OneRosterSpec

_CREDENTIALS: Final = frozenset({"source.refused_credentials", "source.scope_refused", "classlink.wrong_key"})
_SHARING: Final = "classlink."
# The server was reached, and spoke.
_ANSWERED: Final = frozenset(
    {
        "source.rate_limited",
        "source.server_error",
        "source.forbidden",
        "source.moved",
        "source.not_found",
        "source.not_json",
        "source.not_oneroster",
        "source.too_large",
    }
)
_TLS: Final = "source.tls"
_NOTHING: Final = "source.not_found"


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tested: how to open the way in, and with the other signature, if there is one.

    ``url`` is the address by which it is told whether the connection is encrypted.
    """

    open: Callable[[Setup], Entrance]
    url: str
    other: Callable[[Setup], Entrance] | None = None


def trial_of(spec: OneRosterSpec, *, counts_pages: bool = False) -> Trial:
    """The trial of a OneRoster server; where HMAC-SHA256 signs, HMAC-SHA1 is the other signature."""
    other = None
    if spec.auth == "oauth1":
        sha1 = msgspec.structs.replace(spec, auth="oauth1-sha1")
        other = lambda setup: Door(sha1, setup, counts_pages=counts_pages)  # noqa: E731
    return Trial(lambda setup: Door(spec, setup, counts_pages=counts_pages), _least_safe(spec), other)


def _least_safe(spec: OneRosterSpec) -> str:
    """The address that all may read along at, if there is one: the secret goes to the token's address too."""
    asked = [spec.url, spec.token_url] if spec.auth == "oauth2" else [spec.url]
    return next((url for url in asked if url.strip().lower().startswith("http:")), spec.url)


def probes(trial: Trial, setup: Setup) -> list[Probe]:
    """The server, the credentials, then each collection; it ends at the first that makes the rest pointless.

    Collections that ``setup.since.unread`` names are not asked for: a sync does not need them.
    """
    hasty = replace(setup, patience=replace(setup.patience, tries=1), token_calls=MOST_CALLS)
    try:
        entrance = trial.open(hasty)
    except RosterkeeperError as fault:
        return [failed("settings", fault)]
    with closing(entrance):
        try:
            service = _entered(entrance)
        except RosterkeeperError as fault:
            return _stopped(trial, hasty, fault)
        made = [*_reached(trial.url), Probe("credentials", True, says="The credentials are accepted.")]
        made.append(Probe("service", True, says=f"A OneRoster {service.version} service answers."))
        wanted = [entity for entity in COLLECTIONS if entity.name not in setup.since.unread]
        collections = [_collection(service, entity) for entity in wanted]
    if all(each.code == _NOTHING for each in collections if each.what != DEMOGRAPHICS.name):
        # With a version set, nothing else has shown that there is no service at all.
        return [*_reached(trial.url), failed("service", no_service())]
    return made + collections


def failed(what: str, fault: RosterkeeperError) -> Probe:
    """The probe of something that does not hold."""
    return Probe(what, False, fault.code, fault.what, fault.todo)


def _entered(entrance: Entrance) -> Service:
    service = entrance.find()
    # With a version set, nothing has been asked so far.
    service.session.get(urls.page_address(service.endpoint(ORGS), 0, 1))
    return service


def _reached(url: str) -> list[Probe]:
    server = Probe("server", True, says="The server answers.")
    if urls.normalised(url).origin.startswith("https:"):
        return [server, Probe("encryption", True, says="The connection is encrypted, and the certificate trusted.")]
    return [server, _not_encrypted()]


def _not_encrypted() -> Probe:
    return Probe(
        "encryption",
        True,
        code="source.not_encrypted",
        says="The address is http: names, and what signs in, cross the network for all to read.",
        todo="Use an https address, unless the server is on this machine.",
    )


def _stopped(trial: Trial, hasty: Setup, fault: RosterkeeperError) -> list[Probe]:
    """The probes up to the one that failed."""
    if fault.code in _CREDENTIALS:
        return [*_reached(trial.url), _refused(trial, hasty, fault)]
    if fault.code.startswith(_SHARING):
        accepted = Probe("credentials", True, says="ClassLink accepts the API key.")
        return [*_reached(trial.url), accepted, failed("sharing", fault)]
    if fault.code in _ANSWERED:
        return [*_reached(trial.url), failed("service", fault)]
    if fault.code == _TLS:
        return [Probe("server", True, says="The server answers."), failed("encryption", fault)]
    return [failed("server", fault)]


def _refused(trial: Trial, hasty: Setup, fault: RosterkeeperError) -> Probe:
    """Refused credentials; where the other signature opens, that is what is wrong."""
    if trial.other is None:
        return failed("credentials", fault)
    with closing(trial.other(hasty)) as entrance:
        try:
            _entered(entrance)
        except RosterkeeperError as second:
            also = " HMAC-SHA1 was tried too, and refused." if second.code in _CREDENTIALS else ""
            return Probe("credentials", False, code=fault.code, says=fault.what + also, todo=fault.todo)
    return Probe(
        "credentials",
        False,
        code="source.other_signature",
        says="The server refuses the signature HMAC-SHA256 and accepts HMAC-SHA1.",
        todo="Set the connection to it (connection edit NAME --auth oauth1-sha1), then test again.",
    )


def _collection(service: Service, entity: Entity) -> Probe:
    try:
        answer = service.session.get(urls.page_address(service.endpoint(entity), 0, 1))
        if answer.ok:
            return _read(service, entity, answer)
    except Unstorable as fault:
        return Probe(entity.name, False, fault.finding.code, CODES[fault.finding.code].says)
    except RosterkeeperError as fault:
        return failed(entity.name, fault)
    if entity is DEMOGRAPHICS:
        code = CODES["table.not_shared"]
        return Probe(entity.name, True, code.name, code.says, "Nothing to do, unless demographics are wanted.")
    return failed(entity.name, faults.of_status(answer.status).error)


def _read(service: Service, entity: Entity, answer: Answer) -> Probe:
    """What a collection's first record says of it."""
    page = PageReader(entity, service.place(entity)).sheet(answer.body, 0)
    if not page.ids:
        code = CODES["table.empty_collection"]
        return Probe(entity.name, True, code.name, "It can be read, and is empty.", "Check that something is shared.")
    total = answer.headers.get("X-Total-Count", "").strip()
    known = f"{total} records" if total.isascii() and total.isdigit() else "the server does not say how many records"
    record: dict[str, object] = page.content.rows.slice(0, 1).to_pylist()[0]
    says = f"It can be read: {known}; the first has {_shape(service, entity, record)}."
    if masks(answer):
        code = CODES["vendor.masked_fields"]
        return Probe(entity.name, True, code.name, f"{says} {code.says}", "See at ClassLink whether DataGuard is on.")
    return Probe(entity.name, True, says=says)


def _shape(service: Service, entity: Entity, record: dict[str, object]) -> str:
    """How many of the version's fields the record fills, and which of those it should fill it leaves blank."""
    fields = [each for each in raw_fields(entity) if service.version in each.versions and each.csv not in BASE_FIELDS]
    filled = [each for each in fields if record.get(each.column)]
    blank = [each.csv for each in fields if each.need is not Need.MAY and not record.get(each.column)]
    return f"{len(filled)} of {len(fields)} fields" + (f", without {', '.join(blank)}" if blank else "")
