"""What teachers' computers are set up with: policy templates, and policy files that name this server, as one zip."""

import io
import json
import plistlib
import zipfile

from rosterkeeper.launcher.policy import PREFERENCES, VERSION_VALUE
from rosterkeeper.launcher.settings import CONNECT_TO_SIS, ON, TEMPLATES
from rosterkeeper.launcher.templates import templates


def templates_zip(address: str) -> bytes:
    """The templates of Windows, and what puts computers with Linux and macOS on this server; the key is left out."""
    policy = {
        VERSION_VALUE: TEMPLATES,
        "use_server": ON,
        "student_selection_mode": CONNECT_TO_SIS,
        "server": address,
    }
    files = {
        **{f"windows/{name}": data for name, data in templates().items()},
        "linux/etc/rosterkeeper/console-policy.json": (json.dumps(policy, indent=1) + "\n").encode(),
        f"macos/{PREFERENCES}": plistlib.dumps(policy),
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()
