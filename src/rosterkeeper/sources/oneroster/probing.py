"""The connection test: what a fetch needs, tried with one record of each collection."""

from collections.abc import Sequence
from typing import Final

from rosterkeeper.oneroster.errors import RosterkeeperError
from rosterkeeper.oneroster.fields import DEMOGRAPHICS, ORGS, Entity
from rosterkeeper.oneroster.findings import CODES
from rosterkeeper.sources.contract import Probe
from rosterkeeper.sources.http import faults
from rosterkeeper.sources.oneroster import urls
from rosterkeeper.sources.oneroster.reading import PageReader, Unstorable
from rosterkeeper.sources.oneroster.service import Door, Service

_CREDENTIALS: Final = "source.refused_credentials"
# The server was reached, and spoke.
_ANSWERED: Final = frozenset({_CREDENTIALS, "source.rate_limited", "source.server_error", "source.forbidden"})


def probes(door: Door, collections: Sequence[Entity]) -> list[Probe]:
    """The server, the credentials, then each collection; it ends at the first that makes the rest pointless."""
    try:
        service = door.find()
        # With a version set, nothing has been asked so far.
        service.session.get(urls.page_address(service.endpoint(ORGS), 0, 1))
    except RosterkeeperError as fault:
        if fault.code == _CREDENTIALS:
            return [_reached(), failed("credentials", fault)]
        if fault.code in _ANSWERED:
            return [_reached(), failed("service", fault)]
        return [failed("server", fault)]
    made = [_reached(), Probe("credentials", True, says="The credentials are accepted.")]
    made.append(Probe("service", True, says=f"A OneRoster {service.version} service answers."))
    return made + [_collection(service, entity) for entity in collections]


def failed(what: str, fault: RosterkeeperError) -> Probe:
    """The probe of something that does not hold."""
    return Probe(what, False, fault.code, fault.what, fault.todo)


def _reached() -> Probe:
    return Probe("server", True, says="The server answers.")


def _collection(service: Service, entity: Entity) -> Probe:
    try:
        answer = service.session.get(urls.page_address(service.endpoint(entity), 0, 1))
        if answer.ok:
            PageReader(entity, service.place(entity))(answer.body, 0)
            return Probe(entity.name, True, says="It can be read.")
    except Unstorable as fault:
        return Probe(entity.name, False, fault.finding.code, CODES[fault.finding.code].says)
    except RosterkeeperError as fault:
        return failed(entity.name, fault)
    if entity is DEMOGRAPHICS:
        code = CODES["table.not_shared"]
        return Probe(entity.name, True, code.name, code.says, "Nothing to do, unless demographics are wanted.")
    return failed(entity.name, faults.of_status(answer.status).error)
