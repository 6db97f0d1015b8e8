"""The tables of the teacher's console."""

from rosterkeeper.features.console.models.keys import ConsoleSettings, Key
from rosterkeeper.features.console.models.lessons import Attendance, Lesson, Teaching
from rosterkeeper.features.console.models.visits import Nonce, Opening, Visit

__all__ = ["Attendance", "ConsoleSettings", "Key", "Lesson", "Nonce", "Opening", "Teaching", "Visit"]
