"""What somebody limited to districts may state of a connection: their own district, and no door to another one's data.

A path on the server and the installation's ClassLink key open whatever lies behind them, whosever it is. Who sees every
district answers for both; a district's own administrator uploads a zip, or enters the key of their own tenant.
"""

from django.http import HttpRequest

from rosterkeeper.features.accounts.scope import sees_all_districts
from rosterkeeper.features.connections import uploads
from rosterkeeper.features.connections.districts import name_meant
from rosterkeeper.features.connections.scope import districts_seen
from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.sources.spec import ClassLinkSpec, CsvSpec, SourceSpec


def district_given(request: HttpRequest, name: str) -> str:
    """The name of the district that a new connection is for; '' is the reader's only one, or the one named default.

    SettingsError where it is not in sight; who sees every district may name a new one.
    """
    if sees_all_districts(request):
        return name_meant(name)
    mine = list(districts_seen(request).values_list("name", flat=True))
    if name in mine or (not name and len(mine) == 1):
        return name or mine[0]
    raise SettingsError(
        "district.unknown", "There is no district of this name.", todo="Name one of those that you can see."
    )


def check_source(request: HttpRequest, spec: SourceSpec, before: SourceSpec | None = None) -> None:
    """SettingsError where the spec, unlike the one ``before``, opens what only who sees every district may open."""
    if sees_all_districts(request):
        return
    if isinstance(spec, CsvSpec) and not uploads.is_upload(spec) and spec != before:
        raise SettingsError(
            "connection.server_path",
            "An account that is limited to districts cannot name a path on the server.",
            todo="Upload the zip, or ask who runs the server.",
        )
    if _key_used(spec) and _key_used(spec) != (before is not None and _key_used(before)):
        raise SettingsError(
            "connection.installed_key",
            "An account that is limited to districts cannot use the installation's ClassLink key for a tenant.",
            todo="Enter your own API key, or ask who runs the server.",
        )


def _key_used(spec: SourceSpec) -> str:
    """The tenant for which the installation's key would be used; '' where it would not."""
    is_used = isinstance(spec, ClassLinkSpec) and not spec.secret and not spec.url
    return spec.tenant_id if is_used and isinstance(spec, ClassLinkSpec) else ""
