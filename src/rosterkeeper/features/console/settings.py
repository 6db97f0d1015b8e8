"""A district's settings of the console: read at every request, changed by administrators."""

from rosterkeeper.features.audit.log import record
from rosterkeeper.features.console.models import ConsoleSettings
from rosterkeeper.features.console.one_row import row_of

# The switches, as pages, calls and commands name them.
SWITCHES = ("is_on", "trusts_login", "cover", "guardians_at_cover")


def settings_of(district: int) -> ConsoleSettings:
    """The district's settings: the defaults, where nobody has changed them."""
    return row_of(ConsoleSettings, "district_id", district) or ConsoleSettings(district_id=district)


def change(district: int, wanted: dict[str, bool]) -> bool:
    """Set switches by their names, others stay; whether that changed anything. It holds from the next click on."""
    kept = settings_of(district)
    changed = {name: value for name, value in wanted.items() if getattr(kept, name) != value}
    if not changed:
        return False
    ConsoleSettings.objects.update_or_create(pk=district, defaults=changed)
    record("console.settings", about=f"console:{district}", details=dict(changed))
    return True
