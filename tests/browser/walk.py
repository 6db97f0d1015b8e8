"""The walk over every page: its address with real ids, and what is wrong with it by axe, on a phone, in its frame."""

from typing import Any, Final, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize

from rosterkeeper.service.access import routes
from tests.browser.furnished import Furnished

# The rules of WCAG 2.1 AA, and those of a page's frame: landmarks, headings in order, nothing outside.
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
# What a theme can break.
_COLOURS = ("color-contrast", "link-in-text-block")
_WIDE: Final[ViewportSize] = {"width": 1280, "height": 900}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
_Look = tuple[Literal["dark", "light"], tuple[str, ...], tuple[str, ...]]
# What is looked at, and what left out. Colours are the theme's, and a phone shows nothing that a desk does not but the
# menu, which has a story of its own.
_LOOKS: Final[tuple[tuple[ViewportSize, tuple[_Look, ...]], ...]] = (
    (_WIDE, (("dark", _COLOURS, ()), ("light", _RULES, ()))),
    (PHONE, (("light", _RULES, _COLOURS),)),
)
# After a frame: the pages' own script answers to a new width.
_RUN = """async (options) => {
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return (await axe.run(document, options)).violations;
}"""
_FRAME = """() => [
    ...(document.querySelectorAll("h1").length === 1 ? [] : ["not one h1"]),
    ...(document.title.startsWith(" ") ? ["no title"] : []),
    ...(document.documentElement.scrollWidth > innerWidth ? ["scrolls sideways"] : []),
    ...(window.ran ? ["a name was run as a script"] : []),
]"""


def addresses(furnished: Furnished) -> list[str]:
    """Every address that a browser may open, with real ids; calls of the API are no pages."""
    found = [furnished.address(route.address) for route in routes() if not route.address.startswith("/api/")]
    return sorted(set(found))


def barriers(page: Page, rules: tuple[str, ...] = _RULES, but: tuple[str, ...] = ()) -> list[str]:
    """What on the page as it is now breaks the rules but for some, by axe: rule and place."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    # It would fetch every style sheet and film before each run, for rules of films and of none that are asked for.
    off = {each: {"enabled": False} for each in but}
    options = {"runOnly": list(rules), "rules": off, "resultTypes": ["violations"], "preload": False}
    found: list[Any] = page.evaluate(_RUN, options)
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


def looks(page: Page) -> list[str]:
    """What is wrong with the page that is open: light and dark, on a desk and on a phone."""
    wrong = []
    for size, schemes in _LOOKS:
        page.set_viewport_size(size)
        for scheme, rules, but in schemes:
            page.emulate_media(color_scheme=scheme)
            wrong += [f"{scheme} {size['width']}: {each}" for each in barriers(page, rules, but)]
        wrong += [f"{size['width']}: {each}" for each in page.evaluate(_FRAME)]
    page.set_viewport_size(_WIDE)
    return wrong


def faults_of(page: Page, url: str) -> list[str] | None:
    """What is wrong with a page; None where the address has none: it takes forms, or hands out a file or a part."""
    # Asked first: for a refusal without a word a browser shows a page of its own, which comes in the next one's way.
    asked = page.request.get(url)
    if asked.status == 405 or asked.headers.get("content-disposition", "").startswith("attachment"):
        return None
    answer = page.goto(url)
    assert answer is not None
    if not answer.text().lstrip().startswith("<!doctype html>"):
        return None
    wrong = [] if answer.status == 200 else [f"answers {answer.status}"]
    return wrong + looks(page)
