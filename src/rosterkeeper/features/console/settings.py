"""A district's settings of the console."""

from rosterkeeper.features.console.models import ConsoleSettings


def settings_of(district: int) -> ConsoleSettings:
    """The district's settings: the defaults, where nobody has changed them."""
    return ConsoleSettings.objects.filter(pk=district).first() or ConsoleSettings(district_id=district)
