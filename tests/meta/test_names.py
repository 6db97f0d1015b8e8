"""Names that say nothing, and words that have no place in a public repository."""

import ast
import re
from pathlib import Path

from tests.meta.tree import ROOT, files, parsed, place, python_files

EMPTY_NAMES = {"util", "helper", "common", "base", "manager", "misc", "shared", "stuff"}

# Put together from parts, so that this file does not hold what it forbids.
FORBIDDEN = re.compile(
    "|".join(
        [
            *(re.escape(f"/{folder}/") for folder in ("work", "root", "opt/pypi", "opt/wheels")),
            r"/tmp/(?!\w*\.)[a-z_-]+/",
            *(
                rf"\b{''.join(parts)}\b"
                for parts in (("cla", "ude"), ("anth", "ropic"), ("chat", "gpt"), ("co", "pilot"))
            ),
            *(
                rf"\b{''.join(parts)}s?\b"
                for parts in (("sub", "agent"), ("language ", "model"), ("llm",), ("coding ", "agent"))
            ),
            r"\b" + "".join(("AI", " (assistant|generated|session)")) + r"\b",
        ]
    ),
    re.IGNORECASE,
)
ALLOWED_INDEXES = ("https://pypi.org/simple", "https://files.pythonhosted.org/")


def _texts() -> list[tuple[Path, str]]:
    found = []
    for path in files():
        try:
            found.append((path, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def test_no_module_is_named_for_nothing_in_particular() -> None:
    empty = [
        place(path)
        for path in python_files()
        for part in path.relative_to(ROOT).with_suffix("").parts
        if part.lower().rstrip("s") in EMPTY_NAMES
    ]
    assert not empty, "\n".join(empty)


def test_no_file_names_a_machine_or_a_tool_that_wrote_it() -> None:
    hits = []
    for path, text in _texts():
        if path == Path(__file__).resolve() or path.name == "uv.lock":
            continue
        hits += [
            f"{place(path, number)} {found.group()}"
            for number, line in enumerate(text.splitlines(), 1)
            if (found := FORBIDDEN.search(line))
        ]
    assert not hits, "\n".join(hits)


def test_the_lock_file_names_public_indexes_only() -> None:
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    addresses = set(re.findall(r'(?:registry|url) = "([^"]+)"', lock))
    foreign = [each for each in addresses if not each.startswith(ALLOWED_INDEXES)]
    assert addresses
    assert not foreign, "\n".join(foreign)


def test_every_public_name_of_the_product_says_in_one_sentence_what_it_is() -> None:
    silent = []
    for path in python_files("src"):
        tree = parsed(path)
        named = [node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
        for node in (tree, *(each for each in named if not each.name.startswith("_"))):
            first = (ast.get_docstring(node) or "").split("\n\n")[0].strip()
            if not first.endswith((".", ":", ")", "`", "?")):
                silent.append(place(path, getattr(node, "lineno", 1)))
    assert not silent, "\n".join(silent)
