"""The launcher as one file that any Python of 3.11 or later runs: a zip with its modules (PEP 441)."""

import io
import zipfile
from importlib import resources
from typing import Final

ZIPAPP: Final = "rosterkeeper-console.pyz"
_FIRST: Final = b"#!/usr/bin/env python3\n"
_START: Final = '''"""The teacher's console."""

import sys

if sys.version_info < (3, 11):
    sys.exit("The console needs Python 3.11 or later; this is %d.%d." % sys.version_info[:2])

from rosterkeeper.launcher.main import main

sys.exit(main(sys.argv[1:]))
'''
# The earliest that a zip can say: the same modules are the same file, whenever it is made.
_TIME: Final = (1980, 1, 1, 0, 0, 0)


def zipapp() -> bytes:
    """The file's bytes."""
    held = io.BytesIO()
    held.write(_FIRST)
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "__main__.py", _START)
        _add(archive, "rosterkeeper/__init__.py", "")
        for each in sorted(resources.files("rosterkeeper.launcher").iterdir(), key=lambda each: each.name):
            if each.name.endswith(".py"):
                _add(archive, f"rosterkeeper/launcher/{each.name}", each.read_text(encoding="utf-8"))
    return held.getvalue()


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(zipfile.ZipInfo(name, _TIME), text.encode("utf-8"), zipfile.ZIP_DEFLATED)
