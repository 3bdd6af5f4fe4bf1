"""Looks at a page as everybody who uses it would: one load serves every look."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.fullness import in_full

PICTURES = os.environ.get("PROACTIVE_PICTURES", "")  # a folder: keep a picture of every page
# The pictures in docs/pictures, by the name of the look they are taken from.
DOCUMENTED = {
    "list-zh-390": "coordinator-list",
    "sheet-zh-390": "coordinator-sheet",
    "offline-waiting-zh-390": "coordinator-offline",
    "own-zh-390": "person",
    "today-en-1280": "town-today",
    "new_item-en-1280": "office-item",
    "trigger-en-1280": "policy-trigger",
    "hour-sweep-zh-1280": "policy-sweep",
}
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OF_COLOUR = ["color-contrast", "link-in-text-block"]
HEAVIEST = 150_000  # bytes of HTML, style sheet and scripts of one page
PHONE, SMALL, DESK = 390, 320, 1280
Scheme = Literal["light", "dark"]


@dataclass(frozen=True)
class Look:
    """One way to look at a page; `rules` are axe's: all, those of colour, or none."""

    width: int
    scale: int = 100
    scheme: Scheme = "light"
    rules: Literal["all", "colour", "none"] = "all"

    @property
    def words(self) -> str:
        return f"{self.width} px, {self.scale} %, {self.scheme}"


# WCAG asks for 320 px (1.4.10) and for 200 % text (1.4.4), not for both at once: a line of eight
# letters serves nobody.
LOOKS = in_full(
    (
        Look(SMALL),
        Look(PHONE, scale=200, rules="none"),
        Look(DESK, scheme="dark", rules="colour"),
    ),
    tuple(
        Look(width, scale, scheme)
        for width, scale in ((SMALL, 100), (PHONE, 100), (PHONE, 200), (DESK, 100), (DESK, 200))
        for scheme in ("light", "dark")
    ),
)

_RUN_AXE = """async ([rules]) => {
  const found = await axe.run(document, {
    runOnly: rules, resultTypes: ['violations'], preload: false, iframes: false,
  });
  return found.violations.flatMap(fault => fault.nodes.map(
    node => `${fault.id}: ${node.target} ${node.html.slice(0, 120)}`));
}"""
_MEASURE = """() => ({
  too_wide: document.documentElement.scrollWidth > window.innerWidth
    ? [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right
      > window.innerWidth && !e.closest('.scroll')).map(e => e.outerHTML.slice(0, 80)).slice(0, 3)
    : null,
  small: [...document.querySelectorAll('button, summary, .choice, .button, input, select')]
    .filter(e => e.offsetParent && !e.closest('.choice, .unseen')
      && e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 80)),
})"""
_WEIGH = """() => ['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))
  .filter(entry => entry.encodedBodySize).map(entry => [entry.name, entry.encodedBodySize])"""


@cache
def _axe_source() -> str:
    return str(Axe().axe_script)


def faults(page: Page, rules: str = "all") -> list[str]:
    """Return what axe finds against WCAG 2.2 AA on the page as it is, one line each."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_axe_source())
    wanted = {"type": "tag", "values": STANDARD}
    if rules == "colour":
        wanted = {"type": "rule", "values": OF_COLOUR}
    return [str(line) for line in page.evaluate(_RUN_AXE, [wanted])]


def too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def look(page: Page, name: str, *, thumbs: bool = False) -> list[str]:
    """Return all that is wrong with a page in any of the looks; leave it as it was.

    `thumbs`: it is used on a phone, so all that is tapped is as large as a thumb.
    """
    before = page.viewport_size
    assert before
    scale = page.evaluate("document.documentElement.dataset.scale")
    keep_looks(page, name)
    open_all(page)
    wrong = []
    for each in LOOKS:
        _take(page, each)
        if each.rules != "none":
            wrong += [f"{name}, {each.words}: {line}" for line in faults(page, each.rules)]
        seen = page.evaluate(_MEASURE)
        if seen["too_wide"] is not None:
            wrong.append(f"{name}, {each.words}: scrolled sideways for {seen['too_wide']}")
        if thumbs and each.width < DESK:
            wrong += [f"{name}, {each.words}: too small to tap: {one}" for one in seen["small"]]
    _take(page, Look(before["width"], int(scale)))
    page.set_viewport_size(before)
    return wrong


def _take(page: Page, wanted: Look) -> None:
    page.set_viewport_size({"width": wanted.width, "height": 844})
    page.emulate_media(color_scheme=wanted.scheme)
    page.evaluate("scale => document.documentElement.dataset.scale = scale", str(wanted.scale))


def weight(page: Page) -> int:
    """Return the bytes of the page and all it needs, as if nothing were kept from before."""
    return sum(size for _, size in page.evaluate(_WEIGH))


def keep_looks(page: Page, name: str) -> None:
    """Keep pictures of the page, folded as its user meets it, on a phone and on a desk."""
    if not PICTURES:
        return
    before = page.viewport_size
    for width, height in ((PHONE, 844), (DESK, 900)):
        page.set_viewport_size({"width": width, "height": height})
        keep_picture(page, f"{name}-{width}")
    assert before
    page.set_viewport_size(before)


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the page as it is; docs/pictures gets the documented ones only."""
    if not PICTURES:
        return
    folder = Path(PICTURES)
    folder.mkdir(parents=True, exist_ok=True)
    if not PICTURES.rstrip("/").endswith("docs/pictures"):
        page.screenshot(path=folder / f"{name}.png", full_page=True)
    elif name in DOCUMENTED:
        page.screenshot(path=folder / f"{DOCUMENTED[name]}.png")


def open_all(page: Page) -> None:
    """Open every folded part, also of those that open one at a time, so that nothing hides."""
    page.evaluate(
        "document.querySelectorAll('details').forEach("
        "d => { d.removeAttribute('name'); d.open = true; })"
    )
