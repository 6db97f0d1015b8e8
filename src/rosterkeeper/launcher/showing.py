"""How the console speaks: lines where somebody reads them, else a page that says why it did not open."""

import html
import sys
from pathlib import Path
from typing import Final

from rosterkeeper.launcher.asking import Trouble
from rosterkeeper.launcher.start import Browse

NAME: Final = "console-trouble.html"
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The console cannot be opened</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }}
</style>
</head>
<body><main>
<h1>The console cannot be opened</h1>
<p>{what}</p>
<p><strong>Next step:</strong> {todo}</p>
<p>For your IT staff: <code>{code}</code></p>
</main></body>
</html>
"""


def say(text: str, *, to_error: bool = False) -> None:
    """Write a line; Windows gives a program without a window nowhere to write it."""
    if (stream := sys.stderr if to_error else sys.stdout) is not None:
        stream.write(text + "\n")


def has_terminal() -> bool:
    """Whether somebody reads what is written: not where an icon or a login script started the console."""
    return sys.stderr is not None and sys.stderr.isatty()


def show(trouble: Trouble, folder: Path, browse: Browse) -> None:
    """Open a page of this computer that says what is wrong; OSError where the folder cannot hold it."""
    words = {name: html.escape(getattr(trouble, name)) for name in ("what", "todo", "code")}
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    page = folder / NAME
    page.write_text(_PAGE.format(**words), encoding="utf-8")
    browse(page.resolve().as_uri())
